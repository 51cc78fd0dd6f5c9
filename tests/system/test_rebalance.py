"""Children are shielded and reported anew while a second registry joins the groups and leaves them again."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from time import monotonic

import httpx

from bench import schedules, watched
from bench.changes import publish
from bench.more import Another, more
from bench.people import ORGANISATION, until, until_so
from bench.schedules import Scene
from bench.watched import Seen, Watched
from tests.world import World

CHILDREN, AT_ONCE = 150, 6
ROUNDS = 2
"""How often the second one joins and leaves."""
UPDATES, APART = 4, 0.4
"""How often each child is reported anew, and how many seconds there are at most in between."""
AFTER = 0.5
"""Seconds for which readers go on after the officer was told."""


@dataclass(frozen=True)
class Ended:
    """A child's shield, and what was told of the child after the officer was."""

    number: str
    shield_id: str
    leaked: int
    told: int


async def test_whoever_is_shielded_while_registries_join_and_leave_ends_scrubbed_and_nothing_is_told(
    world: World,
) -> None:
    world.stack.open(["northshire"], [ORGANISATION])
    async with AsyncExitStack() as stay, asyncio.timeout(240):
        scene = await schedules.scene_of(world.stack, [world.stack.url("search")], stay)
        waiting = await watched.reported(
            scene.stack, scene.client, scene.reader, watched.made_to_order(range(1, CHILDREN + 1))
        )
        # There is something to handle for whoever gets a share, to the end.
        others = [Watched(serial) for serial in range(CHILDREN + 1, 2 * CHILDREN)]
        coming_and_going = asyncio.create_task(asyncio.to_thread(_come_and_go, world))
        ended: list[Ended] = []

        async def go_on() -> None:
            while waiting and not coming_and_going.done():
                ended.append(await _race(scene, waiting.pop()))

        await asyncio.gather(_report_on(scene, others, coming_and_going), *(go_on() for _ in range(AT_ONCE)))
        await coming_and_going
        for each in ended:
            await until(lambda each=each: _is_scrubbed(scene, each))
    assert len(ended) > AT_ONCE
    assert [each.number for each in ended if each.leaked or not each.told] == []
    await asyncio.to_thread(world.settled)
    for each in ended:
        assert world.view(each.number).json()["restricted"] is True


def _come_and_go(world: World) -> None:
    """A second registry takes part in the work and stops, again and again."""
    for _ in range(ROUNDS):
        with more(world.stack, "registry", [{}]) as (another,):
            deadline = monotonic() + 60
            # It did get a share: else nobody was in the way of anybody.
            while not _handled(another):
                assert monotonic() < deadline
                time.sleep(0.05)


def _handled(another: Another) -> float:
    """How much a process has handled."""
    lines = httpx.get(f"{another.url}/metrics", trust_env=False).text.splitlines()
    return sum(float(each.rsplit(" ", 1)[1]) for each in lines if each.startswith("signpost_events_handled_total"))


async def _race(scene: Scene, child: Watched) -> Ended:
    seen, dice = Seen(), random.Random()
    reading = asyncio.create_task(
        watched.watch(scene.reader, scene.urls[0], child, seen, random.Random(child.serial))
    )
    updating = asyncio.create_task(_update(scene, child, dice))
    await until_so(lambda: bool(seen.told))
    await asyncio.sleep(dice.uniform(0.0, APART))
    shield_id, _, told = await watched.fenced(scene.officers[0], child.number)
    await updating
    await asyncio.sleep(max(0.0, told + AFTER - monotonic()))
    seen.stop = True
    await reading
    return Ended(child.number, shield_id, seen.told_within(told), len(seen.told))


async def _update(scene: Scene, child: Watched, dice: random.Random) -> None:
    for version in range(2, UPDATES + 2):
        await asyncio.sleep(dice.uniform(0.0, APART))
        await publish(scene.client, scene.stack.kafka, [child.report(version)])


async def _report_on(scene: Scene, children: list[Watched], until_done: asyncio.Task[None]) -> None:
    version = 0
    while not until_done.done():
        version += 1
        await publish(scene.client, scene.stack.kafka, [random.choice(children).report(version)])
        await asyncio.sleep(0.05)


async def _is_scrubbed(scene: Scene, ended: Ended) -> bool:
    shield = await scene.officers[0].look("shielding", f"/v1/shields/{ended.shield_id}")
    return shield["status"] in {"scrubbed", "purged"}
