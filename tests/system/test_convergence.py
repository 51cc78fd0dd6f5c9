"""However changes come, twice, late, in any order, or with processes dying, they end in the same state."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

import generator
from tests.conftest import StackFactory
from tests.world import World, await_

CHILDREN = 1100
State = dict[str, Any]


@pytest.fixture(scope="module")
def changes() -> list[dict[str, Any]]:
    """About 5,000 changes, in the order in which they occurred for each source record."""
    made = list(generator.generate(CHILDREN, seed=11))
    assert len(made) > 4800
    return made


@pytest.fixture(scope="module")
def clean(new_world: StackFactory, changes: list[dict[str, Any]]) -> State:
    """The state after every change came once and in order."""
    once = {(each["source"], each["source_ref"], each["source_version"]): each for each in changes}
    in_order = sorted(once.values(), key=lambda each: int(each["source_version"]))
    world = new_world()
    world.publish(in_order)
    world.settled()
    return state(world)


def test_duplicates_reordering_and_a_full_replay_end_in_the_clean_state(
    new_world: StackFactory, changes: list[dict[str, Any]], clean: State
) -> None:
    world = new_world()
    shuffled = random.Random(5).sample(changes, len(changes))
    world.publish(shuffled + shuffled[::3])
    world.settled()
    assert_same(state(world), clean)
    world.publish(changes)
    world.settled()
    assert_same(state(world), clean)
    assert world.metric("registry", "signpost_dead_letters_total") == 0


def test_killing_each_service_in_the_middle_loses_nothing_and_repeats_nothing(
    new_world: StackFactory, changes: list[dict[str, Any]], clean: State
) -> None:
    world = new_world()
    half = len(changes) // 2
    world.publish(changes[:half])
    for name in ("registry", "search", "shielding", "audit", "registry"):
        await_(lambda: moving(world) or None)
        world.stack.processes[name].kill()
        world.stack.spawn(name)
        world.stack.await_ready(name)
        world.publish(changes[half : half + half // 5])
        half += half // 5
    world.publish(changes[half:])
    world.settled()
    assert_same(state(world), clean)


def moving(world: World) -> bool:
    """Whether the registry has begun to write."""
    return world.database("registry")["children"].estimated_document_count() > 50


def state(world: World) -> State:
    """What is kept and what can be found, without the numbers and revisions that chance decides."""
    children = list(world.database("registry")["children"].find({"superseded_by": None}))
    held = {
        source["key"]: (source["version"], tuple(sorted(s["key"] for s in child["sources"] if "supplied" in s)))
        for child in children
        for source in child["sources"]
        if "supplied" in source
    }
    gone = {
        source["key"]: source["version"]
        for child in children
        for source in child["sources"]
        if "supplied" not in source
    }
    found = sorted(repr(_record(hit["_source"])) for hit in _documents(world) if not hit["_source"]["removed"])
    return {"held": held, "gone": gone, "found": found}


def _record(source: dict[str, Any]) -> dict[str, Any]:
    record = json.loads(source["record"])
    return {name: record.get(name) for name in ("shielded", "identity", "involvements")}


def _documents(world: World) -> list[dict[str, Any]]:
    base = f"{world.stack.endpoints.elasticsearch}/{world.stack.prefix}records"
    world.http.post(f"{base}/_refresh")
    return list(world.http.post(f"{base}/_search", json={"size": 10_000}).json()["hits"]["hits"])


def assert_same(got: State, wanted: State) -> None:
    """Compare without printing what is personal, made up though it is."""
    for name in wanted:
        assert len(got[name]) == len(wanted[name]), name
        assert got[name] == wanted[name], name
