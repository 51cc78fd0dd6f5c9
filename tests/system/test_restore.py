"""Yesterday's backups of store and index come back, everything is read again: who was shielded since stays so."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

from bench import hidden, watched
from bench.changes import publish
from bench.people import ORGANISATION, Person, until
from bench.schedules import Scene, scene_of
from bench.watched import Watched
from cli.output import Code
from contracts.records import RECORDS
from deploy.stack import ROOT, inherited
from tests.docs.documents import commands
from tests.world import World, await_

RUNBOOK = (ROOT / "docs/runbooks/restore.md").read_text()
SHIELDED_BEFORE, SHIELDED_MEANWHILE, OPEN = 60, 100, 20
T = TypeVar("T")
Dump = dict[str, dict[str, list[dict[str, Any]]]]


def typed(world: World, wanted: str) -> None:
    """Type those of the runbook's commands that match, as they stand there; where it is one machine's, at ours."""
    found = [command for command in commands(RUNBOOK) if re.search(wanted, command)]
    assert found, wanted
    stack = world.stack
    here = {
        "INDEX": stack.endpoints.elasticsearch,
        "PREFIX": stack.prefix,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "SIGNPOST_ENGINES": "external",
        "SIGNPOST_STATE": str(stack.state),
        "SIGNPOST_PREFIX": stack.prefix,
        "SIGNPOST_KAFKA_BOOTSTRAP": stack.endpoints.kafka,
        "SIGNPOST_ELASTICSEARCH_URL": stack.endpoints.elasticsearch,
        "SIGNPOST_MONGO_URI": stack.endpoints.mongo,
    }
    for command in found:
        done = subprocess.run(
            ["bash", "-c", command], env={**os.environ, **here}, capture_output=True, text=True, check=False
        )
        assert done.returncode == Code.DONE, f"{command}\n{done.stdout}{done.stderr}"


def dumped(world: World) -> Dump:
    """What mongodump keeps of the services' stores."""
    stores = {name: world.database(name) for name in ("registry", "shielding", "audit")}
    return {
        name: {each: list(store[each].find()) for each in store.list_collection_names()}
        for name, store in stores.items()
    }


def restored(world: World, dump: Dump) -> None:
    """What mongorestore makes of it, with ``--drop``."""
    for name, collections in dump.items():
        store = world.database(name)
        for each in store.list_collection_names():
            store.drop_collection(each)
        for each, documents in collections.items():
            if documents:
                store[each].insert_many(documents)


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


def leaks(children: Sequence[Watched]) -> Callable[[Scene], Awaitable[list[int]]]:
    """Whoever a practitioner is told something protected of."""

    async def look(scene: Scene) -> list[int]:
        told = await hidden.at_once(lambda child: tells(scene.reader, child), children)
        return [child.serial for child, tells in zip(children, told, strict=True) if tells]

    return look


async def tells(reader: Person, child: Watched) -> bool:
    """Whether an answer about a child tells what is protected."""
    view = await reader.ask("search", "/v1/views", {"reason": watched.REASON, "child_number": child.number})
    assert view.status_code == 200
    if any(secret in view.content for secret in child.secrets):
        return True
    found = [await reader.found(criteria) for criteria in child.searches]
    return any(found)


def shown(children: Sequence[Watched], version: int) -> Callable[[Scene], Awaitable[None]]:
    """Return once a practitioner is shown this version of each."""

    async def look(scene: Scene) -> None:
        for child in children:
            async with asyncio.timeout(60):
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
    shields = acting(world, shielded(before))
    acting(world, lambda scene: hidden.scrubbed(scene.officers[0], shields))

    for process in world.stack.processes.values():
        process.stop()
    typed(world, r"-X (DELETE|POST)")
    restored(world, yesterday)
    typed(world, r"read-again")
    world.stack.start(lambda _: None)
    assert acting(world, leaks(before)) == []
    world.settled()
    assert acting(world, leaks(before)) == []
    acting(world, shown(children[SHIELDED_BEFORE:], 3))
    # Nobody takes what is said from now on for older than what was said before.
    acting(world, told(children, 4))
    acting(world, shown(children[SHIELDED_BEFORE:], 4))

    with rebuilding(world) as rebuild:
        acting(world, shielded(meanwhile))
        assert rebuild.wait(120) == 0
    all_shielded = [*before, *meanwhile]
    assert acting(world, leaks(all_shielded)) == []
    await_(lambda: still_told(world, all_shielded) == set() or None)
    acting(world, shown(children[-OPEN:], 4))


def rebuilding(world: World) -> subprocess.Popen[bytes]:
    """The index being built anew."""
    command = [sys.executable, "-m", "services.search", "reindex"]
    environment = inherited() | world.stack.environment("search")
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


def still_told(world: World, children: Sequence[Watched]) -> set[bytes]:
    """What is protected of these children, and is in the index or in the stream's last word on one of them."""
    index = f"{world.stack.endpoints.elasticsearch}/{world.stack.prefix}records"
    world.http.post(f"{index}/_refresh")
    held = world.http.post(f"{index}/_search", json={"size": 10_000}).content
    last = {re.search(rb'"child_number":"(\d+)"', body): body for body in world.read(RECORDS)}
    said = b"".join({found[1]: body for found, body in last.items() if found}.values())
    return {secret for child in children for secret in child.secrets if secret in held or secret in said}
