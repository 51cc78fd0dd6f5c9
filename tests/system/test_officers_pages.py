"""A shield officer's day on the pages: no JavaScript, nothing personal in a URL, one heading, errors named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from deploy.engines import LocalEngines
from runtime import clock
from tests.browser import Browser
from tests.children import nhs, nhs_number, supplied
from tests.world import World, await_

NEXT = {"review_on-day": "1", "review_on-month": "2", "review_on-year": "2099"}
BORN = {"born-day": "9", "born-month": "4", "born-year": "2015"}
KNOWN = {"given": "Pagewise", "family": "Expectedly", **BORN, "ground": "adoption"}


class Officer(Browser):
    """A shield officer at a browser."""

    def __init__(self, world: World, subject: str, authority: str = "northshire") -> None:
        super().__init__(world, "shielding", "shield-officer", subject, authority)


class Holder(Browser):
    """A holder of emergency overrides at a browser."""

    def __init__(self, world: World) -> None:
        super().__init__(world, "shielding", "override-holder", "d.holder", acr="level-3")


@pytest.fixture(scope="module")
def officer(world: World) -> Iterator[Officer]:
    one = Officer(world, "s.officer")
    yield one
    one.http.close()


@pytest.fixture
def number(world: World) -> str:
    """A child's number."""
    identifier = nhs_number()
    world.publish([supplied("northshire-gp", f"P-{identifier}", identifiers=[nhs(identifier)])])
    return str(world.find(identifier=nhs(identifier))["child_number"])


def placed(officer: Officer, number: str) -> str:
    """The page of a shield just placed; people write numbers with spaces."""
    form = {"child_number": f"{number[:3]} {number[3:6]} {number[6:]}", "ground": "domestic-abuse", **NEXT}
    return officer.sees("POST", "/officers/shields", form)


def test_a_stranger_is_led_to_sign_in_and_a_form_from_elsewhere_is_refused(world: World, officer: Officer) -> None:
    with httpx.Client(base_url=world.stack.url("shielding"), follow_redirects=False) as stranger:
        assert stranger.get("/officers").headers["location"] == "/sign-in"
    refused = officer.http.post("/officers/find", data={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403


def test_what_is_missing_is_said_at_its_field(officer: Officer, number: str) -> None:
    assert "Enter a child number" in officer.sees("POST", "/officers/find", {"child_number": "123"}, 422)
    page = officer.sees("POST", "/officers/find", {"child_number": number})
    assert "Shield a child" in page
    page = officer.sees("POST", "/officers/shields", {"child_number": number, "detail": "kept as typed"}, 422)
    for said in ("Select the ground", "Enter the day of the review"):
        assert page.count(said) == 2
    assert "kept as typed" in page
    page = officer.sees("POST", "/officers/shields", {"child_number": "123"}, 422)
    assert page.count("Enter a child number") == 2
    past = {**NEXT, "review_on-year": "2020"}
    page = officer.sees("POST", "/officers/shields", {"child_number": number, "ground": "adoption", **past}, 422)
    assert 'href="#review_on"' in page


def test_a_shield_is_placed_watched_and_found_again(world: World, officer: Officer, number: str) -> None:
    page = placed(officer, number)
    assert "Hidden everywhere" in page
    assert world.view(number).json()["restricted"] is True
    path = officer.path
    await_(
        lambda: "Hidden everywhere, and every store is rewritten." in (page := officer.sees("GET", path)) and page
    )
    assert 'http-equiv="refresh"' not in officer.sees("GET", path)
    officer.sees("POST", "/officers/find", {"child_number": number})
    assert officer.path == path


def test_two_people_lift_and_the_second_sees_the_shield_as_it_is(
    world: World, officer: Officer, number: str
) -> None:
    placed(officer, number)
    path = officer.path
    await_(lambda: "every store is rewritten" in officer.sees("GET", path) or None)
    assert "Another officer must approve it" in officer.sees("POST", f"{path}/lift-requests")
    second = Officer(world, "t.officer")
    page = second.sees("GET", path)
    assert "Approve the lift" in page
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision is not None
    stale = second.sees("POST", f"{path}/lift-approvals", {"revision": "0"}, 409)
    assert "has changed since you saw it" in stale
    assert "Look at the shield again" in second.sees("POST", f"{path}/lift-approvals", {"revision": "x"}, 422)
    assert "Lifted" in second.sees("POST", f"{path}/lift-approvals", {"revision": revision[1]})
    stranger = Officer(world, "u.officer", "eastmoor")
    assert "Only officers of the authority" in stranger.sees("POST", f"{path}/lift-requests", status=403)
    for each in (second, stranger):
        each.http.close()


def test_the_second_officer_is_told_that_approving_makes_the_held_records_visible_at_once(
    world: World, officer: Officer, number: str
) -> None:
    placed(officer, number)
    path, second = officer.path, Officer(world, "t.officer")
    shield = world.database("shielding")["shields"]
    await_(lambda: "every store is rewritten" in officer.sees("GET", path) or None)
    officer.sees("POST", f"{path}/lift-requests")
    shield.update_one({"_id": path.rpartition("/")[2]}, {"$set": {"pending_holds": 1}})
    page = second.sees("GET", path)
    assert "Your approval makes them visible at once" in page
    assert "makes visible at once whoever is held because they may be the child: 1." in page
    assert "only by a data manager" not in page
    second.http.close()


def test_a_review_that_is_due_is_listed_and_closed(world: World, officer: Officer, number: str) -> None:
    placed(officer, number)
    path = officer.path
    yesterday = (clock.now() - timedelta(days=1)).date().isoformat()
    shields = world.database("shielding")["shields"]
    shields.update_one({"_id": path.rpartition("/")[2]}, {"$set": {"review_on": yesterday}})
    assert number in officer.sees("GET", "/officers/reviews")
    assert "Select what the review came to" in officer.sees("POST", f"{path}/reviews", NEXT, 422)
    page = officer.sees("POST", f"{path}/reviews", {"outcome": "still-needed", **NEXT})
    assert "1 February 2099" in page
    assert number not in officer.sees("GET", "/officers/reviews")


def test_an_override_is_listed_and_its_review_closed(world: World, officer: Officer, number: str) -> None:
    placed(officer, number)
    asked = {"child_number": number, "reason": {"code": "missing-child", "detail": "not home"}}
    granted = world.call("shielding", "POST", "/v1/overrides", "override-holder", asked, acr="level-3")
    path = f"/officers/overrides/{granted.json()['override_id']}"
    assert path in officer.sees("GET", "/officers/overrides")
    assert "not home" in officer.sees("GET", path)
    assert "Select whether" in officer.sees("POST", f"{path}/reviews", {"detail": "it was right"}, 422)
    page = officer.sees("POST", f"{path}/reviews", {"verdict": "justified", "detail": "it was right"})
    assert path not in page


def test_an_unknown_number_is_refused_and_the_child_can_be_shielded_before_a_record_arrives(
    officer: Officer,
) -> None:
    assert "/officers/expected" in officer.sees("GET", "/officers")
    form = {"child_number": "4010232137", "ground": "adoption", **NEXT}
    assert 'href="/officers/expected"' in officer.sees("POST", "/officers/shields", form, 409)
    assert "Shield a child not known yet" in officer.sees("GET", "/officers/expected")

    page = officer.sees("POST", "/officers/expected", {"given": "kept as typed", "former_given": "Ann"}, 422)
    for said in (
        "Enter the family name",
        "Enter the former family name",
        "Enter the date of birth",
        "Select the ground",
        "Enter the day of the review",
    ):
        assert page.count(said) == 2
    assert "kept as typed" in page
    past = {**KNOWN, **NEXT, "review_on-year": "2020"}
    assert 'href="#review_on"' in officer.sees("POST", "/officers/expected", past, 422)
    # As much as a form may hold, and more than details may.
    given = "kept" * 16_367
    page = officer.sees("POST", "/officers/expected", {"given": given, "family": "O", **BORN}, 422)
    assert page.count("Say it in fewer words") == 2
    assert given in page
    page = officer.sees("POST", "/officers/expected", {**KNOWN, "postcode": "NW7 4QT", **NEXT})
    assert "Watched for" in page
    assert "Expectedly" not in page


def test_nothing_that_was_typed_is_lost_when_it_is_refused_or_a_store_is_away(
    world: World, officer: Officer, number: str, local_engines: LocalEngines
) -> None:
    placed(officer, number)
    shield = f"{officer.path}/reviews"
    reason = {"code": "missing-child", "detail": "not home"}
    asked = {"child_number": number, "reason": reason}
    granted = world.call("shielding", "POST", "/v1/overrides", "override-holder", asked, acr="level-3")
    override = f"/officers/overrides/{granted.json()['override_id']}/reviews"
    stranger, holder = Officer(world, "u.officer", "eastmoor"), Holder(world)
    typed = {"detail": "kept as typed"}
    judged = {"verdict": "justified", **typed}
    assert "kept as typed" in stranger.sees("POST", override, judged, 403)
    local_engines.documents.stop()
    try:
        for who, path, form in (
            (officer, "/officers/find", {"child_number": number}),
            (officer, "/officers/shields", {"child_number": number, "ground": "adoption", **typed, **NEXT}),
            (officer, "/officers/expected", {**KNOWN, **typed, **NEXT}),
            (officer, shield, {"outcome": "still-needed", **typed, **NEXT}),
            (officer, override, judged),
            (holder, "/overrides", {"child_number": number, "code": "missing-child", **typed}),
        ):
            page = who.sees("POST", path, form, 503)
            assert "A store does not answer" in page
            assert all(each in page for each in (*form.values(), f'action="{path}"')), path
    finally:
        local_engines.documents.start()
    await_(lambda: officer.http.get("/officers/reviews").status_code == 200 or None, 60)
    assert "1 February 2099" in officer.sees("POST", shield, {"outcome": "still-needed", **NEXT})
    for each in (stranger, holder):
        each.http.close()
