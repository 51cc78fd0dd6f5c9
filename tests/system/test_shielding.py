"""What shield officers decide holds through everything that happens afterwards, and every refusal is audited."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from contracts.child_number import new_child_number
from contracts.shields import OVERRIDES, RECEIPTS, SHIELDS, HoldsCounted, ShieldLifted
from deploy.engines import LocalEngines
from runtime import clock
from tests.children import address, nhs, nhs_number, somebody, supplied
from tests.world import World, await_

AT_RISK = {"code": "immediate-risk", "detail": "she has not come home"}


def child(world: World, tag: str) -> dict[str, Any]:
    """A child who can be found."""
    number = nhs_number()
    # Of an address of its own: by chance, somebody is like a shielded child in the house.
    home = address(f"{number} Mill Lane", "NW7 4QT")
    world.publish([supplied("northshire-gp", f"{tag}-{number}", identifiers=[nhs(number)], addresses=[home])])
    return {**world.find(identifier=nhs(number)), "nhs": number}


def officer(world: World, path: str, body: object = None, **who: Any) -> httpx.Response:
    """An officer's act."""
    return world.call("shielding", "POST", f"/v1/shields{path}", "shield-officer", body, **who)


def stands(world: World, shield_id: str) -> dict[str, Any]:
    """Where a shield stands."""
    return dict(world.call("shielding", "GET", f"/v1/shields/{shield_id}", "shield-officer").json())


def scrubbed(world: World, shield_id: str) -> dict[str, Any]:
    """The shield, once every copy is rewritten."""
    return await_(lambda: ((it := stands(world, shield_id))["status"] == "scrubbed" and it) or None)


def kind(answer: httpx.Response) -> tuple[int, str]:
    """An answer's status, and the name of its problem."""
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def outcomes(world: World, actor: str) -> list[str]:
    """What the audit log says that a person's acts came to, oldest first."""
    found = world.call("audit", "GET", f"/v1/entries?actor={actor}", "auditor").json()["entries"]
    return [each["outcome"] for each in found][::-1]


def asking(number: str, **more: Any) -> dict[str, Any]:
    """What an officer asks for."""
    return {"child_number": number, "ground": "adoption", "review_on": "2099-01-01", **more}


def last_word(world: World, number: str) -> dict[str, Any]:
    """The last word on a child's shield in the stream."""
    words = [json.loads(body) for body in world.read(SHIELDS)]
    return [each for each in words if each["child_number"] == number][-1]


def test_what_cannot_be_decided_is_refused_clearly_and_audited(world: World) -> None:
    number, who = child(world, "R")["child_number"], {"subject": "refused-officer"}
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert kind(officer(world, "", asking(wrong), **who)) == (422, "wrong-check-digit")
    assert kind(officer(world, "", asking(number, review_on="2020-01-01"), **who)) == (422, "review-not-ahead")
    assert kind(officer(world, "", asking(number, ground="other"), **who))[0] == 422
    shield = officer(world, "", asking(number), authority="northshire", **who).json()
    path = f"/{shield['shield_id']}"
    assert kind(officer(world, "", asking(number), **who)) == (409, "already-shielded")
    theirs = {**who, "authority": "eastmoor"}
    assert kind(officer(world, f"{path}/lift-requests", **theirs)) == (403, "other-authority")
    review = {"outcome": "still-needed", "review_on": "2099-02-02"}
    assert kind(officer(world, f"{path}/reviews", review, **theirs)) == (403, "other-authority")
    ours = {**who, "authority": "northshire"}
    assert kind(officer(world, f"{path}/lift-approvals", {"revision": 1}, **ours)) == (409, "no-lift-request")
    assert officer(world, f"{path}/lift-requests", **ours).status_code == 201
    assert kind(officer(world, f"{path}/lift-approvals", {"revision": 1}, **ours)) == (
        409,
        "second-officer-needed",
    )
    expected = [
        "wrong-check-digit",
        "review-not-ahead",
        "placed",
        "already-shielded",
        "other-authority",
        "other-authority",
        "no-lift-request",
        "asked",
        "second-officer-needed",
    ]
    await_(lambda: outcomes(world, "refused-officer") == expected or None)


def test_a_number_that_no_record_has_is_void(world: World) -> None:
    number = new_child_number()
    refused = officer(world, "", asking(number), subject="unknown-officer")
    assert kind(refused) == (409, "unknown-child")
    assert last_word(world, number)["type"] == "shield-lifted"
    await_(lambda: outcomes(world, "unknown-officer") == ["placed", "unknown-child"] or None)


def test_a_review_that_falls_due_is_listed_for_its_authority_and_closed_with_a_new_day(world: World) -> None:
    number = child(world, "D")["child_number"]
    tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()
    ours = {"authority": "duefield"}
    shield = officer(world, "", asking(number, review_on=tomorrow), **ours).json()

    def due(by: str, authority: str) -> list[str]:
        found = world.call("shielding", "GET", f"/v1/shields?due={by}", "shield-officer", authority=authority)
        return [each["shield_id"] for each in found.json()["shields"]]

    assert due(tomorrow, "duefield") == [shield["shield_id"]]
    assert due(tomorrow, "eastmoor") == []
    world.database("shielding")["shields"].update_one(
        {"_id": shield["shield_id"]}, {"$set": {"review_on": "2020-01-01"}}
    )
    await_(lambda: world.metric("shielding", "signpost_shield_reviews_due") == 1 or None)
    assert world.view(number).json()["restricted"] is True

    review = {"outcome": "still-needed", "detail": "nothing has changed", "review_on": "2099-02-02"}
    closed = officer(world, f"/{shield['shield_id']}/reviews", review, **ours)
    assert (closed.status_code, closed.json()["review_on"]) == (201, "2099-02-02")
    assert due(tomorrow, "duefield") == []
    await_(lambda: world.metric("shielding", "signpost_shield_reviews_due") == 0 or None)
    assert world.view(number).json()["restricted"] is True


def test_a_lift_is_not_approved_by_somebody_who_has_not_seen_that_records_are_held(world: World) -> None:
    number = child(world, "H")["child_number"]
    shield = scrubbed(world, world.shield(number)["shield_id"])
    path = f"/{shield['shield_id']}"
    seen = officer(world, f"{path}/lift-requests", subject="officer-1").json()["revision"]
    counted = HoldsCounted(child_number=number, pending=2, occurred_at=clock.now())
    world.publish_message(RECEIPTS, counted)
    await_(lambda: stands(world, shield["shield_id"])["pending_holds"] == 2 or None)

    stale = officer(world, f"{path}/lift-approvals", {"revision": seen}, subject="officer-2")
    assert kind(stale) == (409, "changed-meanwhile")
    assert world.view(number).json()["restricted"] is True
    lifted = world.approve_lift(shield["shield_id"], "officer-2")
    assert (lifted.status_code, lifted.json()["status"]) == (201, "lifted")
    again = officer(world, f"{path}/lift-approvals", {"revision": seen}, subject="officer-3")
    assert kind(again) == (409, "lift-already-used")


def test_the_officer_sees_how_many_records_may_be_the_child_and_the_number_falls_with_each_decision(
    world: World,
) -> None:
    who = somebody("counted")
    number, theirs = nhs_number(), nhs_number()
    home = [address("9 Count Lane", "NW7 4QT")]
    world.publish([supplied("northshire-gp", "C-1", **who, identifiers=[nhs(number)], addresses=home)])
    girl = str(world.find(identifier=nhs(number))["child_number"])
    shield = scrubbed(world, world.shield(girl)["shield_id"])
    await_(lambda: stands(world, shield["shield_id"])["pending_holds"] == 0 or None)
    world.publish([supplied("northshire-school", "C-2", **who, identifiers=[nhs(theirs)], addresses=home)])
    await_(lambda: stands(world, shield["shield_id"])["pending_holds"] == 1 or None)
    assert world.search(identifier=nhs(theirs)).json()["outcome"] == "none"

    ours = {"authority": "northshire"}
    (held,) = world.call("registry", "GET", "/v1/holds", "data-manager", **ours).json()["holds"]
    seen = {
        each["child_number"]: each["revision"]
        for each in world.call("registry", "GET", f"/v1/holds/{held['id']}", "data-manager", **ours).json()[
            "children"
        ]
    }
    decision = {"verdict": "different", "reason": "cousins", "seen": seen}
    path = f"/v1/holds/{held['id']}/decisions"
    assert world.call("registry", "POST", path, "data-manager", decision, **ours).status_code == 201
    await_(lambda: stands(world, shield["shield_id"])["pending_holds"] == 0 or None)
    world.find(identifier=nhs(theirs))


def test_a_shield_driven_again_stays_in_force_and_ends_scrubbed_at_its_new_place(world: World) -> None:
    number = child(world, "A")["child_number"]
    before = scrubbed(world, world.shield(number)["shield_id"])
    again = officer(world, f"/{before['shield_id']}/redrives")
    assert again.status_code == 201
    assert world.view(number).json()["restricted"] is True
    after = scrubbed(world, before["shield_id"])
    assert after["fenced_at"] == before["fenced_at"]
    for service in ("registry", "search"):
        assert after["rewritten"][service]["at"] > before["rewritten"][service]["at"]
    assert after["rewritten"]["registry"]["revision"] > before["rewritten"]["registry"]["revision"]
    assert world.view(number).json()["restricted"] is True


def test_all_shields_driven_again_rewrite_what_does_not_say_under_which_it_is_redacted(world: World) -> None:
    numbers = [child(world, "L")["child_number"] for _ in range(2)]
    before = [scrubbed(world, world.shield(number)["shield_id"]) for number in numbers]
    index = f"{world.stack.endpoints.elasticsearch}/{world.stack.prefix}records-1"

    def kept(number: str) -> dict[str, Any]:
        return dict(world.http.get(f"{index}/_doc/{number}").json())

    for number in numbers:
        # As a release wrote it that did not say so yet.
        version, old = kept(number)["_version"], kept(number)["_source"]
        del old["redacted_under"]
        write = f"{index}/_doc/{number}?version={version}&version_type=external_gte"
        assert world.http.put(write, json=old).is_success
    after: str | None = ""
    while after is not None:
        answer = officer(world, "/redrives", {"after": after})
        assert answer.status_code == 201
        after = answer.json()["next"]
    for number, shield in zip(numbers, before, strict=True):
        await_(lambda number=number: "redacted_under" in kept(number)["_source"] or None)  # type: ignore[misc]
        now = scrubbed(world, shield["shield_id"])
        assert now["rewritten"]["search"]["at"] > shield["rewritten"]["search"]["at"]


def test_officers_of_any_authority_may_look_at_a_shield_and_publish_it_anew(world: World) -> None:
    number = child(world, "B")["child_number"]
    shield, theirs = scrubbed(world, world.shield(number)["shield_id"]), {"authority": "eastmoor"}
    path = f"/{shield['shield_id']}"
    assert world.call("shielding", "GET", f"/v1/shields{path}", "shield-officer", **theirs).status_code == 200
    assert officer(world, f"{path}/redrives", **theirs).status_code == 201
    assert world.view(number).json()["restricted"] is True
    assert kind(officer(world, f"{path}/lift-requests", **theirs)) == (403, "other-authority")


def test_a_lift_that_a_process_of_long_ago_publishes_late_undoes_nothing(world: World) -> None:
    girl = child(world, "Z")
    number = girl["child_number"]
    first = scrubbed(world, world.shield(number)["shield_id"])
    officer(world, f"/{first['shield_id']}/lift-requests", subject="officer-1")
    assert world.approve_lift(first["shield_id"], "officer-2").json()["status"] == "lifted"
    second = scrubbed(world, world.shield(number)["shield_id"])

    late = ShieldLifted(child_number=number, shield_id=first["shield_id"], occurred_at=clock.now())
    world.publish_message(SHIELDS, late)

    def said_again() -> bool | None:
        assert world.view(number).json()["restricted"] is True
        assert world.search(identifier=nhs(girl["nhs"])).json()["outcome"] == "none"
        word = last_word(world, number)
        return (word["type"], word["shield_id"]) == ("shield-placed", second["shield_id"]) or None

    await_(said_again)
    scrubbed(world, second["shield_id"])
    kept = world.database("registry")["children"].find_one({"_id": number})
    assert kept is not None
    assert {"shield": second["shield_id"], "placed": True}.items() <= kept["marks"][number][-1].items()


def test_while_the_registry_is_away_a_shield_is_hidden_under_its_number_only_and_counted(world: World) -> None:
    number = child(world, "U")["child_number"]
    counted = ("signpost_shields_not_scrubbed", "signpost_shields_not_hidden")
    await_(lambda: all(world.metric("shielding", each) == 0 for each in counted) or None)
    world.stack.processes["registry"].stop()
    try:
        answer = officer(world, "", asking(number))
        shield = answer.json()
        assert (answer.status_code, shield["status"], shield["hidden"]) == (202, "fenced", False)
        assert shield["in_words"].startswith("Hidden under this number; whether the child has others")
        assert world.view(number).json()["restricted"] is True
        await_(lambda: all(world.metric("shielding", each) == 1 for each in counted) or None)
        assert all(world.metric("shielding", f"{each}_seconds") > 0 for each in counted)
    finally:
        world.stack.spawn("registry")
    assert scrubbed(world, shield["shield_id"])["hidden"] is True
    await_(lambda: all(world.metric("shielding", each) == 0 for each in counted) or None)


def overriding(world: World, path: str, body: object = None, acr: str = "level-3", **who: Any) -> httpx.Response:
    """An override holder's act."""
    return world.call("shielding", "POST", f"/v1/overrides{path}", "override-holder", body, acr=acr, **who)


def told(world: World, override_id: str) -> list[str]:
    """What the stream says of an override."""
    said = [json.loads(body) for body in world.read(OVERRIDES)]
    return [each["type"] for each in said if each["override_id"] == override_id]


def test_an_override_is_one_persons_for_a_while_alerts_at_once_and_must_be_reviewed(world: World) -> None:
    number = child(world, "O")["child_number"]
    world.shield(number)
    asked = {"child_number": number, "reason": AT_RISK}
    who = {"subject": "override-holder-1"}
    assert kind(overriding(world, "", asked, acr="level-2", **who)) == (403, "level-too-low")
    granted = overriding(world, "", asked, **who)
    assert granted.status_code == 201
    override_id = granted.json()["override_id"]
    assert told(world, override_id) == ["override-granted"]
    assert world.view(number).json()["restricted"] is True
    await_(lambda: world.metric("shielding", "signpost_overrides_to_review") == 1 or None)

    assert kind(overriding(world, f"/{override_id}/ends", subject="another")) == (403, "not-the-holder")
    assert "ended_at" in overriding(world, f"/{override_id}/ends", **who).json()
    assert told(world, override_id) == ["override-granted", "override-ended"]

    queue = world.call("shielding", "GET", "/v1/overrides", "shield-officer").json()["overrides"]
    assert [each["override_id"] for each in queue] == [override_id]
    verdict = {"verdict": "justified", "detail": "she was found"}

    def review(subject: str, authority: str | None = None) -> httpx.Response:
        path = f"/v1/overrides/{override_id}/reviews"
        return world.call("shielding", "POST", path, "shield-officer", verdict, subject, authority)

    assert kind(review("officer-1", "eastmoor")) == (403, "other-authority")
    assert kind(review("override-holder-1")) == (409, "own-override")
    assert review("officer-1").status_code == 201
    assert kind(review("officer-1")) == (409, "already-reviewed")
    await_(lambda: world.metric("shielding", "signpost_overrides_to_review") == 0 or None)
    expected = ["level-too-low", "granted", "ended", "own-override"]
    await_(lambda: outcomes(world, "override-holder-1") == expected or None)


def test_an_override_is_reviewed_by_the_shields_officers_whichever_number_was_asked_for(world: World) -> None:
    shield = scrubbed(world, world.shield(child(world, "M")["child_number"])["shield_id"])
    merged, of_nobody = new_child_number(), new_child_number()
    also = {"also": [merged], "also_fenced": [merged]}
    world.database("shielding")["shields"].update_one({"_id": shield["shield_id"]}, {"$set": also})
    who = {"subject": "holder-of-merged", "authority": "eastmoor"}
    ids = [
        overriding(world, "", {"child_number": number, "reason": AT_RISK}, **who).json()["override_id"]
        for number in (merged, of_nobody)
    ]

    def waiting(authority: str) -> list[str]:
        queue = world.call("shielding", "GET", "/v1/overrides", "shield-officer", authority=authority)
        return [each["override_id"] for each in queue.json()["overrides"]]

    assert (waiting("northshire"), waiting("eastmoor")) == (ids, ids[1:])

    def review(override_id: str, authority: str) -> httpx.Response:
        body, path = {"verdict": "justified", "detail": "it was"}, f"/v1/overrides/{override_id}/reviews"
        return world.call("shielding", "POST", path, "shield-officer", body, "officer-1", authority)

    assert kind(review(ids[0], "eastmoor")) == (403, "other-authority")
    assert [review(ids[0], "northshire").status_code, review(ids[1], "duefield").status_code] == [201, 201]
    assert waiting("northshire") == []


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("POST", "/v1/shields", {"shield-officer"}),
        ("GET", "/v1/shields/x", {"shield-officer"}),
        ("POST", "/v1/shields/x/lift-requests", {"shield-officer"}),
        ("POST", "/v1/shields/x/lift-approvals", {"shield-officer"}),
        ("GET", "/v1/shields", {"shield-officer"}),
        ("POST", "/v1/shields/x/reviews", {"shield-officer"}),
        ("POST", "/v1/shields/x/redrives", {"shield-officer"}),
        ("POST", "/v1/shields/redrives", {"shield-officer"}),
        ("GET", "/v1/overrides", {"shield-officer"}),
        ("POST", "/v1/overrides/x/reviews", {"shield-officer"}),
        ("POST", "/v1/overrides", {"override-holder"}),
        ("GET", "/v1/overrides/x", {"override-holder"}),
        ("POST", "/v1/overrides/x/ends", {"override-holder"}),
    ],
)
def test_each_act_needs_its_role(world: World, method: str, path: str, roles: set[str]) -> None:
    for role in ("practitioner", "data-manager", "auditor", "shield-officer", "override-holder"):
        answer = world.call("shielding", method, path, role, {})
        assert (answer.status_code == 403) == (role not in roles), role
    assert world.http.request(method, world.stack.url("shielding") + path).status_code == 401


def test_a_shield_decided_while_kafka_is_down_is_kept_through_a_restart_and_hidden_once_it_is_back(
    world: World, local_engines: LocalEngines
) -> None:
    number = child(world, "K")["child_number"]
    local_engines.kafka.stop()
    try:
        answer = officer(world, "", asking(number))
        assert answer.status_code == 202
        assert answer.json()["in_words"].startswith("NOT HIDDEN YET")
        await_(lambda: world.metric("shielding", "signpost_shields_not_hidden") == 1 or None)
        assert world.metric("shielding", "signpost_shields_not_hidden_seconds") > 0
        world.stack.processes["shielding"].stop()
        world.stack.spawn("shielding")
    finally:
        local_engines.kafka.start()
    path = f"/v1/shields/{answer.json()['shield_id']}"

    def hidden() -> bool | None:
        asked = world.call("shielding", "GET", path, "shield-officer")
        return (asked.status_code == 200 and "fenced_at" in asked.json()) or None

    await_(hidden, 90)
    await_(lambda: world.view(number).status_code == 200 or None, 60)
    assert world.view(number).json()["restricted"] is True
    await_(lambda: world.metric("shielding", "signpost_shields_not_hidden") == 0 or None)
    assert scrubbed(world, answer.json()["shield_id"])["rewritten"].keys() == {"registry", "search"}


@pytest.fixture(autouse=True)
def _no_personal_data_in_logs(world: World) -> Any:
    """Whatever an officer typed stays out of every log."""
    yield
    assert AT_RISK["detail"] not in world.logs()
