"""Heartbeats of compacted streams: what is superseded is forgotten only where something is still written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from contracts.base import Stream
from runtime.bus import Bus

log = structlog.get_logger()


class Heartbeats:
    """Appends to every partition of the owner's compacted streams, again and again."""

    def __init__(self, bus: Bus, streams: Sequence[Stream], every: float) -> None:
        """``every``: seconds between two of them."""
        self._bus = bus
        self._streams = streams
        self._every = every
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin; the first comes after one interval, when the bus is up."""
        self._task = asyncio.create_task(self._keep_beating())

    async def stop(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep_beating(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                for stream in self._streams:
                    await self._bus.beat(stream)
            except Exception as error:
                log.warning("no heartbeat: Kafka will not forget what is superseded", exc_info=error)
