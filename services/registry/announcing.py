"""Announcing what was kept, and finishing what a dying process left unfinished."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from runtime import clock
from runtime.bus import Bus
from services.registry.children import ChildRecord
from services.registry.intentions import Intention
from services.registry.keeping import Keeper, Settled
from services.registry.redaction import CentralTeam, announcements

if TYPE_CHECKING:
    from services.registry.store import Records

log = structlog.get_logger()

_SWEEP_EVERY = 2.0
_LEFT_BEHIND = timedelta(seconds=10)
"""Longer than it takes to keep and to announce; whoever takes longer and is alive does no harm twice."""


class Announcer:
    """Publishes child records as their readers may hold them."""

    def __init__(self, bus: Bus, records: Records, keeper: Keeper, central_team: CentralTeam) -> None:
        self._bus = bus
        self._records = records
        self._keeper = keeper
        self._central_team = central_team
        self._sweeping: asyncio.Task[None] | None = None

    async def publish(self, children: Iterable[ChildRecord]) -> None:
        """Publish the records; returns once all in-sync replicas have them."""
        await self._bus.publish_all(
            each for child in children for each in announcements(child, self._central_team)
        )

    async def announce(self, settled: Settled) -> None:
        """Publish what was settled; then nothing of it is left to do."""
        await self.publish(settled.children)
        await self.fulfil(settled.intention)

    async def fulfil(self, intention: Intention) -> None:
        """Note that nothing of it is left to do."""
        await self._records.fulfil([intention.id])

    async def start(self) -> None:
        """Begin to sweep."""
        self._sweeping = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        """Stop sweeping."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)

    async def finish(self) -> None:
        """Look again at what was left behind, and announce it."""
        for intention in await self._records.left_behind(clock.now() - _LEFT_BEHIND):
            await self.announce(await self._keeper.settle(intention.act))
            await self.publish(await self._records.get(intention.numbers))
            await self._records.fulfil([intention.id])

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_EVERY)
            try:
                await self.finish()
            except Exception as error:
                log.warning("sweep of unfinished intentions: trying again", exc_info=error)
