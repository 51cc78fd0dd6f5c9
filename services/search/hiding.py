"""The few children between fence and scrub: shielded, while the index may still find them by old fields.

And the records that are withheld for a shielded child's sake, until the index has what is published of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping

from contracts.shields import ShieldApplied, WithheldApplied
from runtime import clock
from runtime.repeating import Repeating
from runtime.shields import Shields

_AT_ONCE = 1000
_LOOK_EVERY = 0.3

Rewritten = Callable[[Mapping[str, int]], Awaitable[dict[str, int | None]]]
"""Which child numbers the index holds redacted under these shields (offsets), with their revisions.

And of which it knows nothing: these have no revision.
"""

Versions = Callable[[Collection[str]], Awaitable[dict[str, int]]]
"""Of which revision a search finds the documents of these numbers."""

Receipt = ShieldApplied | WithheldApplied
Tell = Callable[[list[Receipt]], Awaitable[object]]
"""Publish receipts."""


class BeingHidden(Repeating):
    """Which shielded children a search must exclude inside its query, because the index is not rewritten yet."""

    def __init__(self, shields: Shields, rewritten: Rewritten, versions: Versions, tell: Tell) -> None:
        super().__init__(self.report, _LOOK_EVERY, "cannot tell which children are rewritten")
        self._shields = shields
        self._rewritten = rewritten
        self._versions = versions
        self._tell = tell
        self._scrubbed: dict[str, int] = {}
        self._seen = 0
        self._as_of = (-1, -1)
        self._waiting: dict[str, int] = {}
        self._unknown: dict[str, int] = {}
        self._gone: dict[str, tuple[int, int]] = {}
        self._left: dict[str, tuple[int, int]] = {}
        self._left_as_of = -1
        self._untold: dict[tuple[str, str], Receipt] = {}

    def now(self) -> Mapping[str, int]:
        """The child numbers, each with its shield's offset.

        Until the index has said otherwise, every shielded child is among them. Every search asks; of the tens of
        thousands who are shielded hardly one is waiting, so they are gone through only when something has changed.
        """
        as_of = (self._shields.taken(), self._seen)
        if as_of != self._as_of:
            in_force = self._shields.in_force().items()
            self._waiting = {number: at for number, at in in_force if self._scrubbed.get(number) != at}
            self._as_of = as_of
        return self._waiting

    def rewritten(self) -> dict[str, int]:
        """The shielded child numbers that the index holds redacted, each with its shield's offset."""
        in_force = self._shields.in_force()
        return {number: offset for number, offset in in_force.items() if self._scrubbed.get(number) == offset}

    def gone(self) -> dict[str, tuple[int, int]]:
        """The withheld records of which the index shows nothing any more: of before which revision, and where
        in the stream that was said.
        """
        withheld = self._shields.withholding()
        return {number: said for number, said in withheld.items() if self._gone.get(number) == said}

    async def look(self) -> None:
        """Ask the index which of them it holds redacted by now, and which withheld records it shows no more."""
        waiting = self.now()
        for numbers in _parts(waiting):
            asked = {number: waiting[number] for number in numbers}
            for number, revision in (await self._rewritten(asked)).items():
                if revision is not None:
                    self._scrubbed[number] = waiting[number]
                    self._seen += 1
                elif self._unknown.get(number) == waiting[number]:
                    continue  # That was said, and may change.
                else:
                    self._unknown[number] = waiting[number]
                self._keep(_receipt(number, waiting[number], revision))
        await self._look_at_withheld()

    async def report(self) -> None:
        """Look, and publish a receipt for each that is rewritten: the index itself is asked, not the writer."""
        await self.look()
        if untold := dict(self._untold):
            await self._tell(list(untold.values()))
            for about, told in untold.items():
                if self._untold.get(about) is told:
                    del self._untold[about]

    async def start(self) -> None:
        """Look once, then keep looking; receipts may repeat after a restart, which changes nothing."""
        await self.look()
        await super().start()

    async def _look_at_withheld(self) -> None:
        # As with the shielded: gone through only when something has changed.
        if (as_of := self._shields.taken()) != self._left_as_of:
            withheld = self._shields.withholding().items()
            self._left = {number: said for number, said in withheld if self._gone.get(number) != said}
            self._left_as_of = as_of
        for numbers in _parts(self._left):
            for number, version in (await self._versions(numbers)).items():
                # Whoever else looks at this moment may have seen it first.
                said = self._left.get(number)
                if said is not None and version >= said[0]:
                    del self._left[number]
                    self._gone[number] = said
                    self._keep(_gone(number, said[1], version))

    def _keep(self, receipt: Receipt) -> None:
        self._untold[receipt.type, receipt.child_number] = receipt


def _parts(numbers: Iterable[str]) -> Iterator[list[str]]:
    everybody = list(numbers)
    return (everybody[at : at + _AT_ONCE] for at in range(0, len(everybody), _AT_ONCE))


def _gone(child_number: str, offset: int, revision: int) -> WithheldApplied:
    """Search's word that nothing is shown of a withheld record any more."""
    return WithheldApplied(
        child_number=child_number, word_offset=offset, record_revision=revision, occurred_at=clock.now()
    )


def _receipt(child_number: str, offset: int, revision: int | None) -> ShieldApplied:
    """Search's word that its copy is rewritten and can be found so, or that it knows nothing of the number."""
    return ShieldApplied(
        service="search",
        child_number=child_number,
        shield_offset=offset,
        record_revision=revision,
        occurred_at=clock.now(),
    )
