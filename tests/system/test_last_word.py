"""The last word on a child is the newest, in the stream, in the index, and while the index is rebuilt."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from contracts.codec import decode
from contracts.records import RECORDS, RecordPublished
from tests.children import address, nhs, nhs_number, somebody, somewhere, supplied, withdrawn
from tests.world import World, await_


def last_word(world: World, child_number: str) -> RecordPublished:
    """The last message on a child in the stream."""
    bodies = [body for body in world.read(RECORDS) if json.loads(body)["child_number"] == child_number]
    message = decode(RECORDS, bodies[-1], child_number.encode())
    assert isinstance(message, RecordPublished)
    return message


def report(version: int, number: str) -> dict[str, Any]:
    """A child in this version, in a street of its own: whoever shares one with a shielded child may be held."""
    home = address(line(version, number), somewhere(f"V-{number}")["postcode"])
    return supplied("northshire-gp", f"V-{number}", version, identifiers=[nhs(number)], addresses=[home])


def line(version: int, number: str) -> str:
    """Where a child lives in this version."""
    return f"{version} {somebody(f'street of {number}')['family']} Lane"


def published(world: World, version: int, number: str) -> dict[str, Any]:
    """A child published in this version, as a search finds it."""
    world.publish([report(version, number)])
    match = world.find(identifier=nhs(number))

    def current() -> bool | None:
        record = world.view(match["child_number"]).json()
        return record["identity"]["addresses"][0]["lines"] == [line(version, number)] or None

    await_(current)
    return match


def test_an_older_message_that_overtakes_a_newer_one_is_followed_by_the_newest(world: World) -> None:
    number = nhs_number()
    child = published(world, 1, number)["child_number"]
    older = last_word(world, child)
    published(world, 2, number)
    newest = last_word(world, child)
    assert newest.revision > older.revision

    world.publish_message(RECORDS, older)
    await_(lambda: last_word(world, child).revision == newest.revision or None)
    assert world.view(child).json()["identity"]["addresses"][0]["lines"] == [line(2, number)]


def test_a_rebuild_never_shows_an_empty_index_and_ends_with_all_that_happened_meanwhile(world: World) -> None:
    numbers = [nhs_number() for _ in range(20)]
    children = [published(world, 1, number)["child_number"] for number in numbers]
    shielded = children[0]
    world.shield(shielded)
    missed: list[str] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            answer = world.search(child_number=children[1])
            if answer.status_code != 200 or len(answer.json()["matches"]) != 1:
                missed.append(answer.json().get("type", answer.json().get("outcome")))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for _ in range(2):
            rebuild = world.rebuilding()
            during = nhs_number()
            published(world, 1, during)
            out, _ = rebuild.communicate(timeout=180)
            assert rebuild.returncode == 0
            assert out.decode().splitlines()[-1].startswith("done ")
    finally:
        done.set()
        watcher.join()
    assert missed == []
    assert world.find(identifier=nhs(during))
    for number in numbers[1:]:
        assert world.find(identifier=nhs(number))
    assert world.search(identifier=nhs(numbers[0])).json()["outcome"] == "none"
    assert world.view(shielded).json()["restricted"] is True


def test_a_registry_restored_from_a_backup_that_is_older_than_a_shield_shields_again(world: World) -> None:
    number = nhs_number()
    child = published(world, 1, number)["child_number"]
    shield = world.shield(child)
    path = f"/v1/shields/{shield['shield_id']}"
    await_(lambda: world.call("shielding", "GET", path, "shield-officer").json()["status"] == "scrubbed" or None)
    world.stack.processes["registry"].stop()
    kept = world.database("registry")["children"]
    kept.update_one({"_id": child}, {"$set": {"marks": {}}})
    world.stack.spawn("registry")
    world.stack.await_ready("registry")
    assert kept.find_one({"_id": child})["marks"]
    before = last_word(world, child).revision
    world.publish([report(2, number)])
    after = await_(lambda: newer_word(world, child, before))
    assert after.shielded
    assert after.identity.addresses is None


def newer_word(world: World, child_number: str, revision: int) -> RecordPublished | None:
    """The last message on a child, once it is newer than this revision."""
    word = last_word(world, child_number)
    return word if word.revision > revision else None


def test_a_child_withdrawn_by_its_only_source_is_found_no_more_and_comes_back_with_it(world: World) -> None:
    number = nhs_number()
    child = published(world, 1, number)["child_number"]
    world.publish([withdrawn("northshire-gp", f"V-{number}", 2)])
    await_(lambda: world.view(child).status_code == 404 or None)
    await_(lambda: world.search(identifier=nhs(number)).json()["outcome"] == "none" or None)
    assert published(world, 3, number)["child_number"] == child


def test_a_shield_on_a_number_that_was_merged_away_hides_the_record_it_leads_to(world: World) -> None:
    health, pupil = nhs_number(), "H990000000123"
    upn = {"system": "upn", "value": pupil}
    world.publish([supplied("northshire-gp", f"M-{health}", identifiers=[nhs(health)])])
    world.publish([supplied("northshire-schools", f"N-{health}", identifiers=[upn])])
    one, other = world.find(identifier=nhs(health)), world.find(identifier=upn)
    assert one["child_number"] != other["child_number"]
    her = somebody(f"M-{health}")
    both = supplied("northshire-schools", f"N-{health}", 2, identifiers=[upn, nhs(health)], **her)
    world.publish([both])

    def merged() -> str | None:
        first, second = world.search(identifier=nhs(health)).json(), world.search(identifier=upn).json()
        numbers = {each["child_number"] for answer in (first, second) for each in answer["matches"]}
        return numbers.pop() if len(numbers) == 1 else None

    elder = await_(merged)
    younger = ({one["child_number"], other["child_number"]} - {elder}).pop()
    assert world.view(younger).json()["child_number"] == elder
    shield = world.shield(younger)
    assert world.view(younger).json()["restricted"] is True
    assert world.view(elder).json()["restricted"] is True
    assert world.search(identifier=upn).json()["outcome"] == "none"
    path = f"/v1/shields/{shield['shield_id']}"
    await_(lambda: world.call("shielding", "GET", path, "shield-officer").json()["status"] == "scrubbed" or None)
    for number in (elder, younger):
        (found,) = world.search(child_number=number).json()["matches"]
        assert (found["child_number"], found["restricted"]) == (elder, True)


@contextmanager
def index_stands_still(world: World) -> Iterator[None]:
    """The index takes nothing in, and answers with what it has."""
    settings = f"{world.stack.endpoints.elasticsearch}/{world.stack.prefix}records/_settings"
    world.http.put(settings, json={"index.blocks.write": True}).raise_for_status()
    try:
        yield
    finally:
        world.http.put(settings, json={"index.blocks.write": None}).raise_for_status()


@pytest.mark.parametrize("shielded", ["elder", "younger"])
def test_a_shield_hides_all_numbers_of_a_child_while_the_index_is_from_before_their_merge(
    world: World, shielded: str
) -> None:
    health, pupil = nhs_number(), nhs_number()
    world.publish([supplied("northshire-gp", f"P-{health}", identifiers=[nhs(health)])])
    elder = world.find(identifier=nhs(health))["child_number"]
    school = supplied("northshire-schools", f"Q-{health}", identifiers=[{"system": "pupil", "value": pupil}])
    world.publish([school])
    younger = world.find(identifier={"system": "pupil", "value": pupil})["child_number"]
    world.settled()

    with index_stands_still(world):
        one = school["child"] | {"names": [somebody_named(f"P-{health}")], "identifiers": [nhs(health)]}
        born = somebody(f"P-{health}")["born"]
        world.publish([{**school, "source_version": 2, "child": one | {"date_of_birth": born}}])
        kept = world.database("registry")["children"]
        await_(lambda: kept.find_one({"_id": younger, "superseded_by": elder}))
        assert [world.view(each).json()["restricted"] for each in (elder, younger)] == [False, False]
        shield = world.shield({"elder": elder, "younger": younger}[shielded])
        assert [world.view(each).json()["restricted"] for each in (elder, younger)] == [True, True]
        assert world.search(identifier=nhs(health)).json()["outcome"] == "none"
        assert world.search(identifier={"system": "pupil", "value": pupil}).json()["outcome"] == "none"

    path = f"/v1/shields/{shield['shield_id']}"
    await_(
        lambda: world.call("shielding", "GET", path, "shield-officer").json()["status"] == "scrubbed" or None, 60
    )
    world.call("shielding", "POST", f"{path}/lift-requests", "shield-officer", subject="officer-1")
    assert world.approve_lift(shield["shield_id"], "officer-2").json()["status"] == "lifted"
    for number in (elder, younger):
        await_(lambda number=number: world.view(number).json()["restricted"] is False or None)


def test_a_shield_hides_who_is_merged_with_the_child_later_while_the_index_is_from_before_that(
    world: World,
) -> None:
    health, pupil = nhs_number(), {"system": "pupil", "value": nhs_number()}
    world.publish([supplied("northshire-gp", f"R-{health}", identifiers=[nhs(health)])])
    elder = world.find(identifier=nhs(health))["child_number"]
    school = supplied("northshire-schools", f"S-{health}", identifiers=[pupil])
    world.publish([school])
    younger = world.find(identifier=pupil)["child_number"]
    shield = world.shield(elder)
    world.settled()

    with index_stands_still(world):
        one = school["child"] | {"names": [somebody_named(f"R-{health}")], "identifiers": [nhs(health)]}
        born = somebody(f"R-{health}")["born"]
        world.publish([{**school, "source_version": 2, "child": one | {"date_of_birth": born}}])
        await_(lambda: world.view(younger).json()["restricted"] or None)
        await_(lambda: world.search(identifier=pupil).json()["outcome"] == "none" or None)

    path = f"/v1/shields/{shield['shield_id']}"
    shown = await_(lambda: _scrubbed(world, path), 60)
    assert set(shown["also"]) == {younger}


def _scrubbed(world: World, path: str) -> dict[str, Any] | None:
    shown = world.call("shielding", "GET", path, "shield-officer").json()
    return dict(shown) if shown["status"] == "scrubbed" and shown["also"] else None


def somebody_named(ref: str) -> dict[str, str]:
    """The current name of :func:`somebody`."""
    return {"given": somebody(ref)["given"], "family": somebody(ref)["family"], "use": "current"}
