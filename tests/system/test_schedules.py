"""Shields placed and lifted at random moments, while readers ask two processes and sources update: nothing leaks.

``python -m bench schedules`` does the same ten thousand times.
"""

from __future__ import annotations

import os
import random
from contextlib import AsyncExitStack

from bench import schedules
from bench.more import more
from bench.people import ORGANISATION
from tests.world import World

SCHEDULES = int(os.environ.get("SCHEDULES", "200"))
SEED = int(os.environ.get("SCHEDULES_SEED", "0")) or random.randrange(1, 900_000)


async def test_whatever_the_schedule_nobody_is_told_anything_between_fenced_and_lifted(world: World) -> None:
    world.stack.open(["northshire"], [ORGANISATION])
    async with AsyncExitStack() as stay:
        (another,) = stay.enter_context(more(world.stack, "search", [{}]))
        scene = await schedules.scene_of(world.stack, [world.stack.url("search"), another.url], stay)
        went = await schedules.carried_out(scene, range(SEED, SEED + SCHEDULES))
    leaked = [each.seed for each in went if each.leaked]
    assert not leaked, f"SCHEDULES=1 SCHEDULES_SEED={leaked[0]}: told something hidden; so did {leaked[1:]}"
    assert len(went) == SCHEDULES
    assert all(each.told for each in went)
