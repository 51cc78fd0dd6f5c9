"""Something done again and again while a process runs; an error is noted, and it is tried again next time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()


class Repeating:
    """Does ``act`` every so many seconds, the first time after one interval or ``at_once``.

    Whatever goes wrong is said as ``trouble`` and does not end it: the next time may do, and nobody waits for it.
    """

    def __init__(
        self, act: Callable[[], Awaitable[None]], every: float, trouble: str, *, at_once: bool = False
    ) -> None:
        self._act = act
        self._every = every
        self._trouble = trouble
        self._at_once = at_once
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._repeat())

    async def stop(self) -> None:
        """Stop, in the middle of it if need be."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _repeat(self) -> None:
        if not self._at_once:
            await asyncio.sleep(self._every)
        while True:
            try:
                await self._act()
            except Exception as error:
                log.warning(self._trouble, exc_info=error)
            await asyncio.sleep(self._every)
