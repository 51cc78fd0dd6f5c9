"""What needs an eye, as metrics: shields not hidden, scrubbed or purged, reviews due, overrides to review."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from prometheus_client import Gauge

from runtime import clock, metrics
from runtime.repeating import Repeating

if TYPE_CHECKING:
    from services.shielding.store import Clock, Overrides, Shields

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
        overdue = now - self._patience
        watched: list[tuple[Clock, datetime, Gauge, Gauge]] = [
            ("not_hidden_since", now, metrics.SHIELDS_NOT_HIDDEN, metrics.SHIELDS_NOT_HIDDEN_SECONDS),
            ("waiting_since", now, metrics.SHIELDS_NOT_SCRUBBED, metrics.SHIELDS_NOT_SCRUBBED_SECONDS),
            ("forgotten_by", overdue, metrics.SHIELDS_NOT_PURGED, metrics.SHIELDS_NOT_PURGED_SECONDS),
        ]
        for since, before, count, age in watched:
            outstanding, first = await self._shields.outstanding(since, before)
            count.set(outstanding)
            age.set((now - first).total_seconds() if first else 0.0)
        self._count_due(await self._shields.count_due(now.date()))
        metrics.OVERRIDES_TO_REVIEW.set(await self._overrides.count_to_review())

    def _count_due(self, due: int) -> None:
        metrics.SHIELD_REVIEWS_DUE.set(due)
        # Those that were due when this process started have been told of.
        if self._due is not None and due > self._due:
            metrics.SHIELD_REVIEWS_FELL_DUE.inc(due - self._due)
        self._due = due
