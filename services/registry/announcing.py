"""Announcing what was kept, and sweeping up what a dying process left unannounced."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from runtime import clock
from runtime.bus import Bus
from services.registry.children import ChildRecord
from services.registry.keeping import comes_again
from services.registry.redaction import CentralTeam, announcements

if TYPE_CHECKING:
    from services.registry.store import Records

log = structlog.get_logger()

_SWEEP_EVERY = 2.0
_LEFT_BEHIND = timedelta(seconds=5)
"""Longer than an announcement takes: what is marked for longer was left by somebody who died."""


class Announcer:
    """Publishes child records as their readers may hold them."""

    def __init__(self, bus: Bus, records: Records, central_team: CentralTeam) -> None:
        self._bus = bus
        self._records = records
        self._central_team = central_team
        self._sweeping: asyncio.Task[None] | None = None

    async def announce(self, children: Iterable[ChildRecord], redelivered: Collection[str] = ()) -> None:
        """Publish the records; then clear the marks of those that would not have come again by a stream."""
        told = list(children)
        await self._bus.publish_all(each for child in told for each in announcements(child, self._central_team))
        await self._records.announced(child for child in told if not comes_again(child, redelivered))

    async def start(self) -> None:
        """Begin to sweep."""
        self._sweeping = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        """Stop sweeping."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_EVERY)
            try:
                await self.announce(await self._records.unannounced(clock.now() - _LEFT_BEHIND))
            except Exception as error:
                log.warning("sweep of unannounced records: trying again", exc_info=error)
