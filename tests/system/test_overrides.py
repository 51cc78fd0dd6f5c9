"""In an emergency one person sees one shielded record, and nobody else sees more for it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from contracts.shields import OVERRIDES, OverrideEnded, OverrideGranted
from runtime import clock
from tests.children import involvement, nhs, nhs_number, supplied
from tests.world import World, await_

AT_RISK = {"code": "immediate-risk", "detail": "he has not come home"}
HOLDER = "night-doctor"


@pytest.fixture(scope="module")
def shielded(world: World) -> str:
    """The number of a shielded child, whom a sexual health clinic knows too."""
    number = nhs_number()
    clinic = {"category": "sexual-health", "basis": "consent"}
    involvements = [
        involvement("education", "Mill Lane Primary School"),
        involvement("health-visiting", "Quiet Street Clinic", sensitive=clinic),
    ]
    change = supplied("northshire-gp", f"O-{number}", identifiers=[nhs(number)], involvements=involvements)
    world.publish([change])
    child = str(world.find(identifier=nhs(number))["child_number"])
    world.shield(child)
    return child


def granted(world: World, number: str, holder: str = HOLDER) -> str:
    """The id of an override that shielding has just granted."""
    asked = {"child_number": number, "reason": AT_RISK}
    answer = world.call("shielding", "POST", "/v1/overrides", "override-holder", asked, holder, acr="level-3")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["override_id"])


def record(world: World, override_id: str, subject: str = HOLDER, acr: str = "level-3") -> httpx.Response:
    """A look at the record."""
    path = f"/v1/overrides/{override_id}/record"
    return world.call("registry", "GET", path, "override-holder", subject=subject, acr=acr)


def seen(world: World, override_id: str) -> dict[str, Any]:
    """The record, as soon as the registry has heard of the override."""
    return await_(lambda: ((answer := record(world, override_id)).status_code == 200 and answer.json()) or None)


def test_the_holder_sees_the_whole_record_until_it_is_left_and_others_see_the_shield(
    world: World, shielded: str
) -> None:
    override_id = granted(world, shielded)
    body = seen(world, override_id)
    assert (body["child_number"], body["shielded"]) == (shielded, True)
    assert body["identifiers"]
    text = json.dumps(body)
    assert "Mill Lane Primary School" in text
    assert "Quiet Street Clinic" not in text
    assert "a sensitive service is involved" in text
    assert world.view(shielded).json()["restricted"] is True

    refused = [record(world, override_id, "another"), record(world, override_id, acr="level-2")]
    refused.append(record(world, "of-no-override"))
    assert {(each.status_code, each.text) for each in refused} == {(404, refused[0].text)}
    ended = world.call(
        "shielding", "POST", f"/v1/overrides/{override_id}/ends", "override-holder", subject=HOLDER, acr="level-3"
    )
    assert ended.status_code == 200
    await_(lambda: record(world, override_id).status_code == 404 or None)


def test_every_look_is_in_the_audit_log_before_it_is_answered(world: World, shielded: str) -> None:
    override_id = granted(world, shielded, "audited-holder")
    await_(lambda: record(world, override_id, "audited-holder").status_code == 200 or None)

    def looks() -> list[dict[str, Any]] | None:
        entries = world.call("audit", "GET", "/v1/entries?actor=audited-holder", "auditor").json()["entries"]
        return [each for each in entries if each["action"] == "override-read" and each["outcome"] == "shown"]

    (entry,) = await_(lambda: looks() or None)
    assert (entry["role"], entry["child_numbers"]) == ("override-holder", [shielded])


def test_one_that_expired_or_ended_before_its_grant_came_shows_nothing(world: World, shielded: str) -> None:
    now = clock.now()
    for override_id, expires in (("expired", now), ("ended-first", now + timedelta(minutes=15)), ("open", now)):
        lasts = timedelta(minutes=15) if override_id == "open" else timedelta()
        if override_id == "ended-first":
            world.publish_message(OVERRIDES, OverrideEnded(override_id=override_id, occurred_at=now))
        told = OverrideGranted(
            override_id=override_id,
            child_number=shielded,
            holder=HOLDER,
            expires_at=expires + lasts,
            occurred_at=now,
        )
        world.publish_message(OVERRIDES, told)
    seen(world, "open")
    assert record(world, "expired").status_code == record(world, "ended-first").status_code == 404


def test_it_is_for_a_shielded_record_be_it_marked_or_only_fenced(world: World) -> None:
    number = nhs_number()
    world.publish([supplied("northshire-gp", f"U-{number}", identifiers=[nhs(number)])])
    child = str(world.find(identifier=nhs(number))["child_number"])
    override_id = granted(world, child)
    await_(lambda: world.database("registry")["overrides"].find_one({"_id": override_id, "holder": HOLDER}))
    refused, unheard = record(world, override_id), record(world, "of-no-override")
    assert (refused.status_code, refused.text) == (404, unheard.text)

    world.shield(child)
    assert seen(world, override_id)["child_number"] == child
    world.settled()
    forgotten = world.database("registry")["children"].update_one({"_id": child}, {"$set": {"marks": {}}})
    assert forgotten.modified_count == 1
    assert record(world, override_id).status_code == 200


def test_it_needs_the_role(world: World) -> None:
    for role in ("practitioner", "data-manager", "auditor", "shield-officer"):
        assert world.call("registry", "GET", "/v1/overrides/x/record", role).status_code == 403


def page(world: World, service: str, path: str, form: str | None = None) -> httpx.Response:
    """A holder's page, or a form of it posted; nothing is followed."""
    token = world.token("override-holder", "page-holder", acr="level-3")
    headers = {"Authorization": f"Bearer {token}", "Sec-Fetch-Site": "same-origin"}
    method = "GET" if form is None else "POST"
    return world.http.request(method, world.stack.url(service) + path, content=form, headers=headers)


def test_on_pages_a_holder_asks_sees_the_record_and_leaves(world: World, shielded: str) -> None:
    wrong = page(world, "shielding", "/overrides", f"child_number={shielded}")
    assert wrong.status_code == 422
    assert "Select the reason" in wrong.text
    form = f"child_number={shielded}&code=missing-child&detail=since+noon"
    granted = page(world, "shielding", "/overrides", form)
    assert granted.status_code == 303
    path = granted.headers["location"]
    assert f'href="{world.stack.url("registry")}{path}"' in page(world, "shielding", path).text
    record = await_(lambda: ((it := page(world, "registry", path)).status_code == 200 and it) or None)
    assert "Mill Lane Primary School" in record.text
    assert "Quiet Street Clinic" not in record.text
    assert f'href="{world.stack.url("shielding")}{path}"' in record.text
    assert page(world, "shielding", f"{path}/ends", "").status_code == 303
    assert "This override is over" in page(world, "shielding", path).text
    await_(lambda: page(world, "registry", path).status_code == 404 or None)
