"""One bad message stops nothing: it is set aside by pointer, its neighbours are handled, a fix lets it through."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.app import app
from cli.output import Code
from contracts.codec import decode
from contracts.dead_letters import DeadLetterSetAside, DeadLetterSettled, dead_letters_of
from tests.children import nhs, nhs_number, supplied
from tests.conftest import StackFactory
from tests.world import World, await_

LETTERS = dead_letters_of("registry")


def body(**changed: Any) -> bytes:
    """A good change with some of it replaced."""
    return json.dumps(
        {**supplied("northshire-schools", "X-1", given="Amelia", family="Okafor"), **changed}
    ).encode()


def child(**changed: Any) -> bytes:
    """A good change with some of its child replaced."""
    good = supplied("northshire-schools", "X-1", given="Amelia", family="Okafor")
    return json.dumps({**good, "child": {**good["child"], **changed}}).encode()


KEY = b"northshire-schools/X-1"
BAD = {
    "not JSON": (b"Amelia {{", KEY, "invalid", ""),
    "not an object": (b'["Amelia"]', KEY, "invalid", ""),
    "wrong type": (body(source_version="seven"), KEY, "invalid", "source_version"),
    "missing field": (child(names=None), KEY, "invalid", "child.names"),
    "unknown type": (body(type="child-imagined"), KEY, "invalid", ""),
    "too large": (child(addresses=[{"lines": ["x" * 2_000_000]}]), KEY, "too-large", ""),
    "invalid date": (child(date_of_birth="2015-02-30"), KEY, "invalid", "child.date_of_birth"),
    "wrong key": (body(), b"northshire-schools/X-2", "wrong-key", ""),
    "no body": (b"", KEY, "invalid", ""),
    "not UTF-8": (b'{"type": "\xff\xfe"}', KEY, "invalid", ""),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_message_becomes_a_pointer_and_its_neighbours_are_handled(world: World, name: str) -> None:
    raw, key, error, field = BAD[name]
    before, after = nhs_number(), nhs_number()
    world.publish([supplied("northshire-gp", f"B-{before}", identifiers=[nhs(before)])])
    (where,) = world.publish([raw], key=key)
    world.publish([supplied("northshire-gp", f"A-{after}", identifiers=[nhs(after)])])
    letter = await_(lambda: open_letter(world, where.partition, where.offset))
    assert letter.error == error
    assert letter.origin.topic == where.topic
    if field:
        assert any(fault.field.endswith(field) for fault in letter.faults)
    assert world.find(identifier=nhs(before))
    assert world.find(identifier=nhs(after))


def test_dead_letters_never_hold_what_was_sent(world: World) -> None:
    letters = world.read(LETTERS)
    assert letters
    assert not any(b"Amelia" in letter or b"Okafor" in letter or b"seven" in letter for letter in letters)


def test_a_letter_replayed_after_the_fix_is_handled(new_world: StackFactory) -> None:
    world = new_world({"registry": {"SIGNPOST_DELIVERY__LARGEST_MESSAGE": "1000"}})
    number = nhs_number()
    long = supplied(
        "northshire-gp", "LONG", identifiers=[nhs(number)], addresses=[{"lines": ["4 Mill Lane" * 80]}]
    )
    (where,) = world.publish([long])
    letter = await_(lambda: open_letter(world, where.partition, where.offset))
    assert letter.error == "too-large"
    assert world.search(identifier=nhs(number)).json()["outcome"] == "none"

    typed(world, "replay", letter.origin.id)
    await_(lambda: len(letters_of(world, DeadLetterSetAside)) == 2 or None)

    world.stack.extra = {}
    world.stack.processes["registry"].stop()
    world.stack.spawn("registry")
    world.stack.await_ready("registry")
    typed(world, "replay", "--all", "--service", "registry")
    assert world.find(identifier=nhs(number))
    settled = await_(lambda: letters_of(world, DeadLetterSettled) or None)
    assert (settled[0].origin, settled[0].how) == (letter.origin, "handled")


def test_a_flood_of_dead_letters_stops_the_service_instead_of_draining_the_topic(new_world: StackFactory) -> None:
    world = new_world(
        {"registry": {"SIGNPOST_DELIVERY__FLOOD_LIMIT": "5", "SIGNPOST_DELIVERY__LARGEST_BATCH": "5"}}
    )
    world.publish([b"{}"] * 200, key=KEY)
    await_(lambda: world.metric("registry", "signpost_halted") == 1 or None)
    ready = world.http.get(world.stack.url("registry") + "/health/ready")
    assert ready.status_code == 503
    assert "deliveries" in ready.json()["troubles"]
    assert world.http.get(world.stack.url("registry") + "/health/live").status_code == 200
    assert len(letters_of(world, DeadLetterSetAside)) < 20


def test_a_letter_that_is_discarded_leaves_the_list_and_the_others_stay(world: World) -> None:
    (one,) = world.publish([b"{"], key=KEY)
    (other,) = world.publish([b"{"], key=KEY)
    ids = [f"{each.topic}:{each.partition}:{each.offset}" for each in (one, other)]
    await_(lambda: set(ids) <= listed(world) or None)

    assert typed(world, "discard", ids[0]) == {"discarded": [ids[0]]}
    assert listed(world) & set(ids) == {ids[1]}
    typed(world, "discard", ids[0], ends=Code.NOTHING_FOUND)
    settled = letters_of(world, DeadLetterSettled)
    assert [(each.origin.id, each.how) for each in settled if each.origin.id in ids] == [(ids[0], "discarded")]


def typed(world: World, *arguments: str, ends: Code = Code.DONE) -> dict[str, Any]:
    """What the command line says as JSON of this world's dead letters, told to do so."""
    asked = ["dead-letters", *arguments, "--json"]
    done = CliRunner().invoke(app, asked, env=world.environment())
    assert done.exit_code == ends, done.stderr
    return dict(json.loads(done.stdout or "{}"))


def listed(world: World) -> set[str]:
    """The ids of the open letters."""
    return {each["id"] for each in typed(world, "list")["dead_letters"]}


def letters_of(world: World, kind: type[Any]) -> list[Any]:
    """The letters of one kind in the registry's stream."""
    bodies = world.read(LETTERS)
    letters = [decode(LETTERS, each, _key(each)) for each in bodies]
    return [each for each in letters if isinstance(each, kind)]


def open_letter(world: World, partition: int, offset: int) -> DeadLetterSetAside | None:
    """The letter of that origin, once it is there."""
    for letter in letters_of(world, DeadLetterSetAside):
        if (letter.origin.partition, letter.origin.offset) == (partition, offset):
            return letter
    return None


def _key(raw: bytes) -> bytes:
    origin = json.loads(raw)["origin"]
    return f"{origin['topic']}:{origin['partition']}:{origin['offset']}".encode()
