"""Random schedules: children are shielded, and shields lifted, while readers ask and sources update.

Each schedule is one child's: when it is shielded, whether and when the shield is lifted and another one placed,
and when its source reports it anew; two processes are asked about it all the while. Dozens run beside each other.
What readers are told is compared on one clock with what officers were told: between "hidden everywhere" and the
approval of a lift nothing protected may arrive. The lease is the real one.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from time import monotonic

import httpx
import uvloop
from aiokafka import AIOKafkaProducer

from bench import watched
from bench.changes import publish
from bench.figures import Figure
from bench.more import more
from bench.people import Person, connected, person, until_so
from bench.place import Place, Sizes, say
from bench.watched import Seen, Watched
from cli.kafka import producer
from deploy.stack import Stack

AT_ONCE = 24
_ASKED_EVERY = 0.1
"""Seconds between a reader's questions: more than can be served makes schedules longer, not answers denser."""
_SEED = 51
_SAY_EVERY = 400


@dataclass(frozen=True)
class Schedule:
    """What is to happen, in seconds from the start; after the shield, from the officer's answer."""

    seed: int
    shielded_at: float
    updated_at: tuple[float, ...]
    lifted_after: float | None
    shielded_again_after: float | None
    watched_after: float

    @classmethod
    def of(cls, seed: int) -> Schedule:
        """The same one for the same seed."""
        dice = random.Random(seed)
        lifted = dice.choice([None, dice.uniform(0.0, 0.4)])
        again = dice.choice([None, dice.uniform(0.0, 0.6)]) if lifted is not None else None
        return cls(
            seed,
            dice.uniform(0.0, 1.0),
            tuple(sorted(dice.uniform(0.0, 3.0) for _ in range(dice.randrange(4)))),
            lifted,
            again,
            dice.uniform(0.1, 0.5),
        )


@dataclass(frozen=True)
class Went:
    """How a schedule went: answers, those of them that told, and those that told what was hidden everywhere."""

    seed: int
    answers: int
    told: int
    leaked: int


@dataclass(frozen=True)
class Scene:
    """Who acts, and where search answers."""

    stack: Stack
    http: httpx.AsyncClient
    client: AIOKafkaProducer
    reader: Person
    officers: Sequence[Person]
    urls: Sequence[str]


def measure(place: Place, sizes: Sizes) -> list[Figure]:
    """How many answers there were, and how many told something that was hidden everywhere; none may."""
    began = monotonic()
    with more(place.stack, "search", [{}]) as (another,):
        went = uvloop.run(_measured(place.stack, another.url, sizes.schedules))
    leaked = [each.seed for each in went if each.leaked]
    for seed in leaked:
        say(f"schedules: told something hidden, seed {seed}")
    return [
        Figure("schedules", len(went), ""),
        Figure("schedules a second", len(went) / (monotonic() - began), "/s"),
        Figure("answers", sum(each.answers for each in went), ""),
        Figure("answers that told, none hidden", sum(each.told for each in went), ""),
        Figure("schedules that told something hidden", len(leaked), "", broken=bool(leaked)),
    ]


async def _measured(stack: Stack, another: str, count: int) -> list[Went]:
    async with AsyncExitStack() as stay:
        scene = await scene_of(stack, [stack.url("search"), another], stay)
        return await carried_out(scene, range(_SEED, _SEED + count))


async def scene_of(stack: Stack, urls: Sequence[str], stay: AsyncExitStack) -> Scene:
    """Everybody, as long as ``stay`` does."""
    http = await stay.enter_async_context(connected())
    client = await stay.enter_async_context(producer(stack.kafka))
    officers = [await person(http, stack, "shield-officer", f"officer-{n}") for n in (1, 2)]
    return Scene(stack, http, client, await person(http, stack, "practitioner", "reader"), officers, urls)


async def carried_out(scene: Scene, seeds: Sequence[int]) -> list[Went]:
    """The schedules of these seeds, each with a child of its own."""
    went: list[Went] = []
    for at in range(0, len(seeds), _SAY_EVERY):
        part = seeds[at : at + _SAY_EVERY]
        children = await watched.reported(scene.stack, scene.client, scene.reader, watched.made_to_order(part))
        gate = asyncio.Semaphore(AT_ONCE)
        went += await asyncio.gather(*(_carry_out(scene, child, gate) for child in children))
        say(f"schedules: {len(went)} carried out, {sum(bool(each.leaked) for each in went)} told something hidden")
    return went


async def _carry_out(scene: Scene, child: Watched, gate: asyncio.Semaphore) -> Went:
    schedule, seen = Schedule.of(child.serial), Seen(pause=_ASKED_EVERY)
    async with gate:
        readers = [
            asyncio.create_task(watched.watch(scene.reader, url, child, seen, random.Random(child.serial + at)))
            for at, url in enumerate(scene.urls)
        ]
        updating = asyncio.create_task(_update(scene, child, schedule))
        try:
            await until_so(lambda: bool(seen.told))
            leaked = await _shield(scene, child, schedule, seen)
            await updating
        finally:
            seen.stop = True
            await asyncio.gather(*readers)
    return Went(schedule.seed, seen.answers, len(seen.told), sum(seen.told_within(*each) for each in leaked))


async def _shield(scene: Scene, child: Watched, schedule: Schedule, seen: Seen) -> list[tuple[float, float]]:
    """Have it shielded, and lifted, as scheduled; returns when it was hidden everywhere."""
    await asyncio.sleep(schedule.shielded_at)
    hidden: list[tuple[float, float]] = []
    shield_id, _, told = await watched.fenced(scene.officers[0], child.number)
    if schedule.lifted_after is not None:
        await asyncio.sleep(schedule.lifted_after)
        hidden.append((told, await watched.lifted(scene.officers, shield_id)))
        if schedule.shielded_again_after is None:
            return hidden
        await asyncio.sleep(schedule.shielded_again_after)
        _, _, told = await watched.fenced(scene.officers[1], child.number)
    await asyncio.sleep(schedule.watched_after)
    return [*hidden, (told, float("inf"))]


async def _update(scene: Scene, child: Watched, schedule: Schedule) -> None:
    began = monotonic()
    for version, at in enumerate(schedule.updated_at, start=2):
        await asyncio.sleep(max(0.0, began + at - monotonic()))
        await publish(scene.client, scene.stack.kafka, [child.report(version)])
