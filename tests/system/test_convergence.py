"""However changes come, twice, late, in any order, or with processes dying, they end in the same state."""

from __future__ import annotations

import itertools
import json
import random
from collections import defaultdict
from contextlib import closing
from typing import Any

import pytest

import generator
from contracts import SERVICES
from tests.acts import AWAY, Acts, Done
from tests.children import address, supplied
from tests.conftest import StackFactory
from tests.world import World, await_

CHILDREN = 1100
ACTED_ON, ACTED_ON_BY = 200, "northshire-acted-on"
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
    with closing(new_world()) as world:
        world.publish(in_order)
        world.settled()
        return state(world)


def test_duplicates_reordering_and_a_full_replay_end_in_the_clean_state(
    new_world: StackFactory, changes: list[dict[str, Any]], clean: State
) -> None:
    with closing(new_world()) as world:
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
    acted_on = acquainted(world)
    at, versions = 0, itertools.count(2)
    with Acts(world, list(acted_on.values())) as acts:
        for name in (*SERVICES, "registry"):
            world.publish(changes[at : at + len(changes) // 6] + reports(next(versions)))
            at += len(changes) // 6
            acts.await_each()
            world.stack.processes[name].kill()
            world.stack.spawn(name)
            world.stack.await_ready(name)
            acts.await_each()
    world.publish(changes[at:] + reports(last := next(versions)))
    world.settled()
    # What a process that was killed had kept, and nobody has been told, another one tells.
    await_(lambda: world.database("registry")["intentions"].count_documents({}) == 0 or None)
    world.settled()
    assert_same(state(world), clean)
    shielded = assert_shields_hold(world, acts.done)
    assert_counted_once(world, acts.done)
    assert_newest(world, acted_on, shielded, last)


def acquainted(world: World) -> dict[str, str]:
    """Children of their own to act on, by their source records; the clean state knows none of them."""
    world.publish(reports(1))
    world.settled()
    children = world.database("registry")["children"].find()
    found = {child["sources"][0]["key"]: child["_id"] for child in children}
    assert len(found) == ACTED_ON
    for number in found.values():
        await_(lambda number=number: world.view(number).status_code == 200 or None)
    return found


def reports(version: int) -> list[dict[str, Any]]:
    """What the source of the children acted on holds on them in this version; no two share a home."""
    return [
        supplied(ACTED_ON_BY, str(n), version, addresses=[address(f"{version} Mill Lane", f"Q{n} 4QT")])
        for n in range(ACTED_ON)
    ]


def assert_shields_hold(world: World, done: list[Done]) -> set[str]:
    """Every shield that was answered ends scrubbed; returns all children shielded, answered or not."""
    for each in done:
        if each.shield_id is not None:
            await_(lambda path=f"/v1/shields/{each.shield_id}": scrubbed(world, path))
    placed = world.database("shielding")["shields"]
    await_(lambda: placed.count_documents({"unfinished": True}) == 0 or None)
    world.settled()
    return {each["child_number"] for each in placed.find()}


def scrubbed(world: World, path: str) -> bool | None:
    """Whether a shield has come as far as it can."""
    return world.call("shielding", "GET", path, "shield-officer").json()["status"] == "scrubbed" or None


def assert_counted_once(world: World, done: list[Done]) -> None:
    """What was answered is in the audit log exactly once, as it was answered; what was not, perhaps."""
    assert {each.status for each in done} <= {200, 201, 202, 503, AWAY}
    entries: dict[tuple[str, str], list[tuple[str, bool]]] = defaultdict(list)
    for entry in world.database("audit")["entries"].find().sort("sequence", 1):
        entries[entry["actor"], entry["action"]].append((entry["outcome"], bool(entry["restricted"])))
    for each in done:
        found = entries.pop((each.actor, each.action), [])
        if each.action == "shield-place" and not each.answered:
            # A decision whose officer was not told that it is in force is carried out, and recorded, again.
            assert found or each.shield_id is None
            continue
        # Where a shield came between the entry and the answer, the answer was decided and recorded anew.
        most = 2 if each.action in {"search", "view"} else 1
        assert each.answered <= len(found) <= most, f"{each.action}: {len(found)}"
        assert len(set(found)) == len(found), f"{each.action}: twice the same"
        if each.restricted is not None:
            assert found[-1][1] is each.restricted, each.action
    assert not [action for actor, action in entries if not actor.startswith(("a-", "dev-"))]


def assert_newest(world: World, acted_on: dict[str, str], shielded: set[str], version: int) -> None:
    """Of a shielded child the index has no address, of every other the newest; all are read to the end."""
    children = world.database("registry")["children"].find({"_id": {"$in": list(acted_on.values())}})
    assert [child["sources"][0]["version"] for child in children] == [version] * len(acted_on)
    for number in acted_on.values():
        view = world.view(number).json()
        assert view["restricted"] is (number in shielded)
        if number not in shielded:
            assert view["identity"]["addresses"][0]["lines"] == [f"{version} Mill Lane"]
    documents = {hit["_id"]: hit["_source"] for hit in _documents(world)}
    assert [n for n in shielded if documents[n]["postcodes"] or "Mill Lane" in documents[n]["record"]] == []


def state(world: World) -> State:
    """What is kept and what can be found, without the numbers and revisions that chance decides."""
    documents = world.database("registry")["children"].find({"superseded_by": None})
    children = [each for each in documents if not any(ACTED_ON_BY in key for key in each["source_keys"])]
    numbers = {each["_id"] for each in children}
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
    records = (hit["_source"] for hit in _documents(world) if hit["_id"] in numbers)
    found = sorted(repr(_record(each)) for each in records if not each["removed"])
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
