"""Settling against the store: read what is near, decide, write by compare-and-set, then look again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from runtime import clock
from runtime.delivery import ContentionError
from services.registry.children import ChildRecord, ShieldMark
from services.registry.drawing import Drawing
from services.registry.intentions import Intention, Tally
from services.registry.matching import Judge
from services.registry.neighbourhood import Neighbourhood
from services.registry.policy import Policy
from services.registry.settling import IsLive, Settling
from services.registry.wanted import Wanted

if TYPE_CHECKING:
    from services.registry.store import Records

_ATTEMPTS = 20

Act = Callable[[Settling], None]
"""What is to be settled; it is done again, from nothing, when more has to be at hand."""

Part = tuple[Act, Wanted]
"""What is to be settled together, and what has to be at hand for it from the start."""

Announce = Callable[[Iterable[ChildRecord]], Awaitable[None]]

InForce = Callable[[str], Mapping[str, int]]
"""The shields in force for a child number, each with the offset at which it was placed."""


@dataclass(frozen=True, repr=False)
class Settled:
    """Children as they are kept, all of them to be announced; then the ``intention`` is fulfilled."""

    children: tuple[ChildRecord, ...]
    intention: Intention


class Keeper:
    """Settles what has come, whatever other processes do to the same children meanwhile.

    ``in_force`` are the shields as this process has read them: one that is in the stream and not yet marked
    must cover what is made of the record. ``is_live`` tells how far authorities have been opened.
    """

    def __init__(
        self,
        records: Records,
        in_force: InForce,
        policy: Policy,
        numbers: Drawing | None = None,
        now: Callable[[], datetime] = clock.now,
        *,
        is_live: IsLive = lambda _: False,
    ) -> None:
        self._records = records
        self._numbers = numbers or Drawing(records.revisions)
        self._now = now
        self._policy = policy
        self._in_force = in_force
        self._is_live = is_live

    async def settle(self, act: Act, wanted: Wanted | None = None) -> Settled:
        """Keep what ``act`` makes of the children; ``wanted`` has to be at hand from the start.

        What is to be done about what is kept is noted with it as an intention, so that it is finished whatever
        dies. Raises :class:`ContentionError` when others keep changing the same children.
        """
        made = _Made(Intention.new(), await self._records.tally())
        return Settled(await self._settle((act, wanted or Wanted()), made), made.intention)

    async def settle_in_turn(self, parts: Iterable[Part], announce: Announce) -> Intention:
        """Settle one part after the other, all as one intention, which is to be fulfilled once this returns.

        While a part is settled, the next one is read, and what was kept before is announced, in order.
        """
        intention = Intention.new()
        made = _Made(intention, await self._records.tally())
        kept: tuple[ChildRecord, ...] = ()
        left = iter(parts)
        async with _at_once() as tasks:
            reading = tasks.create_task(self._read_ahead(left))
            announcing: asyncio.Task[None] | None = None
            while (ahead := await reading) is not None:
                part, read = ahead
                # It was read while the part before it was settled.
                read.replace(kept)
                # Before the next is read; what is kept until it is settled itself, it is told.
                tally, times = await self._records.tally(), made.times
                reading = tasks.create_task(self._read_ahead(left))
                kept = await self._settle(part, made, read)
                made = made.following(tally, made.times - times)
                announcing = tasks.create_task(_after(announcing, announce, kept))
        return intention

    async def _settle(self, part: Part, made: _Made, read: _Read | None = None) -> tuple[ChildRecord, ...]:
        known = None
        settling, part = await self._begun(part, made, read)
        for _ in range(_ATTEMPTS):
            crossed = await self._keep(settling, made)
            known = _known(known, settling.kept(), crossed)
            if not crossed:
                await self._look_again(settling, made, known)
                return await self._settled(made)
            # What this attempt kept is to be looked at too, and need not be at hand in the next.
            made.seeking |= settling.seekers()
            settling = await self._gathered(*part)
        raise ContentionError

    async def _begun(self, part: Part, made: _Made, read: _Read | None) -> tuple[Settling, Part]:
        """The first attempt at a part, and how it is settled.

        What is no news was kept by somebody before. Whoever that was may have died, or not have heard that it was
        kept, and not have looked again: then that is done here, before anything is announced.
        """
        act, wanted = part
        settling = await self._gathered(act, wanted, read)
        old = settling.no_news
        unfinished = await self._records.unfinished(old, made.intention) if old else frozenset()
        if not unfinished:
            return settling, part

        def also(again: Settling) -> None:
            act(again)
            again.look_again(unfinished)

        return await self._gathered(also, wanted), (also, wanted)

    async def _read_ahead(self, parts: Iterator[Part]) -> tuple[Part, _Read] | None:
        """The next part with what it will need, as far as a look at it can tell."""
        part = next(parts, None)
        if part is None:
            return None
        (act, wanted), read = part, _Read(Judge(self._policy))
        await self._numbers.ready()
        read.add(await self._records.near(wanted), wanted)
        settling = self._settling(read)
        act(settling)
        read.add(await self._records.near(settling.missing), settling.missing)
        return part, read

    async def _gathered(self, act: Act, wanted: Wanted, read: _Read | None = None) -> Settling:
        """Everything that ``act`` needs, with what it makes of it."""
        await self._numbers.ready()
        read = read or _Read(Judge(self._policy))
        wanted = wanted - read.asked
        while True:
            if wanted:
                read.add(await self._records.near(wanted), wanted)
            settling = self._settling(read)
            settling.shield(self._word)
            act(settling)
            settling.veil()
            wanted = settling.missing
            if not wanted:
                settling.open(self._is_live)
                return settling

    def _settling(self, read: _Read) -> Settling:
        """How what was read is settled, from now on."""
        if read.hood is None or not read.hood.untouched:
            read.hood = Neighbourhood(read.children.values(), read.asked)
        return Settling(read.hood, read.judge, self._numbers.draw, self._now())

    async def _keep(self, settling: Settling, made: _Made) -> frozenset[str]:
        """Keep what was settled; returns the numbers of the children that others crossed."""
        steps, announced = settling.steps(), settling.announced()
        made.looking |= settling.looking
        crossed: frozenset[str] = frozenset()
        if steps:
            crossed = await self._records.keep(steps, settling.read(), made.intending(announced))
            await self._records.count()
            made.times += 1
        made.note(announced, crossed)
        return crossed

    async def _look_again(self, settling: Settling, made: _Made, known: dict[str, int]) -> None:
        """Settle once more where somebody else, not as he is ``known``, has been near meanwhile.

        Of two first reports of one child, handled at the same moment by two processes, the one that looks later
        sees both records, and joins the younger to the elder; so it is with a record and the shield of
        a child that it may be.
        """
        settling.look_for(made.looking)
        for _ in range(_ATTEMPTS):
            looking = settling.looking
            if not looking or not (await self._records.tally()).crossed(made.since, made.times):
                return
            made.seeking |= settling.seekers()
            seen = await self._records.glance(made.seeking)
            news = {number for number, revision in seen.items() if known.get(number) != revision}
            if not news:
                return
            settling = await self._gathered(
                lambda again, looking=looking, news=news: again.look_again(looking, news),  # type: ignore[misc]
                Wanted(numbers=news, sources=set(looking)),
            )
            crossed = await self._keep(settling, made)
            known = _without(known | settling.kept(), crossed)
        raise ContentionError

    async def _settled(self, made: _Made) -> tuple[ChildRecord, ...]:
        """What was kept; those of an attempt that others crossed, as they are now."""
        anew = await self._records.get(made.crossed) if made.crossed else []
        kept = (child for number, child in made.children.items() if number not in made.crossed)
        return (*kept, *anew)

    def _word(self, number: str) -> ShieldMark | None:
        shields = self._in_force(number)
        return ShieldMark.in_force(shields) if shields else None


class _Read:
    """Children that were read, and for what; ``hood`` finds them, until something of it is settled."""

    def __init__(self, judge: Judge) -> None:
        self.children: dict[str, ChildRecord] = {}
        self.asked = Wanted()
        self.judge = judge
        self.hood: Neighbourhood | None = None

    def add(self, near: Iterable[ChildRecord], asked: Wanted) -> None:
        """Take in what the store gave for what was asked."""
        self._learn([child for child in near if child.number not in self.children], asked)

    def replace(self, children: Iterable[ChildRecord]) -> None:
        """Have these as they have been kept since, found for whatever was asked or not."""
        self._learn(children, Wanted())

    def _learn(self, children: Iterable[ChildRecord], asked: Wanted) -> None:
        self.children |= {child.number: child for child in children}
        self.asked |= asked
        if self.hood is not None and self.hood.untouched:
            self.hood.learn(children, asked)


class _Made:
    """What was made of the children so far, over all attempts; and by the same intention before.

    ``since`` is the tally before anything was read, and ``times`` how often something was kept since then.
    """

    def __init__(
        self,
        intention: Intention,
        since: Tally,
        looked: frozenset[str] = frozenset(),
        made: Set[str] = frozenset(),
        times: int = 0,
    ) -> None:
        self.intention = intention
        self.since = since
        self.looked = looked
        self.made = made
        self.times = times
        self.looking: frozenset[str] = frozenset()
        self.seeking = Wanted()
        self.children: dict[str, ChildRecord] = {}
        self.crossed: set[str] = set()

    def following(self, since: Tally, times: int) -> _Made:
        """For what comes next by the same intention."""
        return _Made(self.intention, since, self.looked | self.looking, self.made | self.children.keys(), times)

    def intending(self, children: Iterable[ChildRecord]) -> Intention:
        """What is to be looked at again and announced once these are kept, too."""
        numbers = {*self.made, *self.children, *(child.number for child in children)}
        return replace(self.intention, looking=self.looking | self.looked, numbers=tuple(sorted(numbers)))

    def note(self, children: list[ChildRecord], crossed: Set[str]) -> None:
        """Have these children be kept, or else be as others made them who ``crossed``."""
        self.children |= {child.number: child for child in children}
        self.crossed = (self.crossed - {child.number for child in children}) | crossed


def _known(before: Mapping[str, int] | None, at_hand: Mapping[str, int], crossed: Set[str]) -> dict[str, int]:
    """With whom all that was kept has been compared, and at which revision of theirs, after one attempt more.

    What an earlier attempt kept was no news in this one, and was compared with nobody: whom that attempt did not
    have at hand, or not as they are now, it does not know.
    """
    before = at_hand if before is None else before
    return _without(
        {number: seen for number, seen in before.items() if at_hand.get(number, seen) == seen}, crossed
    )


def _without(known: Mapping[str, int], numbers: Set[str]) -> dict[str, int]:
    """Revisions of all but these."""
    return {number: revision for number, revision in known.items() if number not in numbers}


async def _after(before: asyncio.Task[None] | None, announce: Announce, children: Sequence[ChildRecord]) -> None:
    if before is not None:
        await before
    await announce(children)


@asynccontextmanager
async def _at_once() -> AsyncIterator[asyncio.TaskGroup]:
    """Tasks that run beside each other; the first error of one ends all, and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as tasks:
            yield tasks
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
