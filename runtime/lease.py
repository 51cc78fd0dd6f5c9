"""The lease: for how long a process may trust its knowledge of the shields. Pure; the clock is passed in.

Knowledge is as old as the moment at which the latest poll of the stream's end, *whose end has since been
consumed*, was **sent**. Counting from the reply would overstate it by the reply's delay.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field


class StreamShrankError(Exception):
    """The stream ends before what was consumed of it: messages were lost, or it was made anew."""


@dataclass
class Lease:
    """Runs ``length`` seconds from the sending of the latest poll whose end offset was consumed."""

    length: float
    position: int = 0
    """Every message before this offset has been taken in."""
    _proven: float = float("-inf")
    _polls: deque[tuple[float, int]] = field(default_factory=deque)
    broken: bool = False
    """Whether the stream has shrunk: what came in place of the lost was never read, however far it grows again."""

    def polled(self, sent: float, end: int, position: int) -> None:
        """A poll sent at ``sent`` (monotonic seconds) was answered: the stream ended at offset ``end``.

        ``position`` is the lease's as the poll was sent: what was consumed while the answer was under way says
        nothing about it. Raises :class:`StreamShrankError` when the stream ended before that: then it is another
        stream, and nothing that is known of the old one is ever trusted again.
        """
        if end < position:
            self.broken, self._proven = True, float("-inf")
            raise StreamShrankError
        self._polls.append((sent, end))
        self._settle()

    def consumed(self, position: int) -> None:
        """Every message before offset ``position`` has been taken in."""
        self.position = max(self.position, position)
        self._settle()

    def valid(self, now: float) -> bool:
        """Whether a protected field may be shown at ``now`` (monotonic seconds)."""
        return now < self._proven + self.length

    @property
    def proven(self) -> float:
        """The moment as of which everything in the stream has been taken in."""
        return self._proven

    def _settle(self) -> None:
        while not self.broken and self._polls and self._polls[0][1] <= self.position:
            sent, _ = self._polls.popleft()
            self._proven = max(self._proven, sent)
