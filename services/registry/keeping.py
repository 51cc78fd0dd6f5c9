"""Settling against the store: read what is near, decide, write by compare-and-set, then look again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from contracts.child_number import new_child_number
from runtime import clock
from runtime.delivery import ContentionError
from services.registry.children import ChildRecord, ShieldMark
from services.registry.intentions import Intention
from services.registry.matching import Judge
from services.registry.neighbourhood import Neighbourhood
from services.registry.policy import Policy
from services.registry.settling import Settling
from services.registry.wanted import Wanted

if TYPE_CHECKING:
    from services.registry.store import Records

_ATTEMPTS = 20

Act = Callable[[Settling], None]
"""What is to be settled; it is done again, from nothing, when more has to be at hand."""

InForce = Callable[[str], int | None]
"""The offset of the shield that is in force for a child number."""


@dataclass(frozen=True, repr=False)
class Settled:
    """Children as they are kept, all of them to be announced; then the ``intention`` is fulfilled."""

    children: tuple[ChildRecord, ...]
    intention: Intention


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

    async def settle(self, act: Act, wanted: Wanted | None = None) -> Settled:
        """Keep what ``act`` makes of the children; ``wanted`` has to be at hand from the start.

        What is about to be kept is noted as an intention first, so that it is finished whatever dies. Raises
        :class:`ContentionError` when others keep changing the same children.
        """
        made = _Made(await self._records.begin())
        for _ in range(_ATTEMPTS):
            settling = await self._gathered(act, wanted or Wanted())
            if await self._keep(settling, made):
                await self._look_again(settling, made)
                return await self._settled(made)
        raise ContentionError

    async def _gathered(self, act: Act, wanted: Wanted) -> Settling:
        """Everything that ``act`` needs, with what it makes of it."""
        judge = Judge(self._policy)
        found: dict[str, ChildRecord] = {}
        asked = Wanted()
        settling: Settling | None = None
        while True:
            near = await self._records.near(wanted)
            news = {child.number: child for child in near if child.number not in found}
            found |= news
            asked |= wanted
            if settling is not None and settling.untouched:
                settling.learn(news.values(), wanted)
            else:
                hood = Neighbourhood(found.values(), asked)
                settling = Settling(hood, judge, self._new_number, self._now())
            settling.shield(self._word)
            act(settling)
            wanted = settling.missing
            if not wanted:
                return settling

    async def _keep(self, settling: Settling, made: _Made) -> bool:
        steps, announced = settling.steps(), settling.announced()
        made.looking |= settling.looking
        kept = True
        if steps:
            numbers = made.children.keys() | {child.number for child in announced}
            await self._records.intend(made.intention, made.looking, numbers)
            kept = await self._records.keep(steps, settling.read())
        made.note(announced, kept=kept)
        return kept

    async def _look_again(self, settling: Settling, made: _Made) -> None:
        """Settle once more where somebody else has been near meanwhile.

        Of two first reports of one child, handled at the same moment by two processes, the one that looks later
        sees both records, and joins the younger to the elder; so it is with a record and the shield of
        a child that it may be.
        """
        known = settling.kept()
        # What an attempt kept that others crossed in part is no news in the next, and yet to be looked at.
        settling.look_for(made.looking)
        for _ in range(_ATTEMPTS):
            looking = settling.looking
            if not looking or not await self._records.crossed(made.intention):
                return
            seen = await self._records.glance(settling.seekers())
            news = {number for number, revision in seen.items() if known.get(number) != revision}
            if not news:
                return
            settling = await self._gathered(
                lambda again, looking=looking, news=news: again.look_again(looking, news),  # type: ignore[misc]
                Wanted(numbers=news, sources=set(looking)),
            )
            known |= settling.kept() if await self._keep(settling, made) else settling.read()
        raise ContentionError

    async def _settled(self, made: _Made) -> Settled:
        """What was kept; those of an attempt that others crossed, as they are now."""
        anew = await self._records.get(made.crossed) if made.crossed else []
        kept = (child for number, child in made.children.items() if number not in made.crossed)
        return Settled((*kept, *anew), made.intention)

    def _word(self, number: str) -> ShieldMark | None:
        offset = self._in_force(number)
        return None if offset is None else ShieldMark(offset, placed=True)


class _Made:
    """What was made of the children so far, over all attempts."""

    def __init__(self, intention: Intention) -> None:
        self.intention = intention
        self.looking: frozenset[str] = frozenset()
        self.children: dict[str, ChildRecord] = {}
        self.crossed: set[str] = set()

    def note(self, children: list[ChildRecord], *, kept: bool) -> None:
        numbers = {child.number for child in children}
        self.children |= {child.number: child for child in children}
        self.crossed = self.crossed - numbers if kept else self.crossed | numbers
