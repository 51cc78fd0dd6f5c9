"""What needs an eye, as metrics: shields not hidden, scrubbed or purged, reviews due, overrides to review."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from runtime import clock, metrics
from runtime.repeating import Repeating

if TYPE_CHECKING:
    from services.shielding.store import Overrides, Shields

_LOOK_EVERY = 2.0


class Watching(Repeating):
    """Counts every two seconds; every process of the service counts the same."""

    def __init__(self, shields: Shields, overrides: Overrides, patience: float) -> None:
        """``patience``: seconds after which it is a failure that a child is not forgotten who should be."""
        super().__init__(self.look, _LOOK_EVERY, "shields cannot be counted", at_once=True)
        self._shields = shields
        self._overrides = overrides
        self._patience = timedelta(seconds=patience)
        self._due: int | None = None

    async def look(self) -> None:
        """Count now."""
        now = clock.now()
        waiting = await self._shields.unscrubbed()
        moving = {each.shield_id: each for each in (*waiting, *await self._shields.unfinished())}
        not_hidden = [at for each in moving.values() if (at := each.not_hidden_since)]
        unscrubbed = [each.waiting_since for each in waiting]
        metrics.SHIELDS_NOT_HIDDEN.set(len(not_hidden))
        metrics.SHIELDS_NOT_HIDDEN_SECONDS.set(_oldest(not_hidden, now))
        metrics.SHIELDS_NOT_SCRUBBED.set(len(unscrubbed))
        metrics.SHIELDS_NOT_SCRUBBED_SECONDS.set(_oldest(unscrubbed, now))
        overdue, first = await self._shields.not_forgotten(now - self._patience)
        metrics.SHIELDS_NOT_PURGED.set(overdue)
        metrics.SHIELDS_NOT_PURGED_SECONDS.set(_oldest([first] if first else [], now))
        self._count_due(await self._shields.count_due(now.date()))
        metrics.OVERRIDES_TO_REVIEW.set(await self._overrides.count_to_review())

    def _count_due(self, due: int) -> None:
        metrics.SHIELD_REVIEWS_DUE.set(due)
        # Those that were due when this process started have been told of.
        if self._due is not None and due > self._due:
            metrics.SHIELD_REVIEWS_FELL_DUE.inc(due - self._due)
        self._due = due


def _oldest(moments: Iterable[datetime], now: datetime) -> float:
    return max(((now - each).total_seconds() for each in moments), default=0.0)
