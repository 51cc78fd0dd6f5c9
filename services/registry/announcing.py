"""Announcing what was kept, and finishing what a dying process left unfinished."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from runtime import clock
from runtime.bus import Bus
from runtime.repeating import Repeating
from runtime.shields import Shields
from services.registry.children import ChildRecord
from services.registry.history import origins
from services.registry.intentions import Intention
from services.registry.keeping import Keeper, Settled
from services.registry.redaction import CentralTeam, announcements
from services.registry.shielding import uncovered
from services.registry.wanted import Wanted

if TYPE_CHECKING:
    from services.registry.store import Records

UNAWARE = timedelta(minutes=1)
"""For so long before a shield, at the least, no process could have parted a record knowing of it."""

_SWEEP_EVERY = 2.0
_LEFT_BEHIND = timedelta(seconds=10)
"""Longer than it takes to keep and to announce; whoever takes longer and is alive does no harm twice."""


class Announcer(Repeating):
    """Publishes child records as their readers may hold them; and sweeps up what was left unfinished."""

    def __init__(
        self, bus: Bus, records: Records, keeper: Keeper, shields: Shields, central_team: CentralTeam
    ) -> None:
        super().__init__(self.finish, _SWEEP_EVERY, "sweep of unfinished intentions: trying again")
        self._bus = bus
        self._records = records
        self._keeper = keeper
        self._shields = shields
        self._central_team = central_team

    async def publish(self, children: Iterable[ChildRecord]) -> None:
        """Publish the records; returns once all in-sync replicas have them."""
        present = {child.number: child for child in children}
        covered = await self._covered(present) if self._came_lately(present.values()) else None
        if covered is not None:
            present |= {child.number: child for child in covered.children}
        await self._bus.publish_all(
            each for child in present.values() for each in announcements(child, self._central_team)
        )
        if covered is not None:
            await self.fulfil(covered.intention)

    def _came_lately(self, children: Iterable[ChildRecord]) -> bool:
        since = clock.now() - UNAWARE
        return any(origins(child, since) for child in children)

    async def _covered(self, children: Mapping[str, ChildRecord]) -> Settled | None:
        """Shield those too who parted from a child just as she was shielded.

        They are kept by now, so every shield that came before that is known once the stream is read up to here.
        """
        await self._shields.known_as_of_now()
        since = clock.now() - UNAWARE
        found = {number: uncovered(child, self._shields.of, since) for number, child in children.items()}
        marks = {number: each for number, each in found.items() if each}
        if not marks:
            return None
        return await self._keeper.settle(lambda settling: settling.cover(marks), Wanted(numbers=set(marks)))

    async def announce(self, settled: Settled) -> None:
        """Publish what was settled; then nothing of it is left to do."""
        await self.publish(settled.children)
        await self.fulfil(settled.intention)

    async def fulfil(self, intention: Intention) -> None:
        """Note that nothing of it is left to do."""
        await self._records.fulfil(intention)

    async def finish(self) -> None:
        """Look again at what was left behind, and announce it; what cannot be finished keeps no other waiting."""
        errors: list[Exception] = []
        for intention in await self._records.left_behind(clock.now() - _LEFT_BEHIND):
            try:
                await self._finish(intention)
            except Exception as error:
                errors.append(error)
        if errors:
            raise errors[0]

    async def _finish(self, intention: Intention) -> None:
        for act in intention.acts():
            await self.announce(await self._keeper.settle(act))
        await self.publish(await self._records.get(intention.numbers))
        await self._records.fulfil(intention)
