"""Pages work without JavaScript, say what is wrong where it is wrong, and take posts from themselves only."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

from contracts.dead_letters import Fault
from deploy.issuer import build
from runtime import problems
from runtime.forms import FormError, day, day_begun, parse, read, refusals, said_at
from runtime.pages import Pages
from runtime.problems import ProblemError
from runtime.settings import ServiceSettings, TokenSettings
from runtime.tokens import ShieldOfficer, Tokens

Browser = httpx.AsyncClient
ISSUER = "http://issuer"
KEY = Ed25519PrivateKey.generate()
HERE = {"Sec-Fetch-Site": "same-origin"}


class EngineError(Exception):
    """What a store's driver raises when the store is away."""


class Wanted(BaseModel):
    """What a form asks for."""

    name: str
    on: date


async def turned_away(*_: object) -> None:
    """An audit log that takes whatever it is told."""


def application(profile: str, folder: Path) -> FastAPI:
    """A service with one page, and a form that comes back with its errors."""
    tokens = TokenSettings(issuer=ISSUER, jwks_url=ISSUER)
    settings = ServiceSettings(port=1, profile=profile, tokens=tokens)  # type: ignore[arg-type]
    pages = Pages("Trial", settings, folder, home="/trial", roles={"shield-officer": "Officer"}, navigation={})
    app = FastAPI()
    app.state.tokens = Tokens(settings.tokens)
    app.state.tokens._keys = {"development-1": jwt.PyJWK(_jwk())}
    app.state.turned_away = turned_away
    problems.install(app, [EngineError])
    router = pages.router("/trial")

    @router.get("")
    async def show(officer: ShieldOfficer) -> Response:
        return pages.show("trial.html", form={"name": "<b>"}, errors={"name": "Enter a name"})

    @router.post("")
    async def post(request: Request, officer: ShieldOfficer) -> Response:
        raise ProblemError(409, "no", f"Not {len(await read(request))} fields again.")

    @router.post("/kept")
    async def kept(request: Request, officer: ShieldOfficer) -> Response:
        form = await read(request)
        try:
            with refusals(request, {"at-name": "name"}):
                if form["why"] == "away":
                    raise EngineError("secret address")
                raise ProblemError(409, form["why"], "Not like that.")
        except FormError as error:
            return pages.show("trial.html", error.status, form=form, errors=error.errors)

    @router.get("/away")
    async def away(officer: ShieldOfficer) -> Response:
        raise EngineError("secret address of the store")

    app.include_router(pages.shared())
    app.include_router(router)
    return app


def _jwk() -> dict[str, str]:
    public = jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    return {**public, "kid": "development-1", "alg": "EdDSA"}


def browser(app: FastAPI) -> Browser:
    """Somebody who looks at the pages of ``app``."""
    return Browser(transport=httpx.ASGITransport(app), base_url="http://testserver")


async def token(role: str = "shield-officer") -> str:
    """A token of the development issuer."""
    async with browser(build(KEY, ISSUER)) as issuer:
        return str((await issuer.post("/token", json={"role": role})).json()["access_token"])


@pytest.fixture(params=["production", "development"])
async def client(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Browser]:
    (tmp_path / "trial.html").write_text(
        '{% extends "layout.html" %}{% from "forms.html" import text %}{% block title %}T{% endblock %}'
        '{% block main %}<h1>T</h1>{{ text("name", "Name", form, errors, hint="Any") }}{% endblock %}'
    )
    async with browser(application(request.param, tmp_path)) as client:
        client.headers["X-Profile"] = request.param
        yield client


async def bearer() -> dict[str, str]:
    """What the authenticating proxy adds."""
    return {"Authorization": f"Bearer {await token()}"}


async def test_a_page_names_its_error_first_and_ties_it_to_its_field(client: Browser) -> None:
    page = await client.get("/trial", headers=await bearer())
    assert page.status_code == 200
    assert '<html lang="en">' in page.text
    assert "<title>Error: T - Trial</title>" in page.text
    assert page.text.count("<h1>") == 1
    assert '<a href="#name">Enter a name</a>' in page.text
    assert 'aria-describedby="name-hint name-error"' in page.text
    assert 'value="&lt;b&gt;"' in page.text
    assert "<script" not in page.text


async def test_a_page_may_load_nothing_but_its_own_style_and_be_framed_by_nobody(
    client: Browser,
) -> None:
    page = await client.get("/trial", headers=await bearer())
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    style = await client.get("/style.css")
    assert style.headers["content-type"].startswith("text/css")


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://elsewhere"}],
)
async def test_a_form_from_elsewhere_is_refused(client: Browser, headers: dict[str, str]) -> None:
    refused = await client.post("/trial", headers={**await bearer(), **headers})
    assert refused.status_code == 403
    assert "did not come from a page of this service" in refused.text


@pytest.mark.parametrize("headers", [HERE, {"Origin": "http://testserver"}])
async def test_a_form_of_its_own_is_taken_and_a_problem_is_a_page(
    client: Browser, headers: dict[str, str]
) -> None:
    refused = await client.post("/trial", headers={**await bearer(), **headers}, content="a=1&b=+&c=2")
    assert refused.status_code == 409
    assert "Not 2 fields again." in refused.text
    assert refused.headers["content-type"].startswith("text/html")


async def test_an_engine_that_is_away_is_a_page_too_and_says_nothing_of_the_engine(client: Browser) -> None:
    away = await client.get("/trial/away", headers=await bearer())
    assert away.status_code == 503
    assert away.headers["content-type"].startswith("text/html")
    assert "A store does not answer at the moment" in away.text
    assert "secret address" not in away.text


@pytest.mark.parametrize(
    ("why", "status", "said"),
    [
        ("at-name", 409, '<a href="#name">Not like that.</a>'),
        ("other", 409, '<a href="#main">Not like that.</a>'),
        ("away", 503, '<a href="#main">A store does not answer at the moment'),
    ],
)
async def test_what_is_refused_is_said_on_the_form_as_it_was_filled_in(
    client: Browser, why: str, status: int, said: str
) -> None:
    headers = {**await bearer(), **HERE}
    page = await client.post("/trial/kept", headers=headers, content=f"why={why}&name=as+typed")
    assert page.status_code == status
    assert said in page.text
    assert 'value="as typed"' in page.text
    assert "secret address" not in page.text


async def test_the_cookie_signs_in_in_development_only(client: Browser) -> None:
    development = client.headers["X-Profile"] == "development"
    client.cookies.set("signpost-1", await token())
    assert (await client.get("/trial")).status_code == (200 if development else 401)
    client.cookies.clear()
    stranger = await client.get("/trial")
    assert stranger.status_code == (303 if development else 401)
    assert (await client.get("/sign-in")).status_code == (200 if development else 404)


async def test_the_sign_in_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pages, "_token", lambda *_: "t")
    if client.headers["X-Profile"] == "development":
        signed = await client.post("/sign-in", headers=HERE, content="subject=a&role=shield-officer")
        cookie = signed.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        nobody = await client.post("/sign-in", headers=HERE, content="role=shield-officer")
        assert nobody.status_code == 422


async def test_another_role_is_told_so_on_a_page(client: Browser) -> None:
    refused = await client.get("/trial", headers={"Authorization": f"Bearer {await token('auditor')}"})
    assert refused.status_code == 403
    assert "This needs the role shield-officer." in refused.text


def test_what_is_wrong_in_a_form_is_said_in_the_words_of_its_fields() -> None:
    words = {"name": "Enter a name", "on": "Enter a day"}
    with pytest.raises(FormError) as raised:
        parse(Wanted, {"on": "x"}, words)
    assert raised.value.errors == words
    assert parse(Wanted, {"name": "n", "on": date(2026, 3, 1)}, words).on == date(2026, 3, 1)


def test_a_day_is_three_fields_that_make_one() -> None:
    form = {"on-day": "1", "on-month": "3", "on-year": "2026"}
    assert day(form, "on") == date(2026, 3, 1)
    assert day({**form, "on-day": "31", "on-month": "2"}, "on") is None
    assert day({**form, "on-year": "26"}, "on") is None
    assert day({}, "on") is None
    assert day_begun({"on-year": "2026"}, "on")
    assert not day_begun({"from-year": "2026"}, "on")


def test_a_fault_is_said_where_the_first_path_that_fits_says_once_a_field_and_else_where_the_last_does() -> None:
    said = {"child.names.1": ("former", "F"), "child.names": ("name", "N"), "child": ("name", "Else")}
    paths = ("child.names.10.family", "child.names.1.family", "child.nameless", "elsewhere")
    assert said_at([Fault(field=each, problem="x") for each in paths], said) == {"name": "N", "former": "F"}
    assert said_at([Fault(field="elsewhere", problem="x")], said) == {"name": "Else"}


async def test_who_signs_in_says_whom_they_work_for(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    class Answer(io.BytesIO):
        """What the issuer answers."""

    def issue(request: Any, **_: object) -> Answer:
        asked.append(request.data)
        return Answer(b'{"access_token": "t"}')

    monkeypatch.setattr("urllib.request.urlopen", issue)
    if client.headers["X-Profile"] == "development":
        assert '<label for="organisation">' in (await client.get("/sign-in")).text
        await client.post("/sign-in", headers=HERE, content="subject=a&role=practitioner&organisation=b")
        assert json.loads(asked[0]) == {"role": "practitioner", "subject": "a", "organisation": "b"}
