"""A worried practitioner, and an officer who looks for whom to shield, on the pages; no JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.browser import Browser
from tests.children import involvement, nhs, nhs_number, somebody, somewhere, supplied
from tests.world import ORGANISATION, World, await_

HOME = "/find"
RECORDS = "/find/records"
REASON = {"code": "welfare-concern", "detail": "qlateforschoolq"}
NEXT = {"review_on-day": "1", "review_on-month": "2", "review_on-year": "2099"}


class Practitioner(Browser):
    """A practitioner at a browser."""

    def __init__(self, world: World, subject: str, organisation: str = ORGANISATION) -> None:
        super().__init__(world, "search", "practitioner", subject, organisation=organisation)


@pytest.fixture(scope="module")
def practitioner(world: World) -> Iterator[Practitioner]:
    one = Practitioner(world, "p.teacher")
    yield one
    one.http.close()


@pytest.fixture
def child(world: World) -> dict[str, Any]:
    """A child with a home and a school, as she is known."""
    identifier = nhs_number()
    home, who = somewhere(identifier), somebody(f"P-{identifier}")
    school = involvement("education", "Mill Lane Primary School", lead_professional=True)
    carers = [{"name": "Grace Okafor", "relationship": "mother", "contacts": []}]
    more = {"identifiers": [nhs(identifier)], "addresses": [home], "carers": carers}
    world.publish([supplied("northshire-schools", f"P-{identifier}", involvements=[school], **more)])
    match = world.find(identifier=nhs(identifier))
    return {**who, "number": match["child_number"], "postcode": home["postcode"]}


def born(child: dict[str, Any]) -> dict[str, str]:
    """The date of birth as it is filled in."""
    parts = zip(("year", "month", "day"), child["born"].split("-"), strict=True)
    return {f"date_of_birth-{part}": value for part, value in parts}


def by_name(child: dict[str, Any]) -> dict[str, str]:
    """A search by names and date of birth."""
    return {**REASON, "given": child["given"], "family": child["family"], **born(child)}


def by_home(child: dict[str, Any]) -> dict[str, str]:
    """A search by given name, date of birth and postcode."""
    return {**REASON, "given": child["given"], "postcode": child["postcode"], **born(child)}


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page with one match."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))


def test_a_stranger_is_led_to_sign_in_and_a_form_from_elsewhere_is_refused(
    world: World, practitioner: Practitioner
) -> None:
    with httpx.Client(base_url=world.stack.url("search"), follow_redirects=False) as stranger:
        assert stranger.get(HOME).headers["location"] == "/sign-in"
    refused = practitioner.http.post(HOME, data=REASON, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403


def test_a_practitioner_finds_a_child_sees_who_works_with_her_and_both_are_audited(
    world: World, practitioner: Practitioner, child: dict[str, Any]
) -> None:
    assert practitioner.path == HOME
    page = practitioner.sees("POST", HOME, by_name(child))
    assert practitioner.path == HOME
    assert "1 child found" in page
    form = hidden(page)
    assert form == {**REASON, "child_number": child["number"]}
    page = practitioner.sees("POST", RECORDS, form)
    assert practitioner.path == RECORDS
    for said in ("Mill Lane Primary School", "J. Patel", "0161 496 0456", "Lead professional", "Grace Okafor"):
        assert said in page
    path = f"/v1/children/{child['number']}/accesses"

    def recorded() -> list[tuple[str, str, str]] | None:
        found = world.call("audit", "GET", path, "auditor").json()["accesses"]
        hers = [each for each in found if each["actor"] == "p.teacher"]
        entries = sorted((each["action"], each["reason"], each["outcome"]) for each in hers)
        return entries if len(entries) == 2 else None

    assert await_(recorded) == [("search", REASON["code"], "matches"), ("view", REASON["code"], "shown")]
    typed = (child["given"], child["family"], child["postcode"], child["number"], REASON["detail"])
    assert not [word for word in typed if word in world.logs()]


def test_a_shielded_child_is_restricted_by_name_and_nobody_by_what_is_hidden(
    world: World, practitioner: Practitioner, child: dict[str, Any]
) -> None:
    assert "1 child found" in practitioner.sees("POST", HOME, by_home(child))
    world.shield(child["number"])
    nobody = practitioner.sees("POST", HOME, by_home(child))
    assert "Nobody found" in nobody
    assert child["number"] not in nobody
    page = await_(lambda: "Restricted" in (p := practitioner.sees("POST", HOME, by_name(child))) and p)
    page = practitioner.sees("POST", RECORDS, hidden(page))
    assert "This record is restricted" in page
    assert "0161 496 0001" in page
    for absent in ("Mill Lane", "Grace Okafor", child["postcode"], "0161 496 0456"):
        assert absent not in page


def test_what_is_missing_or_wrong_is_said_at_its_field_and_what_was_typed_stays(
    practitioner: Practitioner,
) -> None:
    page = practitioner.sees("POST", HOME, {**REASON, "family": "Keptastyped"}, 422)
    assert "<title>Error: " in page
    assert page.count("Give one of: a child number") == 2
    assert "Keptastyped" in page
    impossible = {"date_of_birth-day": "31", "date_of_birth-month": "2", "date_of_birth-year": "2015"}
    page = practitioner.sees("POST", HOME, {"family": "Keptastyped", **impossible}, 422)
    for said in ("Select why you look", "Date of birth must be a real date"):
        assert page.count(said) == 2
    for kept in ("Keptastyped", 'value="31"', 'value="2015"'):
        assert kept in page


def test_who_works_for_an_organisation_that_is_not_admitted_is_refused_whatever_they_ask(
    world: World, child: dict[str, Any]
) -> None:
    with httpx.Client(
        base_url=world.stack.url("search"), headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False
    ) as stranger:
        stranger.post(
            "/sign-in", data={"subject": "p.stranger", "role": "practitioner", "organisation": "nobody-knows"}
        )
        asked = [
            stranger.get(HOME),
            stranger.post(HOME, data=by_name(child)),
            stranger.post(RECORDS, data={**REASON, "child_number": child["number"]}),
        ]
    assert [each.status_code for each in asked] == [403] * 3
    assert all("admitted your organisation" in each.text for each in asked)
    assert not any(child["number"] in each.text for each in asked[:2])
    path = "/v1/entries?actor=p.stranger"

    def outcomes() -> list[str] | None:
        entries = world.call("audit", "GET", path, "auditor").json()["entries"]
        return [each["outcome"] for each in entries] if len(entries) == 2 else None

    assert await_(outcomes) == ["organisation-not-admitted"] * 2


def test_an_officer_finds_a_child_by_details_from_the_officers_page_and_shields_it_by_its_number(
    world: World, child: dict[str, Any]
) -> None:
    officer = Browser(world, "shielding", "shield-officer", "s.officer")
    link = re.search(r'<a href="([^"]+)">Search by name', officer.sees("GET", "/officers"))
    assert link is not None
    assert link[1] == world.stack.url("search") + HOME
    searching = Browser(world, "search", "shield-officer", "s.officer")
    searching.sees("GET", httpx.URL(link[1]).path)
    page = searching.sees("POST", HOME, by_home(child))
    number = re.search(r"<strong>(\d{10})</strong>", searching.sees("POST", RECORDS, hidden(page)))
    assert number is not None
    back = re.search(r'href="([^"]+/officers)"', page)
    assert back is not None
    assert back[1] == world.stack.url("shielding") + "/officers"
    page = officer.sees("POST", "/officers/find", {"child_number": number[1]})
    assert "Shield a child" in page
    form = {"child_number": number[1], "ground": "adoption", **NEXT}
    assert "Hidden everywhere" in officer.sees("POST", "/officers/shields", form)
    assert world.view(child["number"]).json()["restricted"] is True
    for each in (officer, searching):
        each.http.close()
