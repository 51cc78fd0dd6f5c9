"""Several registry processes at once: whoever is reported by all sources at the same moment is one child."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from typing import Any

import pytest

from bench.more import more
from tests.children import address, somebody, supplied
from tests.world import World, await_

CHILDREN = int(os.environ.get("CONCURRENT_CHILDREN", "400"))
SOURCES = ("gp", "schools", "health-visiting", "social-care", "youth-justice", "voluntary")


@pytest.fixture
def four(world: World) -> Iterator[World]:
    """The world with three more registry processes, ready to share the work."""
    with more(world.stack, "registry", [{}] * 3):
        yield world


def test_first_reports_by_six_sources_at_once_to_four_processes_end_in_one_child_each(four: World) -> None:
    reports = [
        supplied(
            f"northshire-{source}",
            f"C-{number}",
            addresses=[address(f"{number} Mill Lane", "NW7 4QT")],
            **somebody(f"C-{number}"),
        )
        for number in range(CHILDREN)
        for source in SOURCES
    ]
    random.Random(7).shuffle(reports)
    four.publish(reports)
    four.settled(240 + CHILDREN)
    # A process that lost its partitions to another may have something left to look at.
    await_(lambda: four.database("registry")["intentions"].count_documents({}) == 0 or None, 240)

    kept = {each["_id"]: each for each in four.database("registry")["children"].find()}
    live = [each for each in kept.values() if each["superseded_by"] is None]
    made_up = sorted(sorted(source["key"] for source in each["sources"]) for each in live)
    wanted = sorted(sorted(f"northshire-{source}/C-{number}" for source in SOURCES) for number in range(CHILDREN))
    assert len(live) == CHILDREN
    assert made_up == wanted
    younger = [each for each in kept.values() if each["superseded_by"] is not None]
    # They did meet: else nothing was proven.
    assert len(younger) > 10
    for each in younger:
        elder = _elder(kept, each)
        assert (elder["created_at"], elder["_id"]) <= (each["created_at"], each["_id"])
        assert each["_id"] in elder["supersedes"]
    sample = younger[0]
    assert four.view(sample["_id"]).json()["child_number"] == _elder(kept, sample)["_id"]


def _elder(kept: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    while document["superseded_by"] is not None:
        document = kept[document["superseded_by"]]
    return document
