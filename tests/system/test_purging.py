"""The whole ladder: a shielded child is hidden, every store is rewritten, and in the end no trace is left."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import pymongo
import pytest

from contracts.dead_letters import dead_letters_of
from contracts.records import RECORDS
from contracts.sources import SOURCE_CHANGES
from deploy.engines import LocalEngines, Ports
from deploy.engines.documents import Documents
from runtime.settings import Horizons
from tests.children import address, involvement, nhs, nhs_number, somebody, supplied
from tests.conftest import StackFactory
from tests.world import World, await_

SHORT = Horizons(compaction=3, segment=3, deletion=0.5, retention=20, heartbeat=1, look_every=1, patience=5)
"""Horizons with which a child is forgotten while a test waits."""


_PART = 8


def canary() -> str:
    """A word that stands nowhere else; letters only, so that folding leaves it whole."""
    return "".join(secrets.choice(ascii_lowercase) for _ in range(3 * _PART))


@pytest.fixture(scope="module")
def own_store(tmp_path_factory: pytest.TempPathFactory, engines: Any) -> Iterator[Documents]:
    """A document store for the registry alone: the one place that may remember."""
    if not isinstance(engines, LocalEngines):
        pytest.skip("only the files of engines that run as local processes can be looked into")
    store = Documents(tmp_path_factory.mktemp("registry") / "documents", Ports.free())
    store.home.mkdir()
    store.start()
    yield store
    store.wipe()


@pytest.fixture(scope="module")
def world(new_world: StackFactory, own_store: Documents) -> World:
    """A Signpost that forgets soon."""
    return new_world({"registry": {"SIGNPOST_MONGO__URI": uri(own_store)}}, horizons=SHORT)


def uri(store: Documents) -> str:
    """Where the store is."""
    return f"mongodb://127.0.0.1:{store.ports[0]}/?directConnection=true"


_FIELDS = (
    *("former", "line", "town", "postcode", "identifier", "carer", "relationship", "carers-phone"),
    *("organisation", "practitioner", "role", "phone", "involvement", "ref"),
)
_SENSITIVE = ("clinic", "counsellor", "clinics-phone", "clinics-ref")


def canaries() -> dict[str, str]:
    """A word for each protected field."""
    return {field: canary() for field in (*_FIELDS, *_SENSITIVE)}


def planted(words: dict[str, str], who: dict[str, str], nhs_number: str, ref: str, version: int) -> dict[str, Any]:
    """What a source supplies of a child, with these words in it."""
    working = involvement(
        "education",
        words["organisation"],
        practitioner=words["practitioner"],
        role=words["role"],
        ref=words["involvement"],
        contacts=[{"kind": "phone", "value": words["phone"]}],
    )
    known_to = involvement(
        "health",
        words["clinic"],
        practitioner=words["counsellor"],
        ref=words["clinics-ref"],
        contacts=[{"kind": "phone", "value": words["clinics-phone"]}],
        sensitive={"category": "mental-health", "basis": "consent"},
    )
    contacts = [{"kind": "phone", "value": words["carers-phone"]}]
    change = supplied(
        "northshire-gp",
        ref,
        version,
        **who,
        identifiers=[nhs(nhs_number), {"system": "local", "value": words["identifier"]}],
        addresses=[{**address(words["line"], words["postcode"]), "town": words["town"]}],
        carers=[{"name": words["carer"], "relationship": words["relationship"], "contacts": contacts}],
        involvements=[working, known_to],
    )
    change["child"]["names"].append({"given": words["former"], "family": words["former"], "use": "former"})
    return change


def holding(folders: list[Path], *words: str) -> list[str]:
    """The files below these folders in which a word, or a part of it that compression left whole, stands.

    Kafka's index files are left out: they hold numbers only, and are made large beforehand.
    """
    parts = [f"-e{word[at : at + _PART]}" for word in words for at in range(0, len(word), _PART)]
    command = ["grep", "-rlaiF", "--exclude=*.index", "--exclude=*.timeindex", *parts, *map(str, folders)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()


def stands(world: World, shield_id: str) -> dict[str, Any]:
    """Where a shield stands."""
    return dict(world.call("shielding", "GET", f"/v1/shields/{shield_id}", "shield-officer").json())


def documents(world: World) -> str:
    """All that shielding and audit keep, as text: their files may be compressed."""
    stores = [world.database(each) for each in ("shielding", "audit")]
    return str([list(store[name].find()) for store in stores for name in store.list_collection_names()])


def places(world: World, engines: LocalEngines) -> list[Path]:
    """Wherever an engine or a service writes, but the registry's own store."""
    return [engines.elasticsearch.place(), engines.kafka.home, engines.documents.home, Path(world.stack.state)]


def test_in_the_end_no_file_of_any_engine_or_log_holds_anything_protected_but_the_registrys_own_store(
    world: World, engines: LocalEngines, own_store: Documents
) -> None:
    words, later, twins, refused, number = canaries(), canaries(), canaries(), canaries(), nhs_number()
    who, ref = somebody(words["ref"]), words["ref"]
    index, streams = engines.elasticsearch.place(), engines.kafka.home
    # Of the same name and birth date, with an identifier of her own: she may be the child, and is held with her.
    world.publish([planted(words, who, number, ref, 1), planted(twins, who, nhs_number(), twins["ref"], 1)])
    changes = list((streams / "data").glob(f"{world.topic(SOURCE_CHANGES)}-*"))
    assert all(holding(changes, word) for word in words.values())
    child = world.find(identifier=nhs(number))["child_number"]
    assert world.view(child).json()["restricted"] is False
    world.http.post(f"{engines.endpoints.elasticsearch}/_flush")
    unseen = {field for field, word in words.items() if not holding([index], word)}
    assert {*_SENSITIVE} <= unseen <= {*_SENSITIVE, "ref", "involvement"}

    shield_id = world.shield(child)["shield_id"]
    # What cannot be read is set aside by pointer, and stays in its stream as long as all else.
    unreadable = planted(refused, who, number, ref, 3) | {"source_version": refused["ref"]}
    world.publish([planted(later, who, number, ref, 2), unreadable])
    await_(lambda: world.read(dead_letters_of("registry")) or None)
    shown = await_(lambda: ((it := stands(world, shield_id))["left"] and it) or None)
    assert shown["status"] in {"fenced", "scrubbed"}
    assert {each["place"] for each in shown["left"]} <= {"sources.changes.v1", RECORDS.name}
    # A rebuild on the way, which may still read what was open once, changes nothing.
    with world.rebuilding() as rebuild:
        assert rebuild.wait(60) == 0
    purged = await_(lambda: ((it := stands(world, shield_id))["status"] == "purged" and it) or None, 110)

    every = [word for each in (words, later, twins, refused) for word in each.values()]
    assert holding(places(world, engines), *every) == []
    assert not [word for word in every if word in documents(world)]
    assert max(purged["fenced_at"], purged["scrubbed_at"]) < purged["purged_at"]
    assert purged["in_words"].endswith("nothing was left when streams and index were looked through.")
    assert purged["left"] == []


def test_whom_officers_alone_know_is_forgotten_to_the_end_though_the_details_stay_sealed(
    world: World, engines: LocalEngines, own_store: Documents
) -> None:
    words = canaries()
    details = planted(words, somebody(words["ref"]), nhs_number(), words["ref"], 1)["child"]
    del details["responsible_authority"]
    body = {"details": details, "ground": "adoption", "review_on": "2099-01-01"}
    shield = world.call("shielding", "POST", "/v1/shields", "shield-officer", body)
    assert shield.status_code == 201, shield.text
    with pymongo.MongoClient[dict[str, Any]](uri(own_store)) as client:
        told = client[f"{world.stack.prefix}signpost-registry"]["children"]
        await_(lambda: (words["line"] in str(list(told.find()))) or None)
    await_(lambda: stands(world, shield.json()["shield_id"])["status"] == "purged" or None, 110)
    assert not [word for word in words.values() if word in documents(world)]
    assert holding(places(world, engines), *words.values()) == []


def test_what_should_be_gone_and_is_not_alerts_and_says_where_it_is(new_world: StackFactory) -> None:
    world = new_world(start=False)
    world.stack.create_topics()
    # The topics keep everything for a week; the services count on seconds, as if somebody had changed a topic.
    world.stack.horizons = SHORT
    world.start()
    number = nhs_number()
    world.publish([supplied("northshire-gp", f"L-{number}", identifiers=[nhs(number)])])
    shield_id = world.shield(world.find(identifier=nhs(number))["child_number"])["shield_id"]
    await_(lambda: world.metric("shielding", "signpost_shields_not_purged") == 1 or None, 60)
    assert world.metric("shielding", "signpost_shields_not_purged_seconds") > 0
    shown = stands(world, shield_id)
    assert shown["status"] == "scrubbed"
    assert {each["place"] for each in shown["left"]} == {"sources.changes.v1", RECORDS.name}
    page = world.call("shielding", "GET", f"/officers/shields/{shield_id}", "shield-officer").text
    assert "Something that should be gone is still in" in page
