"""Settling against the store: read what is near, decide, write by compare-and-set, then look again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import TYPE_CHECKING

from contracts.child_number import new_child_number
from runtime import clock
from runtime.delivery import ContentionError
from services.registry.children import ChildRecord, ShieldMark
from services.registry.matching import Judge
from services.registry.policy import Policy
from services.registry.settling import Neighbourhood
from services.registry.wanted import Wanted

if TYPE_CHECKING:
    from services.registry.store import Records

_ATTEMPTS = 20

Act = Callable[[Neighbourhood], None]
"""What is to be settled; it is done again, from nothing, when more has to be at hand."""

InForce = Callable[[str], int | None]
"""The offset of the shield that is in force for a child number."""


class Keeper:
    """Settles what has come, whatever other processes do to the same children meanwhile.

    ``in_force`` are the shields as this process has read them: one that is in the stream and not yet marked
    must cover what is made of the record.
    """

    def __init__(
        self,
        records: Records,
        in_force: InForce,
        policy: Policy,
        new_number: Callable[[], str] = new_child_number,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._records = records
        self._new_number = new_number
        self._now = now
        self._policy = policy
        self._in_force = in_force

    async def settle(
        self, act: Act, wanted: Wanted | None = None, redelivered: Collection[str] = ()
    ) -> list[ChildRecord]:
        """Keep what ``act`` makes of the children, and return all that are to be announced.

        ``wanted`` has to be at hand from the start. Children that hold one of the source records in
        ``redelivered`` are announced again if this process dies, because the change comes again; all
        others are marked. Raises :class:`ContentionError` when others keep changing the same children.
        """
        concerned: set[str] = set()
        for _ in range(_ATTEMPTS):
            hood = await self._gathered(act, wanted or Wanted())
            concerned |= hood.announce.keys()
            if await self._keep(hood, redelivered):
                settled = await self._look_again(hood, redelivered)
                # Those of an attempt that others crossed, as they are now.
                crossed = concerned - {child.number for child in settled}
                return [*settled, *(await self._records.get(crossed) if crossed else ())]
        raise ContentionError

    async def _gathered(self, act: Act, wanted: Wanted) -> Neighbourhood:
        """Everything that ``act`` needs, with what it makes of it."""
        judge = Judge(self._policy)
        found: dict[str, ChildRecord] = {}
        asked = Wanted()
        while True:
            near = await self._records.near(wanted)
            found |= {child.number: child for child in near if child.number not in found}
            asked |= wanted
            hood = Neighbourhood(found.values(), asked, judge, self._new_number, self._now())
            hood.shield(self._word)
            act(hood)
            wanted = hood.missing
            if not wanted:
                return hood

    async def _keep(self, hood: Neighbourhood, redelivered: Collection[str]) -> bool:
        told = {child.number for child in hood.announced() if not comes_again(child, redelivered)}
        return await self._records.keep(hood.steps(), hood.read(), told)

    def _word(self, number: str) -> ShieldMark | None:
        offset = self._in_force(number)
        return None if offset is None else ShieldMark(offset, placed=True)

    async def _look_again(self, hood: Neighbourhood, redelivered: Collection[str]) -> list[ChildRecord]:
        """Settle once more where somebody else has been near meanwhile.

        Of two first reports of one child, handled at the same moment by two processes, the one that looks later
        sees both records, and joins the younger to the elder; so it is with a record and the shield of
        a child that it may be.
        """
        mine, known = set(hood.announce), hood.now()
        settled = {child.number: child for child in hood.announced()}
        for _ in range(_ATTEMPTS):
            seen = await self._records.glance(hood.seekers(mine))
            news = {number for number, revision in seen.items() if known.get(number) != revision}
            if not news:
                return list(settled.values())
            hood = await self._gathered(
                lambda again, mine=frozenset(mine), news=news: again.look_again(mine, news),  # type: ignore[misc]
                Wanted(numbers=news | mine),
            )
            mine |= hood.announce.keys()
            if await self._keep(hood, redelivered):
                known |= hood.now()
                settled |= {child.number: child for child in hood.announced()}
            else:
                known |= hood.read()
        raise ContentionError


def comes_again(child: ChildRecord, redelivered: Collection[str]) -> bool:
    """Whether the child is announced again without a mark, because a change of it is delivered again."""
    return any(record.key in redelivered for record in child.sources)
