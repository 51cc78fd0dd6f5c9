"""A child whom nobody knows yet is shielded by details, and caught when it arrives, before anybody sees it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from nacl.public import SealedBox

from contracts import STREAMS
from contracts.child_number import new_child_number
from contracts.records import RECORDS
from contracts.shields import SHIELDS
from contracts.sources import OFFICERS, SOURCE_CHANGES
from deploy.engines import LocalEngines
from tests.children import address, nhs, nhs_number, somebody, supplied, withdrawn
from tests.first_loads import Loading, written
from tests.system.test_secrets import token
from tests.system.test_shielding import outcomes
from tests.world import World, await_

POSTCODE = "NW7 4QT"


def officer(world: World, path: str, body: object = None, subject: str = "officer-1") -> httpx.Response:
    """An officer's act."""
    return world.call("shielding", "POST", f"/v1/shields{path}", "shield-officer", body, subject)


def details(ref: str, **more: Any) -> dict[str, Any]:
    """What an officer knows of somebody."""
    who = somebody(ref)
    names = [{"given": who["given"], "family": who["family"]}]
    return {"names": names, "date_of_birth": who["born"], **more}


def expect(world: World, ref: str, **more: Any) -> dict[str, Any]:
    """The shield of a child by details, once the registry watches for the child."""
    body = {"details": details(ref, **more), "ground": "adoption", "review_on": "2099-01-01"}
    answer = officer(world, "", body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["in_words"].startswith("Watched for")
    return dict(answer.json())


def stands(world: World, shield_id: str) -> dict[str, Any]:
    """Where a shield stands."""
    return dict(world.call("shielding", "GET", f"/v1/shields/{shield_id}", "shield-officer").json())


def lift(world: World, shield_id: str) -> None:
    """A shield lifted by two officers."""
    assert officer(world, f"/{shield_id}/lift-requests").status_code == 201
    assert world.approve_lift(shield_id, "officer-2").json()["status"] == "lifted"


def published(world: World, word: str) -> list[dict[str, Any]]:
    """Every message of a record that has this word in it, whoever may read it."""
    return [json.loads(body) for body in world.read(RECORDS) if word in body.decode()]


def record_of(world: World, key: str) -> dict[str, Any] | None:
    """The registry's document that holds a source record."""
    return world.database("registry")["children"].find_one({"source_keys": key})


def test_an_unknown_number_is_refused_with_an_offer_that_a_machine_can_take_up(world: World) -> None:
    body = {"child_number": new_child_number(), "ground": "adoption", "review_on": "2099-01-01"}
    refused = officer(world, "", body)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:signpost:problem:unknown-child")
    offer = refused.json()["offer"]
    assert offer["pre_emptive"] is True
    taken_up = {**body, offer["give"]: details("offered")}
    del taken_up[offer["instead_of"]]
    again = world.call("shielding", offer["method"], offer["path"], "shield-officer", taken_up)
    assert again.status_code == 201, again.text
    # To whom this is not open, a number that exists and one that does not are the same.
    for number in (body["child_number"], again.json()["child_number"]):
        stranger = world.call("shielding", "POST", "/v1/shields", "practitioner", {**body, "child_number": number})
        assert stranger.status_code == 403


def test_who_is_expected_is_never_found_unshielded_from_the_moment_it_arrives(world: World) -> None:
    ref, number = "expected-1", nhs_number()
    who = somebody(ref)
    shield = expect(world, ref, identifiers=[nhs(number)])
    await_(lambda: stands(world, shield["shield_id"])["status"] == "scrubbed" or None)
    # Nobody is told that there is something: not by name, not by the number that officers were given.
    found = {"given": who["given"], "family": who["family"], "date_of_birth": who["born"]}
    assert world.search(**found).json()["outcome"] == "none"
    assert world.search(child_number=shield["child_number"]).json()["outcome"] == "none"
    assert world.view(shield["child_number"]).status_code == 404
    assert world.view(new_child_number()).json() == world.view(shield["child_number"]).json()

    home = [address("4 Mill Lane", POSTCODE)]
    world.publish([supplied("northshire-school", ref, identifiers=[nhs(number)], addresses=home)])
    child = world.find(**found)
    assert child["restricted"] is True
    assert child["child_number"][0] != "0"
    assert world.view(child["child_number"]).json()["restricted"] is True
    assert world.search(identifier=nhs(number)).json()["outcome"] == "none"
    assert (
        world.search(given=who["given"], date_of_birth=who["born"], postcode=POSTCODE).json()["outcome"] == "none"
    )
    world.settled()
    assert {each["shielded"] for each in published(world, child["child_number"]) if "identity" in each} == {True}
    assert not published(world, number)

    lift(world, shield["shield_id"])
    assert world.find(identifier=nhs(number))["child_number"] == child["child_number"]
    await_(lambda: world.view(child["child_number"]).json()["restricted"] is False or None)
    kept = record_of(world, f"northshire-school/{ref}")
    assert kept is not None
    assert [each for each in kept["sources"] if each["key"].startswith(OFFICERS) and "like" in each] == []
    assert (
        "sealed_details"
        not in [json.loads(b) for b in world.read(SHIELDS) if shield["shield_id"].encode() in b][-1]
    )


def test_who_only_may_be_expected_is_held_until_a_lift(world: World) -> None:
    ref, number = "expected-2", nhs_number()
    who = somebody(ref)
    shield = expect(world, ref)
    other = {"given": who["given"], "born": who["born"], "family": somebody("another")["family"]}
    world.publish([supplied("northshire-school", ref, **other, identifiers=[nhs(number)])])
    world.settled()
    assert world.search(identifier=nhs(number)).json()["outcome"] == "none"
    await_(lambda: stands(world, shield["shield_id"])["pending_holds"] == 1 or None)
    lift(world, shield["shield_id"])
    assert world.find(identifier=nhs(number))["restricted"] is False


def test_who_is_there_already_with_the_same_identifier_becomes_shielded_under_its_own_number(world: World) -> None:
    ref, number = "expected-3", nhs_number()
    world.publish([supplied("northshire-gp", ref, identifiers=[nhs(number)])])
    child = world.find(identifier=nhs(number))
    shield = expect(world, ref, identifiers=[nhs(number)])
    await_(lambda: world.search(identifier=nhs(number)).json()["outcome"] == "none" or None)
    assert world.view(child["child_number"]).json()["restricted"] is True
    scrubbed = await_(lambda: (it := stands(world, shield["shield_id"]))["status"] == "scrubbed" and it)
    assert scrubbed["rewritten"].keys() == {"registry", "search"}
    # The number that officers were given leads to the child, and a shield of it is a shield of the child.
    lift(world, shield["shield_id"])
    assert world.find(identifier=nhs(number))["child_number"] == child["child_number"]
    placed = world.shield(shield["child_number"])
    assert world.view(child["child_number"]).json()["restricted"] is True
    await_(lambda: stands(world, placed["shield_id"])["status"] == "scrubbed" or None)


def test_a_second_shield_under_the_childs_own_number_and_the_first_leave_each_other_alone(world: World) -> None:
    ref, number = "expected-10", nhs_number()
    first = expect(world, ref, identifiers=[nhs(number)])
    world.publish([supplied("northshire-gp", ref, identifiers=[nhs(number)])])
    who = somebody(ref)
    child = world.find(given=who["given"], family=who["family"], date_of_birth=who["born"])
    second = world.shield(child["child_number"])

    def words() -> list[dict[str, Any]]:
        said = [json.loads(body) for body in world.read(SHIELDS)]
        return [each for each in said if each["shield_id"] in {first["shield_id"], second["shield_id"]}]

    def named() -> bool:
        kept = [
            world.database("shielding")["shields"].find_one({"_id": each["shield_id"]}) for each in (first, second)
        ]
        return all(each and each["also"] and each["also"] == each["also_fenced"] for each in kept)

    await_(named)
    world.settled()
    for each in (first, second):
        await_(lambda each=each: stands(world, each["shield_id"])["status"] == "scrubbed" or None)  # type: ignore[misc]
    last = {each["child_number"]: each for each in words()}
    assert {number: each["shield_id"] for number, each in last.items()} == {
        first["child_number"]: first["shield_id"],
        second["child_number"]: second["shield_id"],
    }
    assert "sealed_details" in last[first["child_number"]]
    assert len(words()) < 20
    lift(world, second["shield_id"])
    world.settled()
    assert {each["shield_id"] for each in {word["child_number"]: word for word in words()}.values()} == {
        first["shield_id"]
    }
    assert world.search(identifier=nhs(number)).json()["outcome"] == "none"


def test_the_same_word_again_and_a_registry_that_starts_anew_change_nothing(world: World) -> None:
    ref, number = "expected-4", nhs_number()
    shield = expect(world, ref, identifiers=[nhs(number)])
    world.publish([supplied("northshire-gp", ref, identifiers=[nhs(number)])])
    world.settled()
    before = record_of(world, f"northshire-gp/{ref}")
    assert before is not None
    again = officer(world, f"/{shield['shield_id']}/redrives")
    assert again.status_code == 201
    world.settled()
    world.stack.processes["registry"].stop()
    world.stack.spawn("registry")
    world.stack.await_ready("registry")
    world.settled()
    after = record_of(world, f"northshire-gp/{ref}")
    assert after is not None
    assert (after["_id"], after["source_keys"]) == (before["_id"], before["source_keys"])
    assert world.search(identifier=nhs(number)).json()["outcome"] == "none"


def test_a_registry_restored_from_before_the_shield_knows_the_details_once_it_starts(world: World) -> None:
    ref, number = "expected-5", nhs_number()
    shield = expect(world, ref, identifiers=[nhs(number)])
    # Compaction leaves the last word alone, and that is what a redrive says.
    assert officer(world, f"/{shield['shield_id']}/redrives").status_code == 201
    words = [body for body in world.read(SHIELDS) if shield["shield_id"].encode() in body]
    assert [b"sealed_details" in body for body in words] == [True, True]
    world.settled()
    world.stack.processes["registry"].stop()
    world.database("registry")["children"].delete_one({"_id": shield["child_number"]})
    world.stack.spawn("registry")
    world.stack.await_ready("registry")
    assert record_of(world, f"{OFFICERS}/{shield['shield_id']}") is not None
    world.publish([supplied("northshire-gp", ref, identifiers=[nhs(number)])])
    world.settled()
    assert world.search(identifier=nhs(number)).json()["outcome"] == "none"


def test_a_first_load_catches_who_is_expected_too(world: World, tmp_path: Path) -> None:
    ref, number = "expected-7", nhs_number()
    expect(world, ref, identifiers=[nhs(number)])
    file = written(tmp_path / "all.jsonl", [supplied("schools", ref, identifiers=[nhs(number)])])
    assert Loading(world, file, tmp_path / "work").run()["apart"] == 1
    world.settled()
    kept = record_of(world, f"schools/{ref}")
    assert kept is not None
    assert world.view(kept["_id"]).json()["restricted"] is True
    assert not published(world, number)


def test_not_even_in_an_emergency_is_anybody_shown_what_officers_alone_know(world: World) -> None:
    shield = expect(world, "expected-8")
    asked = {
        "child_number": shield["child_number"],
        "reason": {"code": "missing-child", "detail": "she has not come home"},
    }
    who = {"subject": "holder-1", "acr": "level-3"}
    granted = world.call("shielding", "POST", "/v1/overrides", "override-holder", asked, **who)
    path = f"/v1/overrides/{granted.json()['override_id']}/record"
    await_(lambda: world.database("registry")["overrides"].find_one({"child_number": shield["child_number"]}))
    assert world.call("registry", "GET", path, "override-holder", **who).status_code == 404


def test_no_source_can_speak_as_officers_do(world: World) -> None:
    ref = "expected-6"
    shield = expect(world, ref)
    before = world.metric("registry", "signpost_dead_letters_total", error="ReservedSourceError")
    shield_id = shield["shield_id"]
    world.publish([withdrawn(OFFICERS, shield_id, 3), supplied(OFFICERS, shield_id, 4, given="Somebody")])
    world.settled()
    after = world.metric("registry", "signpost_dead_letters_total", error="ReservedSourceError")
    assert after == before + 2
    kept = record_of(world, f"{OFFICERS}/{shield_id}")
    assert kept is not None
    assert [each["version"] for each in kept["sources"]] == [1]


def test_details_that_are_wrong_are_named_and_the_values_are_not(world: World) -> None:
    body = {"ground": "adoption", "review_on": "2099-01-01"}
    for given, field in (
        ({}, "child_number"),
        ({"details": details("x"), "child_number": new_child_number()}, "details"),
        ({"details": {**details("x"), "date_of_birth": "Zzyzx7"}}, "details.date_of_birth"),
        ({"details": {**details("x"), "Zzyzx7": 1}}, "details.(unknown)"),
    ):
        refused = officer(world, "", {**body, **given}, "mistaken-officer")
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
        assert "Zzyzx7" not in refused.text
    await_(lambda: outcomes(world, "mistaken-officer") == ["invalid-request"] * 4 or None)


@pytest.fixture(scope="module")
def planted(world: World) -> dict[str, str]:
    """An expected child with a unique token in each field."""
    words = {name: token() for name in ("given", "family", "former", "line", "town", "carer", "upn", "ground")}
    words |= {"postcode": "ZX8 6QJ", "phone": "0161 496 0888", "nhs": nhs_number()}
    known = {
        "names": [
            {"given": words["given"], "family": words["family"]},
            {"given": words["former"], "family": words["former"], "use": "former"},
        ],
        "date_of_birth": "2014-03-27",
        "addresses": [{**address(words["line"], words["postcode"]), "town": words["town"]}],
        "identifiers": [nhs(words["nhs"]), {"system": "upn", "value": words["upn"]}],
        "carers": [
            {
                "name": words["carer"],
                "relationship": "mother",
                "contacts": [{"kind": "phone", "value": words["phone"]}],
            }
        ],
    }
    body = {"details": known, "ground": "other", "detail": words["ground"], "review_on": "2099-01-01"}
    answer = officer(world, "", body)
    assert answer.status_code == 201, answer.text
    world.settled()
    return {**words, "number": answer.json()["child_number"], "shield_id": answer.json()["shield_id"]}


def test_planted_details_are_in_no_stream_store_of_shielding_index_or_log(
    world: World, planted: dict[str, str]
) -> None:
    words = {word for name, word in planted.items() if name not in {"number", "shield_id"}}
    texts = {stream.name: b"\n".join(world.read(stream)).decode() for stream in STREAMS}
    shielding = world.database("shielding")
    texts |= {
        name: repr(list(shielding[name].find({"detail": {"$ne": planted["ground"]}})))
        for name in shielding.list_collection_names()
    }
    texts["the shield itself"] = repr(shielding["shields"].find_one({"_id": planted["shield_id"]})).replace(
        planted["ground"], "(the ground, for officers)"
    )
    url = f"{world.stack.endpoints.elasticsearch}/{world.stack.prefix}records/_search"
    texts |= {"index": world.http.post(url, json={"size": 10_000}).text, "logs": world.logs()}
    texts["audit"] = repr(list(world.database("audit")["entries"].find()))
    texts |= {
        f"metrics of {each}": world.http.get(world.stack.url(each) + "/metrics").text
        for each in ("registry", "search", "shielding", "audit")
    }
    assert planted["number"] in texts[SHIELDS.name]
    assert planted["number"] in texts["index"]
    assert not [name for name, text in texts.items() if any(word in text for word in words)]
    assert SOURCE_CHANGES.name in texts


def test_what_an_officer_told_is_opened_by_the_registrys_key_and_what_was_typed_by_audits(
    world: World, planted: dict[str, str]
) -> None:
    (word,) = [json.loads(b) for b in world.read(SHIELDS) if planted["shield_id"].encode() in b]
    told = SealedBox(world.stack.details_key()).decrypt(base64.b64decode(word["sealed_details"]))
    assert json.loads(told)["names"][0]["family"] == planted["family"]
    entry = world.database("audit")["entries"].find_one(
        {"child_numbers": planted["number"], "action": "shield-place"}
    )
    assert entry is not None
    typed = json.loads(SealedBox(world.stack.audit_key()).decrypt(base64.b64decode(entry["sealed"])))
    assert typed["detail"] == planted["ground"]
    assert typed["details"]["names"][0]["given"] == planted["given"]
    kept = world.database("shielding")["shields"].find_one({"_id": planted["shield_id"]})
    assert kept is not None
    assert (kept["typed"], kept["sealed_details"]) == (None, word["sealed_details"])


def test_details_told_while_kafka_is_down_are_kept_sealed_through_a_restart_and_watched_for_once_it_is_back(
    world: World, local_engines: LocalEngines
) -> None:
    ref, number = "expected-9", nhs_number()
    body = {
        "details": details(ref, identifiers=[nhs(number)]),
        "ground": "adoption",
        "review_on": "2099-01-01",
    }
    local_engines.kafka.stop()
    try:
        answer = officer(world, "", body)
        assert answer.status_code == 202
        assert answer.json()["in_words"].startswith("NOT WATCHED FOR YET")
        world.stack.processes["shielding"].stop()
        world.stack.spawn("shielding")
    finally:
        local_engines.kafka.start()
    path = f"/v1/shields/{answer.json()['shield_id']}"

    def watched() -> bool | None:
        asked = world.call("shielding", "GET", path, "shield-officer")
        return (asked.status_code == 200 and asked.json()["in_words"].startswith("Watched for")) or None

    await_(watched, 90)
    await_(lambda: world.search(identifier=nhs(number)).status_code == 200 or None, 60)
    world.publish([supplied("northshire-gp", ref, identifiers=[nhs(number)])])
    world.settled()
    assert world.search(identifier=nhs(number)).json()["outcome"] == "none"
    kept = record_of(world, f"northshire-gp/{ref}")
    assert kept is not None
    assert world.view(kept["_id"]).json()["restricted"] is True
