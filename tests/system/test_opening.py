"""An authority opens stage by stage: until it is live, its children do not exist for practitioners."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from contracts.child_number import new_child_number
from tests.children import nhs, nhs_number, somebody, supplied
from tests.world import ORGANISATION, World, await_

REASON = {"code": "safeguarding"}


def manager(world: World, about: str, path: str, body: object, **who: Any) -> httpx.Response:
    """A data manager's act, of the authority that it is about unless another is named."""
    who = {"authority": about, **who}
    return world.call("registry", "POST", f"/v1/authorities/{about}{path}", "data-manager", body, **who)


def move(world: World, about: str, stage: str, **who: Any) -> httpx.Response:
    """An authority moved to a stage."""
    return manager(world, about, "/stages", {"stage": stage, "sign_off": "all is loaded"}, **who)


def kind(answer: httpx.Response) -> tuple[int, str]:
    """An answer's status, and the name of its problem."""
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def outcomes(world: World, actor: str) -> list[str]:
    """What the audit log says that a person's acts came to, oldest first."""
    found = world.call("audit", "GET", f"/v1/entries?actor={actor}", "auditor").json()["entries"]
    return [each["outcome"] for each in found][::-1]


def a_child(world: World, authority: str) -> dict[str, Any]:
    """A child of an authority, who is in the registry and in the index."""
    number, ref = nhs_number(), f"{authority}-{nhs_number()}"
    world.publish([supplied("some-gp", ref, identifiers=[nhs(number)], responsible_authority=authority)])
    found: dict[str, Any] = await_(
        lambda: world.database("registry")["children"].find_one({"source_keys": f"some-gp/{ref}"})
    )
    url = f"{world.stack.endpoints.elasticsearch}/{world.stack.prefix}records/_doc/{found['_id']}"
    await_(lambda: world.http.get(url).status_code == 200 or None)
    return {"child_number": found["_id"], "nhs": number, "ref": ref, **somebody(ref)}


def as_officer(world: World, authority: str, path: str, body: dict[str, Any]) -> httpx.Response:
    """A shield officer's question to search."""
    asked = {"reason": REASON, **body}
    return world.call("search", "POST", path, "shield-officer", asked, authority=authority, subject="officer-3")


def nothing_of(world: World, child: dict[str, Any]) -> None:
    """For a practitioner the child does not exist: not by any criteria, and not by the number either."""
    for criteria in (
        {"identifier": nhs(child["nhs"])},
        {"child_number": child["child_number"]},
        {"family": child["family"], "given": child["given"], "date_of_birth": child["born"]},
    ):
        answer = world.search(**criteria)
        assert (answer.status_code, answer.json()) == (200, {"outcome": "none", "matches": []})
    answer, nobody = world.view(child["child_number"]), world.view(new_child_number())
    assert (answer.status_code, answer.content) == (nobody.status_code, nobody.content)
    assert answer.status_code == 404


def test_an_authority_opens_to_its_officers_and_then_to_practitioners(world: World) -> None:
    child, other = a_child(world, "westvale"), a_child(world, "westvale")
    number = child["child_number"]
    asked = {"child_number": number, "ground": "adoption", "review_on": "2099-01-01"}
    who = {"authority": "westvale", "subject": "officer-3"}
    nothing_of(world, child)
    assert kind(world.call("shielding", "POST", "/v1/shields", "shield-officer", asked, **who)) == (
        403,
        "authority-loading",
    )
    assert kind(as_officer(world, "westvale", "/v1/views", {"child_number": number})) == (
        403,
        "organisation-not-admitted",
    )

    assert move(world, "westvale", "shielding").json()["stage"] == "shielding"
    nothing_of(world, child)
    await_(lambda: as_officer(world, "westvale", "/v1/views", {"child_number": number}).status_code == 200 or None)
    body = {"criteria": {"identifier": nhs(child["nhs"])}}
    found = await_(lambda: as_officer(world, "westvale", "/v1/searches", body).json()["matches"] or None)
    assert [each["child_number"] for each in found] == [number]
    shield = await_(lambda: _shielded(world, asked, who))
    path = f"/v1/shields/{shield['shield_id']}"
    await_(lambda: world.call("shielding", "GET", path, "shield-officer", **who).json()["status"] == "scrubbed")
    nothing_of(world, child)

    assert move(world, "westvale", "live").json()["stage"] == "live"
    await_(lambda: world.view(other["child_number"]).status_code == 200 or None)
    shown: dict[str, Any] = await_(lambda: world.view(number).json() if world.view(number).is_success else None)
    assert shown["restricted"] is True
    assert "responsible_authority" not in shown


def _shielded(world: World, asked: dict[str, Any], who: dict[str, Any]) -> dict[str, Any] | None:
    answer = world.call("shielding", "POST", "/v1/shields", "shield-officer", asked, **who)
    return answer.json() if answer.status_code == 201 else None


def test_how_many_children_of_another_stage_fit_makes_no_difference(world: World) -> None:
    family, born = somebody("twelve")["family"], somebody("twelve")["born"]
    alike = {"family": family, "born": born}
    changes = [
        supplied("some-gp", f"many-{each}", given=somebody(f"many-{each}")["given"], **alike, **where)
        for each in range(12)
        for where in [{"responsible_authority": "highfell" if each else "northshire"}]
    ]
    world.publish(changes)
    found = world.find(family=family, date_of_birth=born)
    world.settled()
    answer = world.search(family=family, date_of_birth=born).json()
    assert [each["child_number"] for each in answer["matches"]] == [found["child_number"]]


def test_a_child_who_moves_follows_the_stage_of_the_new_authority(world: World) -> None:
    child = a_child(world, "northshire")
    world.find(identifier=nhs(child["nhs"]))

    def moved(version: int, authority: str) -> None:
        facts = {"identifiers": [nhs(child["nhs"])], "responsible_authority": authority}
        world.publish([supplied("some-gp", child["ref"], version, **facts)])

    moved(2, "southmarsh")
    await_(lambda: world.search(identifier=nhs(child["nhs"])).json()["outcome"] == "none" or None)
    nothing_of(world, child)
    moved(3, "northshire")
    assert world.find(identifier=nhs(child["nhs"]))["child_number"] == child["child_number"]

    world.shield(child["child_number"])
    await_(lambda: world.search(child_number=child["child_number"]).json()["outcome"] == "matches" or None)
    moved(4, "southmarsh")
    await_(lambda: world.view(child["child_number"]).status_code == 404 or None)
    # A view reads what was written, a search what has been made findable since.
    await_(lambda: world.search(child_number=child["child_number"]).json()["outcome"] == "none" or None)
    nothing_of(world, child)


def test_an_organisation_finds_nobody_before_it_is_admitted_and_after_it_is_dismissed(world: World) -> None:
    child = a_child(world, "northshire")
    world.find(identifier=nhs(child["nhs"]))
    wanted = {"role": "practitioner", "subject": "newcomer", "organisation": "St. Éloi's School"}
    token = world.http.post(f"{world.stack.url('issuer')}/token", json=wanted).json()["access_token"]

    def look() -> httpx.Response:
        body = {"reason": REASON, "child_number": child["child_number"]}
        headers = {"Authorization": f"Bearer {token}"}
        return world.http.post(f"{world.stack.url('search')}/v1/views", json=body, headers=headers)

    def admit(**more: Any) -> None:
        asked = {"organisation": "St. Éloi's School", "reason": "it has signed", **more}
        assert manager(world, "northshire", "/organisations", asked).status_code == 201

    assert kind(look()) == (403, "organisation-not-admitted")
    admit()
    await_(lambda: look().status_code == 200 or None)
    admit(admitted=False)
    await_(lambda: look().status_code == 403 or None)
    await_(lambda: outcomes(world, "newcomer")[:1] == ["organisation-not-admitted"] or None)


def test_an_organisation_admitted_by_an_authority_that_is_not_live_finds_nobody(world: World) -> None:
    asked = {"organisation": "early-school", "reason": "it has signed"}
    assert manager(world, "midholme", "/organisations", asked).status_code == 201
    wanted = {"role": "practitioner", "subject": "early", "organisation": "early-school"}
    token = world.http.post(f"{world.stack.url('issuer')}/token", json=wanted).json()["access_token"]
    body = {"reason": REASON, "criteria": {"child_number": new_child_number()}}
    headers = {"Authorization": f"Bearer {token}"}
    answer = world.http.post(f"{world.stack.url('search')}/v1/searches", json=body, headers=headers)
    assert kind(answer) == (403, "organisation-not-admitted")


def test_what_cannot_be_decided_is_refused_clearly_and_audited(world: World) -> None:
    who = {"subject": "opening-manager"}
    assert kind(move(world, "farfield", "live", **who)) == (409, "stage-not-possible")
    assert kind(move(world, "northshire", "shielding", **who)) == (409, "stage-not-possible")
    assert kind(move(world, "farfield", "loading", **who)) == (422, "invalid-request")
    assert kind(manager(world, "farfield", "/stages", {"stage": "live"}, **who)) == (422, "invalid-request")
    theirs = {**who, "authority": "eastmoor"}
    assert kind(move(world, "farfield", "shielding", **theirs)) == (403, "other-authority")
    asked = {"organisation": ORGANISATION, "reason": "x"}
    assert kind(manager(world, "farfield", "/organisations", asked, **theirs)) == (403, "other-authority")
    assert kind(manager(world, "Far Field", "/stages", {"stage": "live", "sign_off": "x"}, **who))[0] == 422
    assert move(world, "farfield", "shielding", **who).status_code == 201
    expected = ["stage-not-possible", "stage-not-possible", "other-authority", "other-authority", "shielding"]
    await_(lambda: outcomes(world, "opening-manager") == expected or None)


@pytest.mark.parametrize("role", ["practitioner", "shield-officer", "auditor", "override-holder"])
def test_only_data_managers_open_an_authority(world: World, role: str) -> None:
    body = {"stage": "shielding", "sign_off": "x"}
    path = "/v1/authorities/northshire"
    assert world.call("registry", "POST", f"{path}/stages", role, body, authority="northshire").status_code == 403
    assert world.call("registry", "GET", path, role, authority="northshire").status_code == 403


def test_what_was_opened_is_known_again_after_a_restart(world: World) -> None:
    child = a_child(world, "northshire")
    world.find(identifier=nhs(child["nhs"]))
    for name in ("search", "registry"):
        world.stack.processes[name].stop()
        world.stack.spawn(name)
        world.stack.await_ready(name)
    assert world.view(child["child_number"]).status_code == 200
    shown = world.call("registry", "GET", "/v1/authorities/northshire", "data-manager", authority="northshire")
    assert shown.json() == {
        "authority": "northshire",
        "stage": "live",
        "organisations": ["developers", ORGANISATION],
    }
