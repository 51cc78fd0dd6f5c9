"""Heartbeats of compacted streams: what is superseded is forgotten only where something is still written."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.base import Stream
from runtime.bus import Bus
from runtime.repeating import Repeating


class Heartbeats(Repeating):
    """Appends to every partition of the owner's compacted streams, again and again."""

    def __init__(self, bus: Bus, streams: Sequence[Stream], every: float) -> None:
        """``every``: seconds between two of them."""
        super().__init__(self._beat, every, "no heartbeat: Kafka will not forget what is superseded")
        self._bus = bus
        self._streams = streams

    async def _beat(self) -> None:
        for stream in self._streams:
            await self._bus.beat(stream)
