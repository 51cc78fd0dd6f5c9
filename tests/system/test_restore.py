"""Yesterday's backups of store and index come back, everything is read again: who was shielded since stays so."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import httpx

from bench import hidden, watched
from bench.changes import publish
from bench.people import ORGANISATION, Person, until
from bench.schedules import Scene, scene_of
from bench.watched import Seen, Watched
from contracts.records import RECORDS
from runtime import clock
from tests.restores import dumped, restored, typed
from tests.world import World, await_

SHIELDED_BEFORE, SHIELDED_MEANWHILE, OPEN = 60, 100, 20
BEFORE_IT = 10
LATE = 3
"""So many are first reported after the backup, and shielded; and so many are, and not shielded."""
T = TypeVar("T")


def acting(world: World, act: Callable[[Scene], Awaitable[T]]) -> T:
    """Have people do something."""

    async def acted() -> T:
        async with AsyncExitStack() as stay:
            return await act(await scene_of(world.stack, [world.stack.url("search")], stay))

    return asyncio.run(acted())


def told(children: Sequence[Watched], version: int) -> Callable[[Scene], Awaitable[None]]:
    """Have the source of each report it in this version."""
    return lambda scene: publish(scene.client, scene.stack.kafka, [child.report(version) for child in children])


def shielded(children: Sequence[Watched]) -> Callable[[Scene], Awaitable[list[str]]]:
    """Have officers shield all of these at once."""

    async def shield(scene: Scene) -> list[str]:
        done = [watched.fenced(scene.officers[0], child.number) for child in children]
        return [shield_id for shield_id, _, _ in await asyncio.gather(*done)]

    return shield


def shielded_through_a_rebuild(
    world: World, children: Sequence[Watched]
) -> Callable[[Scene], Awaitable[list[str]]]:
    """Have officers shield these: some right before the index is built anew, the others while it is."""

    async def shield(scene: Scene) -> list[str]:
        with world.rebuilding() as rebuild:
            before = asyncio.create_task(shielded(children[:BEFORE_IT])(scene))
            async with httpx.AsyncClient() as http, asyncio.timeout(120):
                await until(lambda: being_built(http, world))
                begun = clock.now()
                ended = asyncio.create_task(until_searched(http, world))
                ids = [*await shielded(children[BEFORE_IT:])(scene), *await before]
                assert await asyncio.to_thread(rebuild.wait, 240) == 0
                published = [await moment(scene.officers[0], shield_id) for shield_id in ids]
                switched = await ended
        assert any(begun < each < switched for each in published)
        return ids

    return shield


async def until_searched(http: httpx.AsyncClient, world: World) -> datetime:
    """When the new index came to be searched."""

    async def searched() -> bool:
        return not await being_built(http, world)

    await until(searched)
    return clock.now()


async def being_built(http: httpx.AsyncClient, world: World) -> bool:
    """Whether there is a new index that is not searched yet."""
    alias = f"{world.stack.endpoints.elasticsearch}/_alias/{world.stack.prefix}records-next"
    return (await http.head(alias)).status_code == 200


async def moment(officer: Person, shield_id: str) -> datetime:
    """When a shield came into the stream."""
    shown = await officer.look("shielding", f"/v1/shields/{shield_id}")
    return datetime.fromisoformat(shown["published_at"])


def leaks(children: Sequence[Watched]) -> Callable[[Scene], Awaitable[list[int]]]:
    """Whoever a practitioner is told something protected of."""

    async def look(scene: Scene) -> list[int]:
        told = await hidden.at_once(lambda child: tells(scene.reader, child), children)
        return [child.serial for child, tells in zip(children, told, strict=True) if tells]

    return look


async def tells(reader: Person, child: Watched) -> bool:
    """Whether an answer about a child tells what is protected."""
    view = await reader.ask("search", "/v1/views", {"reason": watched.REASON, "child_number": child.number})
    assert view.status_code in {200, 404}  # of whom the store has lost nothing is told at all
    if any(secret in view.content for secret in child.secrets):
        return True
    found = [await reader.found(criteria) for criteria in child.searches]
    return any(found)


def shown(children: Sequence[Watched], version: int) -> Callable[[Scene], Awaitable[None]]:
    """Return once a practitioner is shown this version of each."""

    async def look(scene: Scene) -> None:
        for child in children:
            async with asyncio.timeout(120):
                await until(lambda child=child: _shows(scene.reader, child, f"{version} Lane".encode()))

    return look


async def _shows(reader: Person, child: Watched, what: bytes) -> bool:
    question = {"reason": watched.REASON, "child_number": child.number}
    return what in (await reader.ask("search", "/v1/views", question)).content


def test_who_was_shielded_since_the_backup_is_shielded_through_restoring_reading_again_and_a_rebuild(
    world: World,
) -> None:
    world.stack.open(["northshire"], [ORGANISATION])
    everybody = watched.made_to_order(range(SHIELDED_BEFORE + SHIELDED_MEANWHILE + OPEN))
    children = acting(world, lambda scene: watched.reported(scene.stack, scene.client, scene.reader, everybody))
    before, meanwhile = children[:SHIELDED_BEFORE], children[SHIELDED_BEFORE:-OPEN]
    world.settled()
    typed(world, r"-X PUT")
    yesterday = dumped(world)

    # Since then all were reported anew, some have been shielded, and that is in every copy.
    for version in (2, 3):
        acting(world, told(children, version))
        acting(world, shown(children, version))
    late = watched.made_to_order(range(len(everybody), len(everybody) + 2 * LATE))
    late = acting(world, lambda scene: watched.reported(scene.stack, scene.client, scene.reader, late))
    lost, gone = late[:LATE], late[LATE:]
    shields = acting(world, shielded([*before, *lost]))
    acting(world, lambda scene: hidden.scrubbed(scene.officers[0], shields))

    for process in world.stack.processes.values():
        process.stop()
    typed(world, r"-X (DELETE|POST)")
    restored(world, yesterday)
    typed(world, r"read-again")
    world.stack.start(lambda _: None)
    assert acting(world, leaks(before)) == []
    assert acting(world, telling_until_settled(world, lost)) == []
    assert acting(world, leaks(before)) == []
    acting(world, shown(children[SHIELDED_BEFORE:], 3))
    again = [moved(world, child) for child in gone]
    # Nobody takes what is said from now on for older than what was said before.
    acting(world, told(children, 4))
    acting(world, shown(children[SHIELDED_BEFORE:], 4))

    racing = acting(world, shielded_through_a_rebuild(world, meanwhile))
    acting(world, lambda scene: hidden.scrubbed(scene.officers[0], racing))
    # Of who is shielded by the old number, or was when the store was lost, nothing is told under the new one.
    acting(world, shielded(gone[:1]))
    all_shielded = [*before, *meanwhile, *lost, gone[0]]
    await_(lambda: acting(world, leaks(all_shielded)) == [] or None)
    await_(lambda: still_told(world, all_shielded) == set() or None)
    acting(world, shown(children[-OPEN:], 4))
    acting(world, shown(again[1:], 1))
    for child in (lost[0], gone[0]):
        are_one(world, child)
        await_(lambda child=child: world.view(child.number).json().get("restricted"))


def test_who_was_shielded_and_is_lost_is_recalled_before_anything_is_taken_in(world: World) -> None:
    world.stack.open(["northshire"], [ORGANISATION])
    made = watched.made_to_order([900])
    (child,) = acting(world, lambda scene: watched.reported(scene.stack, scene.client, scene.reader, made))
    shields = acting(world, shielded([child]))
    acting(world, lambda scene: hidden.scrubbed(scene.officers[0], shields))
    world.settled()
    store = world.database("registry")["children"]
    world.stack.processes["registry"].stop()
    store.delete_one({"_id": child.number})
    # What waits for it is its source's next report, and nothing of its own stream.
    acting(world, told([child], 2))
    world.stack.spawn("registry")
    world.stack.await_ready("registry")
    world.settled()
    anew = store.find_one({"source_keys": f"northshire-schools/watched-{child.serial}"})
    assert anew is not None
    assert anew["_id"] != child.number
    assert not [body for body in world.read(RECORDS) if anew["_id"].encode() in body]
    assert acting(world, leaks([child])) == []


def telling_until_settled(world: World, children: Sequence[Watched]) -> Callable[[Scene], Awaitable[list[int]]]:
    """Whoever a practitioner is told of while everything is read again, asking without a pause."""

    async def look(scene: Scene) -> list[int]:
        seen = {child: Seen() for child in children}
        asking = [
            watched.watch(scene.reader, scene.urls[0], child, each, random.Random(child.serial))
            for child, each in seen.items()
        ]
        watching = asyncio.gather(*asking)
        await asyncio.to_thread(world.settled)
        for each in seen.values():
            each.stop = True
        await watching
        assert all(each.answers for each in seen.values())
        return [child.serial for child, each in seen.items() if each.told]

    return look


def moved(world: World, child: Watched) -> Watched:
    """The child under the new number that it has, which it is told under alone."""
    await_(lambda: world.view(child.number).status_code == 404)
    number = world.find(identifier=child.identifier)["child_number"]
    assert number != child.number
    return replace(child, number=number)


def are_one(world: World, child: Watched) -> None:
    """Have a data manager say that who is held is the shielded child."""
    held = world.call("registry", "GET", "/v1/holds", "data-manager", authority="northshire").json()["holds"]
    (hold,) = (each["id"] for each in held if child.number in each["child_numbers"])
    path = f"/v1/holds/{hold}"
    sides = world.call("registry", "GET", path, "data-manager", authority="northshire").json()["children"]
    seen = {side["child_number"]: side["revision"] for side in sides}
    body = {"verdict": "same", "reason": "Restored.", "seen": seen}
    decided = world.call("registry", "POST", f"{path}/decisions", "data-manager", body, authority="northshire")
    assert decided.status_code == 201, decided.text


def still_told(world: World, children: Sequence[Watched]) -> set[bytes]:
    """What is protected of these children, and is in the index or in the stream's last word on one of them."""
    index = f"{world.stack.endpoints.elasticsearch}/{world.stack.prefix}records"
    world.http.post(f"{index}/_refresh")
    held = world.http.post(f"{index}/_search", json={"size": 10_000}).content
    last = {re.search(rb'"child_number":"(\d+)"', body): body for body in world.read(RECORDS)}
    said = b"".join({found[1]: body for found, body in last.items() if found}.values())
    return {secret for child in children for secret in child.secrets if secret in held or secret in said}
