"""The pages ask the desk as HTTP does: audit, refusals and fence are the same, and nothing is typed twice."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from runtime.face import TooLateError
from runtime.settings import LeaseSettings
from tests.browser import checked
from tests.search import desks
from tests.search.desks import AUTHORITY, OFFICER, STRANGER, Found, Log
from tests.search.test_answers import NUMBER, hit

REASON = {"code": "welfare-concern", "detail": "late for school"}
TYPED = {"given": "Amelia", "family": "Okafor"}
BORN = {"date_of_birth-day": "9", "date_of_birth-month": "4", "date_of_birth-year": "2015"}
SEARCH = {**REASON, **TYPED, **BORN}
VIEW = {**REASON, "child_number": NUMBER}
CHILD = hit(authority=AUTHORITY)


def browser(app: FastAPI) -> httpx.AsyncClient:
    """Somebody at a browser, behind the proxy that adds their token."""
    headers = {"Sec-Fetch-Site": "same-origin", "Authorization": "Bearer t"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://search", headers=headers)


async def sees(app: FastAPI, path: str, form: dict[str, str] | None = None, status: int = 200) -> str:
    """A page of the service, which everybody can use."""
    async with browser(app) as http:
        page = await (http.get(path) if form is None else http.post(path, data=form))
    assert page.status_code == status, page.text
    assert page.headers["cache-control"] == "no-store"
    return checked(page.text)


async def asks(app: FastAPI, path: str, body: dict[str, Any]) -> httpx.Response:
    """The same over HTTP."""
    async with browser(app) as http:
        return await http.post(path, json=body)


@pytest.mark.parametrize(
    ("path", "form", "over_http", "body"),
    [
        (
            "/find",
            SEARCH,
            "/v1/searches",
            {"reason": REASON, "criteria": {**TYPED, "date_of_birth": "2015-04-09"}},
        ),
        ("/find", {**REASON, **TYPED}, "/v1/searches", {"reason": REASON, "criteria": TYPED}),
        ("/find/records", VIEW, "/v1/views", {"reason": REASON, "child_number": NUMBER}),
    ],
    ids=["a search", "too little", "a look"],
)
@pytest.mark.parametrize("caller", [desks.PRACTITIONER, OFFICER, STRANGER], ids=lambda one: one.subject)
@pytest.mark.parametrize("hits", [[CHILD], []], ids=["somebody", "nobody"])
async def test_a_page_is_answered_audited_and_refused_as_over_http(
    path: str, form: dict[str, str], over_http: str, body: dict[str, Any], caller: Any, hits: list[Any]
) -> None:
    found, log = Found(*hits), Log()
    app = desks.application(found, log, caller)
    answer = await asks(app, over_http, body)
    await sees(app, path, form, answer.status_code)
    there, here = log.entries
    assert there == here
    assert found.asked[: len(found.asked) // 2] == found.asked[len(found.asked) // 2 :]


async def test_who_fits_is_shown_and_one_click_away_with_the_same_reason() -> None:
    page = await sees(desks.application(Found(CHILD), Log()), "/find", SEARCH)
    assert "<title>1 child found - Search</title>" in page
    assert "Amelia Okafor" in page
    assert "9 April 2015" in page
    assert "Restricted" not in page
    for name, value in VIEW.items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    assert 'value="Okafor"' in page  # to search again


@pytest.mark.parametrize(
    ("hits", "said"), [([], "Nobody found"), ([hit(authority=AUTHORITY)] * 11, "Too many children fit")]
)
async def test_where_nobody_is_shown_it_is_said_what_to_do_and_what_was_typed_stays(
    hits: list[Any], said: str
) -> None:
    page = await sees(desks.application(Found(*hits), Log()), "/find", SEARCH)
    assert f"<title>{said} - Search</title>" in page
    assert "hidden" not in page.replace('class="hidden"', "")
    for value in (*TYPED.values(), "2015", "late for school"):
        assert value in page


async def test_a_restricted_record_shows_whom_to_ask_and_nothing_else() -> None:
    shielded = hit(shielded=True)
    findable = shielded.record.model_copy(update={"findable": True})
    app = desks.application(Found(type(shielded)(findable, ())), Log())
    assert "Restricted" in await sees(app, "/find", {**REASON, "child_number": NUMBER})
    page = await sees(app, "/find/records", VIEW)
    assert "This record is restricted" in page
    assert "0161 496 0001" in page
    assert "Who works with the child" not in page


async def test_a_title_does_not_name_the_child() -> None:
    page = await sees(desks.application(Found(CHILD), Log()), "/find/records", VIEW)
    assert "<title>Record of a child - Search</title>" in page


@pytest.mark.parametrize(("url", "link"), [("http://shielding", True), (None, False)])
async def test_an_officer_is_told_the_number_and_led_to_where_it_is_entered(url: str | None, link: bool) -> None:
    app = desks.application(Found(CHILD), Log(), OFFICER, shielding_url=url)
    for path, form in (("/find", SEARCH), ("/find/records", VIEW)):
        page = await sees(app, path, form)
        assert f"<strong>{NUMBER}</strong>" in page
        assert ('href="http://shielding/officers"' in page) is link
    nobody = await sees(desks.application(Found(), Log(), OFFICER, shielding_url=url), "/find", SEARCH)
    assert ('href="http://shielding/officers/expected"' in nobody) is link
    practitioner = await sees(desks.application(Found(CHILD), Log()), "/find", SEARCH)
    assert "/officers" not in practitioner


@pytest.mark.parametrize(
    ("caller", "status", "said"),
    [
        (desks.PRACTITIONER, 503, "A store does not answer"),
        (STRANGER, 403, "has admitted your organisation"),
    ],
    ids=["away", "not admitted"],
)
async def test_what_is_refused_is_said_on_the_form_as_it_was_filled_in(
    caller: Any, status: int, said: str
) -> None:
    page = await sees(desks.application(Found(away=True), Log(), caller), "/find", SEARCH, status)
    assert page.index("<title>Error: Find a child - Search</title>") < page.index('<a href="#main">')
    assert said in page
    for value in (*TYPED.values(), "late for school"):
        assert value in page


async def test_too_little_and_what_is_no_day_are_said_at_the_field() -> None:
    app = desks.application(Found(CHILD), Log())
    page = await sees(app, "/find", {**REASON, **TYPED}, 422)
    assert '<a href="#given">Give one of: a child number;' in page
    assert 'aria-describedby="given-hint given-error"' in page
    page = await sees(app, "/find", {**SEARCH, "date_of_birth-month": "13"}, 422)
    assert page.count("Date of birth must be a real date") == 2
    assert 'href="#date_of_birth"' in page
    assert 'value="13"' in page


async def test_who_may_find_nobody_is_told_before_typing_anything() -> None:
    assert "has admitted your organisation" in await sees(
        desks.application(Found(), Log(), STRANGER), "/find", status=403
    )


async def test_a_number_that_leads_nowhere_and_a_look_without_a_search_are_refused_on_a_page() -> None:
    log = Log()
    app = desks.application(Found(), log)
    assert "There is no record of that number." in await sees(app, "/find/records", VIEW, 404)
    assert "begin there" in await sees(app, "/find/records", {"child_number": NUMBER}, 422)
    assert log.outcomes == ["not-found"]


@pytest.mark.parametrize(("path", "form"), [("/find", SEARCH), ("/find/records", VIEW)])
async def test_a_page_that_has_not_left_by_its_deadline_does_not_leave(path: str, form: dict[str, str]) -> None:
    lease = LeaseSettings(wait=0.0, length=60.0, write_within=0.0)
    app = desks.application(Found(CHILD), Log(), lease=lease)
    with pytest.raises(TooLateError):
        await sees(app, path, form)
