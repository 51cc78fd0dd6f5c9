"""Once an officer is told "hidden everywhere", no reader receives a protected byte, whatever befalls a process.

Readers ask two search processes without a pause. One of the two is stopped, cut off or behind while children are
shielded. Whatever arrives is compared with the officer's answer on one clock; the lease is the real one.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import signal
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic

import pytest

from bench import watched
from bench.more import Another, more
from bench.people import ORGANISATION, Person, connected, person, until, until_so
from bench.watched import Seen, Watched
from cli.kafka import producer
from deploy.engines.model import Ports
from tests.proxy import FETCH, LIST_OFFSETS, Proxy, proxied
from tests.world import World

STOPPED = 5.0
"""Seconds."""
_serials = itertools.count(1, 10)
_TWINS = 1000


@dataclass
class Troubled:
    """The search process that something befalls, and the proxy through which it reaches Kafka."""

    another: Another
    proxy: Proxy


@pytest.fixture(scope="module")
def world(world: World) -> World:
    """The bench's people are admitted."""
    world.stack.open(["northshire"], [ORGANISATION])
    return world


@pytest.fixture
def troubled(world: World) -> Iterator[Troubled]:
    """One more search process."""
    with proxied(world.stack.endpoints.kafka, Ports.free().kafka) as proxy:
        settings = {"SIGNPOST_KAFKA__BOOTSTRAP": proxy.address}
        with more(world.stack, "search", [settings]) as (another,):
            yield Troubled(another, proxy)


@dataclass
class Watch:
    """Children who are being asked about, each at the troubled process and at the other one."""

    children: list[Watched]
    there: dict[str, Seen]
    here: dict[str, Seen]
    officer: Person
    told: dict[str, float]
    shields: dict[str, str]

    async def shield(self, child: Watched) -> None:
        """Shield a child; returns once the officer is told."""
        self.shields[child.number], _, self.told[child.number] = await watched.fenced(self.officer, child.number)

    async def scrubbed(self) -> set[str]:
        """The shielded children of whom the officer is told that every store is rewritten."""
        paths = {number: f"/v1/shields/{shield_id}" for number, shield_id in self.shields.items()}
        shown = {number: await self.officer.look("shielding", path) for number, path in paths.items()}
        return {number for number, each in shown.items() if each["status"] in {"scrubbed", "purged"}}

    def leaked(self) -> dict[str, int]:
        """How many answers told something protected after the officer had been told, where any did."""
        told = {
            number: sum(seen[number].told_within(at) for seen in (self.there, self.here))
            for number, at in self.told.items()
        }
        return {number: leaks for number, leaks in told.items() if leaks}

    async def all_scrubbed(self, children: Collection[Watched]) -> bool:
        """Whether all of these children are scrubbed by now."""
        return await self.scrubbed() == {child.number for child in children}

    async def more_answers(self, seen: dict[str, Seen], least: int = 3) -> None:
        """Return once the readers of each child have been answered so often again."""
        before = {number: each.answers for number, each in seen.items()}
        await until_so(lambda: all(each.answers >= before[number] + least for number, each in seen.items()))


@asynccontextmanager
async def watching(
    world: World, troubled: Troubled, children: int = 6, *, twins: bool = False
) -> AsyncIterator[Watch]:
    """Children whom readers have been shown by both processes, and go on asking about; with a twin each, if so."""
    async with connected() as http, producer(world.stack.kafka) as client:
        reader = await person(http, world.stack, "practitioner", "reader")
        officer = await person(http, world.stack, "shield-officer", "officer")
        first = next(_serials)
        made = watched.made_to_order(range(first, first + children))
        made += [Watched(_TWINS + child.serial, like=child.serial) for child in made if twins]
        known = await watched.reported(world.stack, client, reader, made)
        there, here = ({child.number: Seen() for child in known} for _ in range(2))
        urls = [(troubled.another.url, there)] * 3 + [(world.stack.url("search"), here)]
        tasks = [
            asyncio.create_task(watched.watch(reader, url, child, seen[child.number], random.Random(at)))
            for at, (url, seen) in enumerate(urls)
            for child in known
        ]
        everywhere = [*there.values(), *here.values()]
        try:
            await until_so(lambda: all(seen.told for seen in everywhere))
            yield Watch(known, there, here, officer, {}, {})
        finally:
            for seen in everywhere:
                seen.stop = True
            await asyncio.gather(*tasks)


async def test_a_process_that_is_stopped_across_a_shield_and_goes_on_shows_nothing(
    world: World, troubled: Troubled
) -> None:
    process = troubled.another.process
    async with watching(world, troubled) as watch, asyncio.timeout(120):
        before, during = watch.children[:3], watch.children[3:]
        shielding = [asyncio.create_task(watch.shield(child)) for child in before]
        process.send_signal(signal.SIGSTOP)
        stopped = monotonic()
        try:
            await asyncio.gather(*shielding, *(watch.shield(child) for child in during))
            # Being stopped is what is tested: so long that every lease has run out meanwhile.
            await asyncio.sleep(stopped + STOPPED - monotonic())
        finally:
            process.send_signal(signal.SIGCONT)
        await watch.more_answers(watch.there)
        await watch.more_answers(watch.here)
    assert len(watch.told) == len(watch.children)
    assert watch.leaked() == {}


async def test_a_process_that_can_learn_of_no_shield_shows_nothing_once_its_lease_is_over(
    world: World, troubled: Troubled
) -> None:
    async with watching(world, troubled) as watch, asyncio.timeout(120):
        # The audit log can be reached: the lease alone stands between a reader and what is hidden.
        troubled.proxy.withheld = {FETCH, LIST_OFFSETS}
        await asyncio.gather(*(watch.shield(child) for child in watch.children))
        await watch.more_answers(watch.there)
        troubled.proxy.withheld = ()
        await watch.more_answers(watch.there)
    assert watch.leaked() == {}


async def test_a_process_that_is_cut_off_from_kafka_altogether_shows_nothing_to_anybody(
    world: World, troubled: Troubled
) -> None:
    async with watching(world, troubled) as watch, asyncio.timeout(120):
        troubled.proxy.cut = True
        cut = monotonic()
        shielded, other = watch.children[:3], watch.children[3:]
        await asyncio.gather(*(watch.shield(child) for child in shielded))
        fenced = monotonic()
        await watch.more_answers(watch.there, 1)
        assert [watch.there[child.number].told_within(fenced) for child in watch.children] == [0] * 6
        troubled.proxy.cut = False
        mended = monotonic()
        await until_so(lambda: all(watch.there[child.number].told_within(mended) for child in other))
    assert fenced > cut
    assert watch.leaked() == {}


async def test_of_two_processes_the_one_that_is_behind_shows_nothing_either(
    world: World, troubled: Troubled
) -> None:
    async with watching(world, troubled) as watch, asyncio.timeout(120):
        # It hears at once that there is something new in the stream, and long after what that is.
        troubled.proxy.delays = {FETCH: 2.5}
        shielded, other = watch.children[:3], watch.children[3:]
        await asyncio.gather(*(watch.shield(child) for child in shielded))
        fenced = monotonic()
        await until_so(lambda: all(watch.there[child.number].told_within(fenced) for child in other))
        await watch.more_answers(watch.there)
    assert watch.leaked() == {}


async def test_who_may_be_the_child_is_shown_by_nobody_either_though_the_index_has_not_taken_that_in(
    world: World, troubled: Troubled
) -> None:
    process = troubled.another.process
    async with watching(world, troubled, twins=True) as watch, asyncio.timeout(120):
        twins = {child.like: child for child in watch.children if child.like is not None}
        children = [child for child in watch.children if child.serial in twins]
        # It keeps its part of the records to itself: what is held there stays in the index.
        process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.gather(*(watch.shield(child) for child in children))
            watch.told |= {twins[child.serial].number: watch.told[child.number] for child in children}
            scrubbed = await watch.scrubbed()
            still_there = await stored(world, [each.number for each in twins.values()])
            await watch.more_answers(watch.here)
        finally:
            process.send_signal(signal.SIGCONT)
        await watch.more_answers(watch.there)
        await watch.more_answers(watch.here)
        await until(lambda: watch.all_scrubbed(children))
        assert await stored(world, [each.number for each in twins.values()]) == []
    assert still_there
    assert scrubbed.isdisjoint(child.number for child in children if twins[child.serial].number in still_there)
    assert len(watch.told) == len(watch.children) == 12
    assert watch.leaked() == {}


async def stored(world: World, numbers: list[str]) -> list[str]:
    """Those of the child numbers whose document is still the record itself."""
    url = f"{world.stack.endpoints.elasticsearch}/{world.stack.prefix}records/_search"
    there = {"filter": {"terms": {"child_number": numbers}}, "must_not": {"term": {"removed": True}}}
    found = world.http.post(url, json={"query": {"bool": there}, "size": len(numbers)}).json()
    return [hit["_id"] for hit in found["hits"]["hits"]]
