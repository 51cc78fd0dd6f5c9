"""Making sure that the index has forgotten shielded children: not found any more, and gone from the disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from contracts.shields import Left, PurgeChecked
from runtime import clock
from runtime.repeating import Repeating
from services.search.hiding import BeingHidden

if TYPE_CHECKING:
    from services.search.segments import Place, Segment, Segments

log = structlog.get_logger()

Tell = Callable[[list[PurgeChecked]], Awaitable[object]]
"""Publish what was found."""


@dataclass(frozen=True)
class Redacted:
    """Children whose documents were all redacted at one moment, each with its shield's offset.

    And withheld records of which nothing was shown then, each with the offset of the word that withholds it.

    By then ``written`` had been written, and what they were before was in ``stale`` segments.
    """

    shields: Mapping[str, int]
    written: Mapping[Place, int]
    stale: frozenset[Segment]


class Forgetting(Repeating):
    """Has overwritten documents removed from the disk, and says so; children who are shielded meanwhile wait.

    What was said is not remembered through a restart; then it is said again, which changes nothing.
    """

    def __init__(self, hiding: BeingHidden, segments: Segments, tell: Tell, every: float) -> None:
        """``every``: seconds between two looks."""
        super().__init__(self.look, every, "cannot tell whether the index has forgotten shielded children")
        self._hiding = hiding
        self._segments = segments
        self._tell = tell
        self._gone: dict[str, int] = {}
        self._redacted: Redacted | None = None

    async def look(self) -> None:
        """Take the next step: see who is redacted, or have what they were before removed."""
        if self._redacted is None:
            self._redacted = await self._newly_redacted()
        if self._redacted is None or await self._segments.held_since(self._redacted.written):
            return
        await self._segments.let_go()
        if self._redacted.stale & await self._segments.with_overwritten():
            log.warning("the index keeps segments with overwritten documents; trying again")
            return
        await self._say(self._redacted.shields, left=False)
        self._gone |= self._redacted.shields
        self._redacted = None

    async def _newly_redacted(self) -> Redacted | None:
        rewritten, withheld = self._hiding.rewritten(), self._hiding.gone()
        rewritten = {number: offset for number, (_, offset) in withheld.items()} | rewritten
        self._gone = {number: offset for number, offset in self._gone.items() if number in rewritten}
        waiting = {number: offset for number, offset in rewritten.items() if self._gone.get(number) != offset}
        open_ = await self._open(waiting, withheld) if waiting else set[str]()
        if open_:
            await self._say({number: waiting.pop(number) for number in open_}, left=True)
        if not waiting:
            return None
        return Redacted(waiting, await self._segments.written(), await self._segments.with_overwritten())

    async def _open(self, waiting: Mapping[str, int], withheld: Mapping[str, tuple[int, int]]) -> set[str]:
        """Who of these can still be found open, in whichever index; who is withheld may be published anew."""
        shielded = {number for number, offset in waiting.items() if withheld.get(number, (0, -1))[1] != offset}
        revisions = {number: withheld[number][0] for number in waiting if number not in shielded}
        return await self._segments.open_copies(shielded) | await self._segments.older_copies(revisions)

    async def _say(self, shields: Mapping[str, int], *, left: bool) -> None:
        now = clock.now()
        found = (Left(place="index", count=1, until=now),) if left else ()
        await self._tell(
            [
                PurgeChecked(
                    service="search", child_number=number, shield_offset=offset, left=found, occurred_at=now
                )
                for number, offset in shields.items()
            ]
        )
