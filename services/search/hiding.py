"""The few children between fence and scrub: shielded, while the index may still find them by old fields."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from contracts.shields import ShieldApplied
from runtime import clock
from runtime.repeating import Repeating
from runtime.shields import Shields

_AT_ONCE = 1000
_LOOK_EVERY = 0.3

Rewritten = Callable[[Collection[str]], Awaitable[dict[str, int]]]
"""Which of these child numbers the index holds redacted, with their revisions."""

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
        self._untold: dict[str, ShieldApplied] = {}

    def now(self) -> list[str]:
        """The child numbers; until the index has said otherwise, every shielded child is among them."""
        return [
            number for number, offset in self._shields.in_force().items() if self._scrubbed.get(number) != offset
        ]

    def rewritten(self) -> dict[str, int]:
        """The shielded child numbers that the index holds redacted, each with its shield's offset."""
        in_force = self._shields.in_force()
        return {number: offset for number, offset in in_force.items() if self._scrubbed.get(number) == offset}

    async def look(self) -> None:
        """Ask the index which of them it holds redacted by now."""
        in_force = self._shields.in_force()
        waiting = self.now()
        for at in range(0, len(waiting), _AT_ONCE):
            for number, revision in (await self._rewritten(waiting[at : at + _AT_ONCE])).items():
                self._scrubbed[number] = in_force[number]
                self._untold[number] = _receipt(number, in_force[number], revision)

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
