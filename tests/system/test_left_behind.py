"""A registry process is killed between keeping and publishing: another one says what it could not say."""

from __future__ import annotations

import signal
from typing import Any

import httpx

from bench.more import more
from contracts.codec import read
from contracts.records import RECORDS
from tests.children import address, nhs, nhs_number, somebody, supplied
from tests.world import World, await_

DYING = """
import os, runpy, signal
from services.registry.announcing import Announcer

announce = Announcer.announce

async def die(self, settled):
    if any(child.superseded_by for child in settled.children):
        os.kill(os.getpid(), signal.SIGKILL)
    await announce(self, settled)

Announcer.announce = die
runpy.run_module("services.registry", run_name="__main__")
"""


def ask(world: World, url: str, method: str, path: str, body: object = None) -> httpx.Response:
    """A data manager's request of the process at that URL."""
    bearer = {"Authorization": f"Bearer {world.token('data-manager', 'manager', 'northshire')}"}
    return world.http.request(method, url + path, json=body, headers=bearer)


def two_in_doubt(world: World) -> dict[str, int]:
    """The child numbers and revisions of two who agree in all but their NHS numbers."""
    numbers = [nhs_number(), nhs_number()]
    who, home = somebody(numbers[0]), [address("4 Mill Lane", "NW7 4QT")]
    sources = ("northshire-gp", "northshire-schools")
    reports = zip(sources, numbers, strict=True)
    world.publish([supplied(s, f"L-{n}", identifiers=[nhs(n)], addresses=home, **who) for s, n in reports])
    children = [world.find(identifier=nhs(number))["child_number"] for number in numbers]
    world.settled()
    stored = world.database("registry")["children"].find({"_id": {"$in": children}})
    return {each["_id"]: each["revision"] for each in stored}


def newest_said(world: World, number: str) -> Any:
    """The last message of a child in the registry's stream."""
    said = [read(RECORDS, body) for body in world.read(RECORDS)]
    return [each for each in said if each.child_number == number][-1]


def test_what_a_killed_process_kept_is_announced_by_another_and_the_last_word_is_the_newest(world: World) -> None:
    seen = two_in_doubt(world)
    store = world.database("registry")
    with more(world.stack, "registry", [{}], run=("-c", DYING)) as (dying,):
        body = {"verdict": "same", "reason": "Spoke with both.", "seen": seen}
        path = f"/v1/reviews/{'-'.join(sorted(seen))}/decisions"
        try:
            ask(world, dying.url, "POST", path, body)
            raise AssertionError("it was to die")
        except httpx.TransportError:
            assert dying.process.wait(60) == -signal.SIGKILL
    # Kept, and nobody has been told.
    kept = {each["_id"]: each for each in store["children"].find({"_id": {"$in": list(seen)}})}
    (younger,) = (each for each in kept.values() if each["superseded_by"] is not None)
    elder = kept[younger["superseded_by"]]
    left = {"numbers": younger["_id"]}
    assert store["intentions"].count_documents(left) == 1
    assert newest_said(world, elder["_id"]).revision < elder["revision"]

    await_(lambda: store["intentions"].count_documents(left) == 0 or None, 60)
    await_(lambda: world.view(younger["_id"]).json()["child_number"] == elder["_id"] or None)
    revisions = {each["_id"]: each["revision"] for each in store["children"].find({"_id": {"$in": list(seen)}})}
    for number, revision in revisions.items():
        assert newest_said(world, number).revision == revision
    assert newest_said(world, younger["_id"]).superseded_by == elder["_id"]
