"""A child is shielded at the very moment at which a data manager splits her record: both ends are shielded."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from bench import watched
from bench.changes import Change, change, publish
from bench.people import ORGANISATION, Person, person, until
from bench.schedules import Scene, scene_of
from bench.watched import Seen, Watched
from tests.world import World, await_

CHILDREN = 24
EARLIEST, LATEST = -1.5, 0.3
"""Seconds after the shield at which the split is asked for. It takes longer, and most are to be kept before."""
AFTER = 0.5
"""Seconds for which readers go on after the officer was told."""


@dataclass(frozen=True, repr=False)
class Twofold(Watched):
    """A child of whom a hospital tells as well; that will turn out to be another child's."""

    @property
    def others_identifier(self) -> dict[str, str]:
        """What only the hospital knows."""
        return {"system": "hospital-number", "value": f"HN{self.serial:06}"}

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """The hospital's, too."""
        return (*super().secrets, self._ward)

    @property
    def searches(self) -> tuple[dict[str, Any], ...]:
        """By what the hospital knows, too."""
        return (*super().searches, {"identifier": self.others_identifier})

    @property
    def _ward(self) -> bytes:
        return f"Ward{self.serial:06}q".encode()

    def hospitals_report(self) -> Change:
        """What the hospital says; by name, birthday and home it is the same child."""
        known = self.message(1)
        home = known["child"]["addresses"]
        ward = {"ref": "1", "kind": "health", "organisation": self._ward.decode(), "from": "2020-09-01"}
        child = {**known["child"], "addresses": home, "identifiers": [self.others_identifier], "carers": []}
        return change({**known, "source": "northshire-hospital", "child": child, "involvements": [ward]})


Numbered = Callable[[Twofold], str]
"""The child number that the hospital's record goes by now."""


@dataclass(frozen=True)
class Ends:
    """How a race ended: when the officer was told, and what readers were told of either end after that."""

    number: str
    split_off: str
    leaked: int
    answers: int


async def test_however_split_and_shield_cross_both_ends_are_shielded_and_nothing_is_told(world: World) -> None:
    world.stack.open(["northshire"], [ORGANISATION])
    async with AsyncExitStack() as stay, asyncio.timeout(240):
        scene = await scene_of(world.stack, [world.stack.url("search")], stay)
        manager = await person(scene.http, world.stack, "data-manager", "manager")
        children = await watched.reported(
            scene.stack, scene.client, scene.reader, [Twofold(serial) for serial in range(1, CHILDREN + 1)]
        )
        await publish(scene.client, scene.stack.kafka, [child.hospitals_report() for child in children])
        for child in children:
            await until(lambda child=child: _is_one(scene, child))

        def numbered(child: Twofold) -> str:
            key = f"northshire-hospital/watched-{child.serial}"
            (found,) = world.database("registry")["children"].find({"source_keys": key})
            return str(found["_id"])

        dice = random.Random()
        ended = await asyncio.gather(*(_race(scene, manager, child, dice, numbered) for child in children))
    assert [(each.number, each.leaked) for each in ended if each.leaked] == []
    kept = {each["_id"]: each for each in world.database("registry")["children"].find()}
    for each in ended:
        for number in (each.number, each.split_off):
            words = [word for mark in kept[number]["marks"].values() for word in mark]
            assert any(word["placed"] for word in words), number
            # Who was split off just now may not be in the index yet.
            await asyncio.to_thread(await_, lambda number=number: world.view(number).json().get("restricted"))


async def _is_one(scene: Scene, child: Twofold) -> bool:
    found = await scene.reader.found({"identifier": child.others_identifier})
    return [each["child_number"] for each in found] == [child.number]


async def _race(scene: Scene, manager: Person, child: Twofold, dice: random.Random, numbered: Numbered) -> Ends:
    seen = Seen()
    reading = asyncio.create_task(
        watched.watch(scene.reader, scene.urls[0], child, seen, random.Random(child.serial))
    )
    early = dice.uniform(EARLIEST, LATEST)
    splitting = asyncio.create_task(_split(manager, child, max(0.0, early)))
    await asyncio.sleep(max(0.0, -early))
    _, _, told = await watched.fenced(scene.officers[0], child.number)
    await splitting
    split_off = numbered(child)
    other = Seen()
    also = asyncio.create_task(
        watched.watch(scene.reader, scene.urls[0], replace(child, number=split_off), other, random.Random(1))
    )
    await asyncio.sleep(max(0.0, told + AFTER - monotonic()))
    seen.stop = other.stop = True
    await asyncio.gather(reading, also)
    leaked = seen.told_within(told) + other.told_within(told)
    return Ends(child.number, split_off, leaked, seen.answers + other.answers)


async def _split(manager: Person, child: Twofold, after: float) -> None:
    """Split the hospital's record off, looking again where something came in between."""
    await asyncio.sleep(after)
    while True:
        revision = (await manager.look("registry", f"/v1/records/{child.number}"))["revision"]
        record = {"source": "northshire-hospital", "source_ref": f"watched-{child.serial}"}
        asked = {"reason": "Two girls.", "seen": {child.number: revision}, "source_records": [record]}
        answer = await manager.ask("registry", "/v1/splits", asked)
        if answer.status_code == 201:
            return
        assert answer.status_code == 409, answer.status_code
