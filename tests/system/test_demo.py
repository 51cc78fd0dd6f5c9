"""The demo's story, the first that anybody sees of Signpost, comes to its end on real engines."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import orjson
import pytest

import generator
from cli import story
from cli.casting import candidates
from cli.client import Client
from cli.place import Place
from generator.places import BY_SLUG
from tests.world import ORGANISATION, World

CHILDREN, SEED = 90, 1


def test_the_demos_story_is_told_to_its_end(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "children.jsonl"
    girls = candidates(file, generator.write(CHILDREN, SEED, file).truth)
    world.stack.open(BY_SLUG, [ORGANISATION])
    world.publish([orjson.loads(line) for line in file.read_bytes().splitlines()])
    world.settled()
    # What is hidden in the course of the story finds her before it.
    [girl, *_] = girls
    world.find(given=girl.given, date_of_birth=girl.born, postcode=girl.postcode)

    watch = story.Stopwatch()
    # A stack knows its services' addresses as a place does, and these are on ports of the test's own.
    with Client(cast("Place", world.stack)) as client:
        told, shield = story.tell(client, girls, watch)
    assert told == girl
    assert world.find(given=girl.given, family=girl.family, date_of_birth=girl.born)["restricted"]
    assert shield["hidden"]
    assert "What is hidden cannot be used to find her" in capsys.readouterr().out
    assert {"search", "view", "shield: decided to hidden", "view, restricted"} <= set(watch.seconds)
