"""The whole story of one child, on everything that Signpost is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.children import Change, address, involvement, nhs, nhs_number, supplied
from tests.world import World, await_

SOURCES = {
    "northshire-schools": ("education", "Mill Lane Primary School"),
    "northshire-gp": ("primary-care", "Northwick Surgery"),
    "northshire-health-visiting": ("health-visiting", "Northwick Health Visitors"),
    "northshire-social-care": ("social-care", "Northshire Children's Services"),
    "northshire-youth-justice": ("youth-justice", "Northshire Youth Justice"),
    "northshire-voluntary": ("voluntary", "Open Door"),
}
NAME = {"given": "Ameliá", "family": "O'Kafor-Ward", "date_of_birth": "2015-04-09"}


@pytest.fixture(scope="module")
def girl(world: World) -> dict[str, Any]:
    """A child whom six sources report; as a search finds her once all have arrived."""
    number = nhs_number()
    world.publish(_reports(number))
    match = world.find(identifier=nhs(number), seconds=30)
    await_(lambda: len(world.view(match["child_number"]).json()["involvements"]) == 6 or None)
    return {**match, "nhs": number}


def _reports(number: str, version: int = 1, postcode: str = "NW7 4QT") -> list[Change]:
    return [
        supplied(
            source,
            f"REF-{number}",
            version,
            given="Amelia Rose",
            family="O’Kafor-Ward",
            born="2015-04-09",
            identifiers=[nhs(number)],
            addresses=[address("4 Mill Lane", postcode)],
            carers=[{"name": "Grace Okafor", "relationship": "mother", "contacts": []}],
            involvements=[involvement(kind, organisation)],
        )
        for source, (kind, organisation) in SOURCES.items()
    ]


def test_six_sources_make_one_record_and_a_practitioner_sees_who_works_with_her(
    world: World, girl: dict[str, Any]
) -> None:
    found = world.search(**NAME).json()
    assert found["outcome"] == "matches"
    assert [each["child_number"] for each in found["matches"]] == [girl["child_number"]]
    assert found["matches"][0]["restricted"] is False
    record = world.view(girl["child_number"]).json()
    assert {each["organisation"] for each in record["involvements"]} == {name for _, name in SOURCES.values()}
    assert record["identity"]["addresses"][0]["postcode"] == "NW7 4QT"
    assert record["responsible_authority"] == "northshire"


def test_a_data_manager_of_her_authority_sees_which_source_says_what(world: World, girl: dict[str, Any]) -> None:
    path = f"/v1/records/{girl['child_number']}"
    own = world.call("registry", "GET", path, "data-manager", authority="northshire")
    assert own.status_code == 200
    assert sorted(own.json()["date_of_birth"]["sources"]) == sorted(f"{s}/REF-{girl['nhs']}" for s in SOURCES)
    other = world.call("registry", "GET", path, "data-manager", authority="eastmoor")
    assert other.status_code == 404


def test_a_shielded_child_is_hidden_until_two_officers_lift(world: World, girl: dict[str, Any]) -> None:
    number = girl["child_number"]
    shield = world.shield(number)
    assert shield["status"] in {"fenced", "scrubbed"}
    _assert_hidden(world, number)
    again = world.call("shielding", "POST", "/v1/shields", "shield-officer", _shield_body(number))
    assert again.status_code == 409

    scrubbed = await_(lambda: _where(world, shield["shield_id"], "scrubbed"))
    assert set(scrubbed["rewritten"]) == {"registry", "search"}

    world.publish(_reports(girl["nhs"], version=2, postcode="SE9 9ZZ"))
    world.settled()
    _assert_hidden(world, number)
    assert world.search(given="Amelia", date_of_birth="2015-04-09", postcode="SE9 9ZZ").json()["outcome"] == "none"

    lift = f"/v1/shields/{shield['shield_id']}"
    asked = world.call("shielding", "POST", f"{lift}/lift-requests", "shield-officer", subject="officer-1")
    assert asked.status_code == 201
    alone = world.approve_lift(shield["shield_id"], "officer-1")
    assert alone.status_code == 409
    assert alone.json()["type"].endswith("second-officer-needed")
    _assert_hidden(world, number)
    both = world.approve_lift(shield["shield_id"], "officer-2")
    assert both.json()["status"] == "lifted"
    record = await_(lambda: _unrestricted(world, number))
    assert "SE9 9ZZ" in {each["postcode"] for each in record["identity"]["addresses"]}


def test_the_audit_log_has_one_entry_for_every_answer_with_every_child_returned(world: World) -> None:
    number = nhs_number()
    family = "Auditowska"
    world.publish(
        [supplied("northshire-schools", f"A-{number}-{n}", family=family, born="2016-06-06") for n in range(3)]
    )
    await_(lambda: len(world.search(family=family, date_of_birth="2016-06-06").json()["matches"]) == 3 or None)

    subject = "counted-practitioner"
    body = {"reason": {"code": "welfare-concern"}, "criteria": {"family": family, "date_of_birth": "2016-06-06"}}
    answers = [
        world.call("search", "POST", "/v1/searches", "practitioner", body, subject=subject) for _ in range(5)
    ]
    returned = sorted(each["child_number"] for each in answers[0].json()["matches"])
    view = {"reason": {"code": "safeguarding"}, "child_number": returned[0]}
    answers.append(world.call("search", "POST", "/v1/views", "practitioner", view, subject=subject))
    answers.append(
        world.call("search", "POST", "/v1/searches", "practitioner", {**body, "criteria": {}}, subject=subject)
    )
    assert [each.status_code for each in answers] == [200] * 6 + [422]

    entries = await_(lambda: _entries(world, subject, 7))
    assert len(entries) == 7
    searches = [each for each in entries if each["action"] == "search" and each["outcome"] == "matches"]
    assert [sorted(each["child_numbers"]) for each in searches] == [returned] * 5
    assert all(each["organisation"] == "mill-lane-school" for each in entries)
    assert {each["reason"] for each in searches} == {"welfare-concern"}
    accesses = world.call("audit", "GET", f"/v1/children/{returned[0]}/accesses", "auditor").json()["accesses"]
    assert len([each for each in accesses if each["actor"] == subject]) == 6


def test_each_step_of_a_shield_is_in_the_audit_log_as_it_was_answered(world: World) -> None:
    nhs_of_hers = nhs_number()
    world.publish([supplied("northshire-gp", f"E-{nhs_of_hers}", identifiers=[nhs(nhs_of_hers)])])
    number = world.find(identifier=nhs(nhs_of_hers))["child_number"]
    shield = f"/v1/shields/{world.shield(number, officer='first')['shield_id']}"
    # An approval says which state of the shield it has seen: nothing is under way any more.
    world.settled()
    steps = [
        ("first", "POST", "/v1/shields", 409, "shield-place", "already-shielded"),
        ("second", "GET", shield, 200, "shield-read", "shown"),
        ("first", "POST", f"{shield}/lift-requests", 201, "shield-lift-request", "asked"),
        ("first", "POST", f"{shield}/lift-approvals", 409, "shield-lift-approve", "second-officer-needed"),
        ("second", "POST", f"{shield}/lift-approvals", 201, "shield-lift-approve", "asked"),
        ("first", "GET", shield, 200, "shield-read", "shown"),
    ]
    seen = 0
    for officer, method, path, status, action, _ in steps:
        body = {"shield-place": _shield_body(number), "shield-lift-approve": {"revision": seen}}.get(action)
        answer = world.call("shielding", method, path, "shield-officer", body, subject=officer)
        assert answer.status_code == status
        seen = answer.json().get("revision", seen)

    answered = [("first", "shield-place", "placed"), *((who, what, how) for who, _, _, _, what, how in steps)]
    entries = await_(lambda: _of_officers(world, number, len(answered)))
    assert [(each["actor"], each["action"], each["outcome"]) for each in entries] == answered
    for each in entries:
        assert each["child_numbers"] == [number]
        assert (each["role"], each["organisation"]) == ("shield-officer", "mill-lane-school")
    assert (entries[0]["reason"], entries[0]["sealed"]) == ("domestic-abuse", True)


def _of_officers(world: World, number: str, count: int) -> list[dict[str, Any]] | None:
    """What officers did about a child, in order, once there are so many entries."""
    found = world.call("audit", "GET", f"/v1/children/{number}/accesses", "auditor").json()["accesses"]
    done = [each for each in reversed(found) if each["role"] == "shield-officer"]
    return done if len(done) >= count else None


def _assert_hidden(world: World, number: str) -> None:
    by_name = world.search(**NAME).json()
    assert [(each["child_number"], each["restricted"]) for each in by_name["matches"]] in ([(number, True)], [])
    by_number = world.search(child_number=number).json()["matches"]
    assert [(each["child_number"], each["restricted"]) for each in by_number] == [(number, True)]
    assert set(by_number[0]) == {"child_number", "name", "date_of_birth", "gender", "restricted"}
    hidden = world.search(given="Amelia", date_of_birth="2015-04-09", postcode="NW7 4QT")
    assert hidden.json() == {"outcome": "none", "matches": []}
    view = world.view(number).json()
    assert set(view) == {"child_number", "name", "date_of_birth", "gender", "restricted", "central_team"}
    assert view["restricted"] is True


def _where(world: World, shield_id: str, status: str) -> dict[str, Any] | None:
    answer = world.call("shielding", "GET", f"/v1/shields/{shield_id}", "shield-officer").json()
    return dict(answer) if answer["status"] == status else None


def _unrestricted(world: World, number: str) -> dict[str, Any] | None:
    record = world.view(number).json()
    return None if record["restricted"] or "identity" not in record else dict(record)


def _entries(world: World, actor: str, count: int) -> list[dict[str, Any]] | None:
    found = world.call("audit", "GET", f"/v1/entries?actor={actor}", "auditor").json()["entries"]
    return list(found) if len(found) >= count else None


def _shield_body(number: str) -> dict[str, str]:
    return {"child_number": number, "ground": "adoption", "review_on": "2099-01-01"}
