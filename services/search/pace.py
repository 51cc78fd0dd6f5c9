"""How fast one person may ask: some questions at once, and from then on one every so often. Pure."""

from __future__ import annotations

_MOST = 10_000
"""So many people are remembered before those are forgotten who may ask as if they never had."""


class Pace:
    """Knows of each person when they will have made good for what they asked; each process for itself.

    The generic cell rate algorithm (ITU-T I.371): whoever asks one question ``every`` so many seconds never waits,
    and ``burst`` questions may come at once. Nobody waits where ``every`` is zero.
    """

    def __init__(self, burst: int, every: float) -> None:
        self._ahead = (burst - 1) * every
        self._every = every
        self._made_good: dict[str, float] = {}

    def wait(self, subject: str, now: float) -> float:
        """Seconds until the person may ask (``now`` is monotonic); zero where they may, and so have asked."""
        made_good = max(self._made_good.get(subject, now), now)
        left = made_good - now - self._ahead
        if left > 0:
            return left
        self._made_good[subject] = made_good + self._every
        if len(self._made_good) > _MOST:
            self._made_good = {each: at for each, at in self._made_good.items() if at > now}
        return 0.0
