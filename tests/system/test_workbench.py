"""What data managers do: reviews, holds, decisions, merges, splits, and what search then shows."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.children import Change, nhs, nhs_number, somebody, somewhere, supplied
from tests.world import World, await_

REASON = "Spoke with both schools."


def ask(
    world: World, method: str, path: str, body: object = None, authority: str = "northshire"
) -> httpx.Response:
    """A data manager's request."""
    return world.call("registry", method, path, "data-manager", body, subject="manager", authority=authority)


def officer_asks(
    world: World, authority: str, method: str, path: str, body: object = None
) -> tuple[int, dict[str, Any]]:
    """What an officer of the authority is answered."""
    answer = world.call("registry", method, path, "shield-officer", body, subject="officer", authority=authority)
    return answer.status_code, answer.json()


def status(world: World, source: str, ref: str) -> dict[str, Any]:
    """What a data manager is told of a source record; nothing where it has not come yet."""
    answer = ask(world, "GET", f"/v1/source-records/{source}/{ref}")
    return dict(answer.json()) if answer.status_code == 200 else {}


def settled_as(world: World, source: str, ref: str, wanted: str) -> dict[str, Any]:
    """The same, once it has that status."""
    return await_(lambda: ((found := status(world, source, ref)).get("status") == wanted and found) or None)


def seen(world: World, review: dict[str, Any]) -> dict[str, int]:
    """The revisions that a data manager has before them."""
    compared = ask(world, "GET", f"/v1/{review['kind']}s/{review['id']}")
    assert compared.status_code == 200, compared.text
    return {each["child_number"]: each["revision"] for each in compared.json()["children"]}


def between(world: World, kind: str, number: str, authority: str = "northshire") -> dict[str, Any]:
    """The review or hold that a child number is in."""

    def look() -> dict[str, Any] | None:
        found = ask(world, "GET", f"/v1/{kind}s", authority=authority).json()[f"{kind}s"]
        return next((dict(each) for each in found if number in each["child_numbers"]), None)

    return await_(look)


def decide(world: World, review: dict[str, Any], verdict: str, authority: str = "northshire") -> httpx.Response:
    """A decision on what the data manager has before them."""
    body = {"verdict": verdict, "reason": REASON, "seen": seen(world, review)}
    return ask(world, "POST", f"/v1/{review['kind']}s/{review['id']}/decisions", body, authority)


@pytest.fixture
def two(world: World) -> dict[str, Any]:
    """Two records that agree in all but their NHS numbers: no machine joins them."""
    who = somebody(nhs_number())
    numbers = [nhs_number(), nhs_number()]
    home = [somewhere(numbers[0])]
    sources = ("northshire-gp", "northshire-schools")
    world.publish(
        [
            supplied(source, f"D-{number}", identifiers=[nhs(number)], addresses=home, **who)
            for source, number in zip(sources, numbers, strict=True)
        ]
    )
    found = [world.find(identifier=nhs(number))["child_number"] for number in numbers]
    assert found[0] != found[1]
    settled_as(world, "northshire-schools", f"D-{numbers[1]}", "probable")
    return {"numbers": numbers, "children": found, "who": who, "review": between(world, "review", found[0])}


def test_a_review_shows_both_sides_field_by_field_and_why_weight_by_weight(
    world: World, two: dict[str, Any]
) -> None:
    compared = ask(world, "GET", f"/v1/reviews/{two['review']['id']}").json()
    fields = {each["field"]: each for each in compared["fields"]}
    assert fields["date_of_birth"]["agree"] is True
    assert fields["identifiers"]["agree"] is False
    why = compared["explanation"]
    assert why["contradiction"] == "different-nhs-numbers"
    total = sum(step["bits"] + step["adjustment"] for step in why["steps"])
    assert abs(total - why["bits"]) < 0.05
    one, other = (each["source_records"][0] for each in compared["children"])
    pairs = [dict(zip(("source", "source_ref"), key.split("/", 1), strict=True)) for key in (one, other)]
    again = ask(world, "POST", "/v1/explanations", {"one": pairs[0], "other": pairs[1]})
    assert again.json() == why
    assert why["hold"] is None


def test_the_same_joins_two_search_follows_and_undoing_parts_them_again(world: World, two: dict[str, Any]) -> None:
    first, second = two["children"]
    decided = decide(world, two["review"], "same")
    assert decided.status_code == 201, decided.text
    merged = await_(lambda: _resolved(world, first, second))
    assert world.find(identifier=nhs(two["numbers"][1]))["child_number"] == merged
    undone = ask(world, "POST", f"/v1/merges/{decided.json()['decision_id']}/undoings")
    assert undone.status_code == 201, undone.text
    for number, child in zip(two["numbers"], two["children"], strict=True):
        await_(lambda n=number, c=child: world.find(identifier=nhs(n))["child_number"] == c or None)
        await_(lambda c=child: world.view(c).json()["child_number"] == c or None)


def test_a_merge_is_undone_after_the_index_was_built_anew(world: World, two: dict[str, Any]) -> None:
    decided = decide(world, two["review"], "same")
    await_(lambda: _resolved(world, *two["children"]))
    with world.rebuilding() as rebuild:
        assert rebuild.wait(240) == 0
    # The one of the two that is no more is known to the new index as well.
    assert _resolved(world, *two["children"])
    assert ask(world, "POST", f"/v1/merges/{decided.json()['decision_id']}/undoings").status_code == 201
    for number, child in zip(two["numbers"], two["children"], strict=True):
        await_(lambda n=number, c=child: world.find(identifier=nhs(n))["child_number"] == c or None)


def test_a_decision_that_more_speaks_against_by_now_is_asked_about_again_and_taken_back(
    world: World, two: dict[str, Any]
) -> None:
    number, ref = two["numbers"][0], f"D-{two['numbers'][1]}"
    assert decide(world, two["review"], "same").status_code == 201
    child = settled_as(world, "northshire-schools", ref, "joined")["child_number"]
    called = {**two["who"], "given": "Zebedee"}
    world.publish([supplied("northshire-schools", ref, 2, identifiers=[nhs(number)], **called)])
    review = between(world, "review", child)
    assert (review["id"], review["harm"]) == (f"{child}-{child}", 2)
    assert review["contradiction"] == "identifier-shared-by-others"
    path = f"/v1/reviews/{review['id']}"
    compared = ask(world, "GET", path).json()
    sides = [each["source_records"] for each in compared["children"]]
    assert sides == [[f"northshire-gp/D-{number}"], [f"northshire-schools/{ref}"]]
    assert compared["explanation"]["contradiction"] == review["contradiction"]
    assert ask(world, "GET", path, authority="eastmoor").status_code == 404
    history = [each["what"] for each in ask(world, "GET", f"/v1/records/{child}").json()["history"]]
    assert history[-1] == "contested"
    assert decide(world, review, "different").status_code == 201
    parted = {status(world, source, r)["child_number"] for source, r in (each[0].split("/", 1) for each in sides)}
    assert len(parted) == 2
    assert ask(world, "GET", path).status_code == 404


def test_a_decision_on_what_has_changed_meanwhile_is_refused(world: World, two: dict[str, Any]) -> None:
    before = seen(world, two["review"])
    number = two["numbers"][0]
    world.publish([supplied("northshire-gp", f"D-{number}", 2, identifiers=[nhs(number)], **two["who"])])
    path = f"/v1/records/{two['children'][0]}"
    await_(lambda: ask(world, "GET", path).json()["revision"] > before[two["children"][0]] or None)
    body = {"verdict": "same", "reason": REASON, "seen": before}
    answer = ask(world, "POST", f"/v1/reviews/{two['review']['id']}/decisions", body)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:signpost:problem:changed-meanwhile")


def test_another_authority_sees_and_decides_nothing(world: World, two: dict[str, Any]) -> None:
    body = {"verdict": "same", "reason": REASON, "seen": seen(world, two["review"])}
    path = f"/v1/reviews/{two['review']['id']}"
    assert ask(world, "GET", "/v1/reviews", authority="eastmoor").json()["reviews"] == []
    assert ask(world, "GET", path, authority="eastmoor").status_code == 404
    assert ask(world, "POST", f"{path}/decisions", body, authority="eastmoor").status_code == 404
    assert (
        ask(
            world, "GET", f"/v1/source-records/northshire-gp/D-{two['numbers'][0]}", authority="eastmoor"
        ).status_code
        == 404
    )


def test_whoever_may_be_a_shielded_child_is_held_at_once_and_shown_once_a_person_says_different(
    world: World,
) -> None:
    hidden, newcomer = nhs_number(), nhs_number()
    her = {"given": "Marguerite", "born": "2014-05-06"}
    world.publish([_report("northshire-gp", hidden, family="Vandersloot", **her)])
    child = world.find(identifier=nhs(hidden))["child_number"]
    world.shield(child)
    world.settled()
    world.publish([_report("eastmoor-schools", newcomer, family="Abernathy", authority="eastmoor", **her)])
    hold = between(world, "hold", child)
    assert hold["harm"] == 3
    why = ask(world, "GET", f"/v1/holds/{hold['id']}").json()["explanation"]
    assert why["hold"]["steps"][-1]["total"] == pytest.approx(why["may_be"], abs=0.005)
    assert why["thresholds"]["hold"] <= why["may_be"]
    assert world.search(identifier=nhs(newcomer)).json() == {"outcome": "none", "matches": []}
    assert world.search(family="Abernathy", date_of_birth="2014-05-06").json() == {
        "outcome": "none",
        "matches": [],
    }
    held = ask(world, "GET", f"/v1/source-records/eastmoor-schools/D-{newcomer}", authority="eastmoor")
    assert held.json() == {"status": "held"}
    other = next(each for each in hold["child_numbers"] if each != child)
    assert world.view(other).status_code == 404
    assert ask(world, "GET", f"/v1/records/{other}", authority="eastmoor").status_code == 404
    # Only whose child is shielded may decide: nobody else learns of it.
    assert ask(world, "GET", "/v1/holds", authority="eastmoor").json()["holds"] == []
    assert ask(world, "GET", f"/v1/holds/{hold['id']}", authority="eastmoor").status_code == 404
    assert decide(world, hold, "different").status_code == 201
    assert world.find(identifier=nhs(newcomer))["child_number"] == other


@pytest.fixture
def both_shielded(world: World) -> list[str]:
    """Two authorities' shielded children who agree in all but their NHS numbers."""
    numbers = [nhs_number(), nhs_number()]
    also = somebody(numbers[0]) | {"addresses": [somewhere(numbers[0])]}
    reports = (("northshire-gp", "northshire"), ("eastmoor-schools", "eastmoor"))
    world.publish(
        [_report(source, each, whose, **also) for each, (source, whose) in zip(numbers, reports, strict=True)]
    )
    children = [str(world.find(identifier=nhs(number))["child_number"]) for number in numbers]
    for each in children:
        world.shield(each)
    world.settled()
    return sorted(children)


def test_whether_two_authorities_shielded_children_are_one_their_officers_say_and_no_data_manager_hears_of_it(
    world: World, both_shielded: list[str]
) -> None:
    review = f"/v1/reviews/{'-'.join(both_shielded)}"

    def waits() -> bool | None:
        found = officer_asks(world, "eastmoor", "GET", "/v1/reviews")[1]["reviews"]
        return [(each["id"], each["harm"]) for each in found] == [("-".join(both_shielded), 3)] or None

    await_(waits)
    for authority in ("northshire", "eastmoor", "duefield"):
        listed = ask(world, "GET", "/v1/reviews", authority=authority).json()["reviews"]
        assert not any(set(both_shielded) & set(each["child_numbers"]) for each in listed)
        assert ask(world, "GET", review, authority=authority).status_code == 404
    assert officer_asks(world, "duefield", "GET", "/v1/reviews") == (200, {"reviews": [], "waiting": 0})
    assert officer_asks(world, "eastmoor", "GET", "/v1/reviews")[1]["waiting"] == 1
    assert officer_asks(world, "duefield", "GET", review)[0] == 404
    assert officer_asks(world, "northshire", "GET", f"/v1/records/{both_shielded[0]}")[0] == 403
    status, compared = officer_asks(world, "northshire", "GET", review)
    assert (status, {each["responsible_authority"] for each in compared["children"]}) == (
        200,
        {"northshire", "eastmoor"},
    )
    seen_ = {each["child_number"]: each["revision"] for each in compared["children"]}
    said = {"verdict": "same", "reason": REASON, "seen": seen_}
    assert ask(world, "POST", f"{review}/decisions", said).status_code == 404
    status, decided = officer_asks(world, "northshire", "POST", f"{review}/decisions", said)
    assert status == 201
    one = await_(lambda: _resolved(world, *both_shielded))
    assert world.view(one).json()["restricted"] is True

    def undone() -> bool | None:
        # The shield reaches the merged child's other number meanwhile: 409, and the officer asks again.
        status = officer_asks(world, "eastmoor", "POST", f"/v1/merges/{decided['decision_id']}/undoings")[0]
        assert status in {201, 409}
        return status == 201 or None

    await_(undone)
    await_(waits)
    path = f"/v1/children/{both_shielded[0]}/accesses"

    def recorded() -> bool | None:
        found = world.call("audit", "GET", path, "auditor").json()["accesses"]
        acts = {(each["action"], each["role"], each["outcome"]) for each in found}
        wanted = {("review-read", "shown"), ("review-decide", "same"), ("merge-undo", "same")}
        refused = {("review-read", "not-found"), ("review-decide", "not-found")}
        managers = {(action, "data-manager", outcome) for action, outcome in refused}
        return {(action, "shield-officer", outcome) for action, outcome in wanted} | managers <= acts or None

    await_(recorded)


def test_a_split_makes_two_of_one_and_both_keep_the_shield(world: World) -> None:
    number = nhs_number()
    who = somebody(number)
    sources = ("northshire-gp", "northshire-schools")
    world.publish([supplied(source, f"D-{number}", identifiers=[nhs(number)], **who) for source in sources])
    child = world.find(identifier=nhs(number))["child_number"]
    settled_as(world, "northshire-schools", f"D-{number}", "joined")
    settled_as(world, "northshire-gp", f"D-{number}", "joined")
    world.shield(child)
    world.settled()
    record = ask(world, "GET", f"/v1/records/{child}").json()
    assert record["shielded"] is True
    body = {
        "reason": REASON,
        "seen": {child: record["revision"]},
        "source_records": [{"source": "northshire-schools", "source_ref": f"D-{number}"}],
    }
    assert ask(world, "POST", "/v1/splits", body).status_code == 201
    parted = {status(world, source, f"D-{number}")["child_number"] for source in sources}
    assert len(parted) == 2
    for each in parted:
        await_(lambda n=each: world.view(n).json().get("restricted") is True or None)


def test_a_record_nothing_can_be_made_of_is_refused_with_the_reason_and_never_shown(world: World) -> None:
    ref = f"D-{nhs_number()}"
    world.publish([supplied("northshire-gp", ref, born="1900-01-01")])
    assert settled_as(world, "northshire-gp", ref, "refused") == {"status": "refused"}
    refusals = ask(world, "GET", "/v1/refusals").json()["refusals"]
    assert [each["reason"] for each in refusals if each["key"] == f"northshire-gp/{ref}"] == ["born-too-long-ago"]


def test_every_look_and_every_decision_is_in_the_audit_log(world: World, two: dict[str, Any]) -> None:
    assert decide(world, two["review"], "cannot-tell").status_code == 201
    actions = ("reviews-read", "review-read", "review-decide")
    path = f"/v1/children/{two['children'][0]}/accesses"

    def recorded() -> list[dict[str, Any]] | None:
        found = world.call("audit", "GET", path, "auditor").json()["accesses"]
        mine = [each for each in found if each["action"] in actions]
        return mine if {each["action"] for each in mine} == set(actions) else None

    entries = await_(recorded)
    assert all(each["actor"] == "manager" for each in entries)
    (decision,) = (each for each in entries if each["action"] == "review-decide")
    assert (decision["outcome"], sorted(decision["child_numbers"])) == ("cannot-tell", sorted(two["children"]))


def _report(source: str, number: str, authority: str = "northshire", **child: Any) -> Change:
    return supplied(source, f"D-{number}", identifiers=[nhs(number)], responsible_authority=authority, **child)


def _resolved(world: World, first: str, second: str) -> str | None:
    shown = {world.view(each).json()["child_number"] for each in (first, second)}
    return shown.pop() if len(shown) == 1 else None
