"""A first load ends in what the incremental way would have ended in, whatever happens on the way."""

from __future__ import annotations

import json
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import generator
from contracts.records import RECORDS
from services.registry.candidates import CAP
from services.registry.documents import child_of
from tests.children import address, nhs, nhs_number, supplied, withdrawn
from tests.conftest import StackFactory
from tests.first_loads import (
    Loading,
    a_crowd,
    assert_same,
    incrementally,
    indexed,
    shown,
    state,
    stored,
    written,
)
from tests.world import World, await_

CHILDREN = int(os.environ.get("FIRST_LOAD_CHILDREN", "2000"))
FEW = 600
STAGES = ("reading", "folding", "comparing", "settling", "writing")


def test_a_first_load_of_many_ends_in_what_the_incremental_way_ends_in(world: World, tmp_path: Path) -> None:
    file = written(tmp_path / "all.jsonl", [*generator.generate(CHILDREN, seed=23), *a_crowd()])
    with ThreadPoolExecutor(1) as beside:
        settled = beside.submit(incrementally, file)
        report = Loading(world, file, tmp_path / "work").run()
        wanted, got = settled.result(), stored(world)
    assert_same(state(got), state(wanted))
    assert report["bad"] == report["apart"] == 0
    assert report["children"] == len(got)
    world.settled()
    published = shown(map(child_of, wanted))
    assert_same({"index": indexed(world)}, {"index": published})
    # The crowd has filled a key, and no more are found by it than may be.
    assert max(Counter(key for each in got for key in each["match_keys"]).values()) == CAP


def test_a_load_killed_at_every_stage_goes_on_and_ends_the_same(new_world: StackFactory, tmp_path: Path) -> None:
    world = new_world()
    file = written(tmp_path / "some.jsonl", generator.generate(FEW, seed=29))
    loading = Loading(world, file, tmp_path / "work")
    for stage in STAGES:
        loading.kill_at(stage)
    report = loading.run()
    wanted = incrementally(file)
    assert_same(state(stored(world)), state(wanted))
    world.settled()
    assert_same({"index": indexed(world)}, {"index": shown(map(child_of, wanted))})
    # Nothing is left of what it worked out; a second time it says that it is loaded.
    assert [each.suffix for each in (tmp_path / "work").iterdir()] == [".json"]
    assert loading.run() == {**report, "loaded_before": True}


def test_bad_lines_are_named_by_number_and_field_and_the_rest_is_loaded(world: World, tmp_path: Path) -> None:
    secret = "Zzyzx-7-Secret"
    lines = [supplied("gp", "bad-lines-1"), supplied("gp", "bad-lines-2", born=secret), {"type": secret}]
    report = Loading(world, written(tmp_path / "bad.jsonl", lines), tmp_path / "work").run()
    assert [each["line"] for each in report["bad_lines"]] == [2, 3]
    assert report["bad_lines"][0]["faults"][0]["field"] == "child.date_of_birth"
    assert secret not in json.dumps(report) + world.logs()
    assert world.database("registry")["children"].count_documents({"source_keys": "gp/bad-lines-1"}) == 1
    entries = world.database("audit")["entries"]
    begun, done = (
        await_(lambda o=o: entries.find_one({"action": "first-load", "outcome": o})) for o in ("begun", "done")
    )
    assert begun["actor"] == done["actor"]
    assert begun["role"] == "operator"


def test_who_may_be_a_shielded_child_is_held_and_who_surely_is_one_is_shielded(
    world: World, tmp_path: Path
) -> None:
    number, home = nhs_number(), [address("4 Mill Lane", "NW7 4QT")]
    she = {"given": "Amelia", "family": "Okafor", "born": "2015-04-09"}
    world.publish([supplied("gp", "hidden", identifiers=[nhs(number)], addresses=home, **she)])
    hidden = await_(lambda: world.database("registry")["children"].find_one({"source_keys": "gp/hidden"}))["_id"]
    await_(lambda: world.view(hidden).status_code == 200 or None)
    world.shield(hidden)
    world.settled()
    renamed = {**she, "family": "Ward", "addresses": [address("9 Other Street", "SE1 1AA")]}
    lines = [
        supplied("schools", "surely-her", identifiers=[nhs(number)], addresses=home, **she),
        supplied("schools", "perhaps-her", **renamed),
        supplied("schools", "unrelated"),
    ]
    report = Loading(world, written(tmp_path / "new.jsonl", lines), tmp_path / "work").run()
    assert report["apart"] == 2
    world.settled()
    kept = {key: each for each in stored(world) for key in each["source_keys"]}
    assert kept["schools/surely-her"]["_id"] == hidden
    assert child_of(kept["schools/perhaps-her"]).held
    assert child_of(kept["schools/unrelated"]).visible
    # Nothing that gives her away has reached the stream or the index.
    told = b"".join(world.read(RECORDS))
    assert b"Other Street" not in told
    assert kept["schools/perhaps-her"]["_id"].encode() not in told


def test_what_others_do_between_reckoning_and_writing_counts(new_world: StackFactory, tmp_path: Path) -> None:
    world = new_world()
    she = {
        "given": "Amelia",
        "family": "Okafor",
        "born": "2015-04-09",
        "addresses": [address("4 Mill Lane", "NW7 4QT")],
    }
    renamed = {**she, "family": "Ward", "addresses": [address("9 Other Street", "SE1 1AA")]}
    changes = [
        supplied("schools", "both-ways", 2),
        supplied("schools", "corrected", 1, given="Wrong"),
        supplied("schools", "gone", 1),
        supplied("schools", "perhaps-her", **renamed),
        *(supplied("schools", f"other-{n}") for n in range(10)),
    ]
    loading = Loading(world, written(tmp_path / "some.jsonl", changes), tmp_path / "work")
    world.publish([supplied("gp", "hidden", **she)])
    world.settled()
    loading.kill_at("settling")
    # By the stream come another source's first report, a newer version, a withdrawal, and a shield.
    meanwhile = [
        {**supplied("gp", "elsewhere"), "child": supplied("schools", "both-ways")["child"]},
        supplied("schools", "corrected", 2),
        withdrawn("schools", "gone", 2),
    ]
    world.publish(meanwhile)
    world.settled()
    hidden = next(each["_id"] for each in stored(world) if "gp/hidden" in each["source_keys"])
    world.shield(hidden)
    loading.run()
    world.settled()
    kept = {key: child_of(each) for each in stored(world) for key in each["source_keys"]}
    assert kept["gp/elsewhere"].number == kept["schools/both-ways"].number
    assert [each.version for each in kept["schools/corrected"].live] == [2]
    assert kept["schools/corrected"].live[0].formers
    assert not kept["schools/gone"].live
    assert kept["schools/perhaps-her"].held
    assert b"Other Street" not in b"".join(world.read(RECORDS))
    live = [key for each in stored(world) for key in each["source_keys"]]
    assert len(live) == len(set(live)), "a source record is in two children"
