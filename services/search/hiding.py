"""The few children between fence and scrub: shielded, while the index may still find them by old fields."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from contracts.shields import ShieldApplied
from runtime import clock
from runtime.repeating import Repeating
from runtime.shields import Shields

_AT_ONCE = 1000
_LOOK_EVERY = 0.3

Rewritten = Callable[[Mapping[str, int]], Awaitable[dict[str, int]]]
"""Which child numbers the index holds redacted under these shields (offsets), with their revisions."""

Tell = Callable[[list[ShieldApplied]], Awaitable[object]]
"""Publish receipts."""


class BeingHidden(Repeating):
    """Which shielded children a search must exclude inside its query, because the index is not rewritten yet."""

    def __init__(self, shields: Shields, rewritten: Rewritten, tell: Tell) -> None:
        super().__init__(self.report, _LOOK_EVERY, "cannot tell which children are rewritten")
        self._shields = shields
        self._rewritten = rewritten
        self._tell = tell
        self._scrubbed: dict[str, int] = {}
        self._seen = 0
        self._as_of = (-1, -1)
        self._waiting: dict[str, int] = {}
        self._untold: dict[str, ShieldApplied] = {}

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

    async def look(self) -> None:
        """Ask the index which of them it holds redacted by now."""
        waiting = self.now()
        numbers = list(waiting)
        for at in range(0, len(numbers), _AT_ONCE):
            asked = {number: waiting[number] for number in numbers[at : at + _AT_ONCE]}
            for number, revision in (await self._rewritten(asked)).items():
                self._scrubbed[number] = waiting[number]
                self._untold[number] = _receipt(number, waiting[number], revision)
                self._seen += 1

    async def report(self) -> None:
        """Look, and publish a receipt for each that is rewritten: the index itself is asked, not the writer."""
        await self.look()
        if untold := dict(self._untold):
            await self._tell(list(untold.values()))
            for number, told in untold.items():
                if self._untold.get(number) is told:
                    del self._untold[number]

    async def start(self) -> None:
        """Look once, then keep looking; receipts may repeat after a restart, which changes nothing."""
        await self.look()
        await super().start()


def _receipt(child_number: str, offset: int, revision: int) -> ShieldApplied:
    """Search's word that its copy is rewritten and can be found so."""
    return ShieldApplied(
        service="search",
        child_number=child_number,
        shield_offset=offset,
        record_revision=revision,
        occurred_at=clock.now(),
    )
