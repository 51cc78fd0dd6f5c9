"""Server-rendered pages of a service: layout, sign-in, and problems as pages; no JavaScript is needed.

A person's token comes with the request: added by the authenticating proxy before the service or, in the
development profile only, from a cookie that the sign-in page sets. What carries personal data is posted, and never
part of a URL.
"""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable, Coroutine, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from runtime.forms import Form, FormError, read
from runtime.problems import ProblemError, engine_away
from runtime.settings import ServiceSettings

_SHARED = Path(__file__).parent / "templates"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_LEVELS = {"level-2": "Level 2", "level-3": "Level 3, the highest"}


class Pages:
    """The pages of one service; ``folder`` has its own templates, ``home`` is where sign-in leads.

    ``navigation`` names each page by its path, ``roles`` each role that one may sign in with in development, and
    ``homes`` where those begin who have another home.
    """

    def __init__(
        self,
        title: str,
        settings: ServiceSettings,
        folder: Path,
        *,
        home: str,
        roles: Mapping[str, str],
        navigation: Mapping[str, str],
        homes: Mapping[str, str] | None = None,
    ) -> None:
        self.development = settings.profile == "development"
        self.cookie = f"signpost-{settings.port}"
        self._issuer = settings.tokens.issuer
        self._home = home
        self._homes = dict(homes or {})
        self._roles = dict(roles)
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader([folder, _SHARED]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"moment": _moment, "day": _day}
        self._templates.globals |= {"service": title, "navigation": dict(navigation), "pages": self}
        # Compiled now: a page that has passed the shield's fence must leave within its deadline.
        for name in self._templates.list_templates(extensions=["html"]):
            self._templates.get_template(name)

    def show(self, template: str, status: int = 200, **about: Any) -> Response:
        """A page from a template; ``errors`` (by field) and ``form`` (what was typed) may be among ``about``."""
        known: dict[str, Any] = {"errors": {}, "form": {}, "refresh": None, "signed_in": True, **about}
        return HTMLResponse(self._templates.get_template(template).render(known), status, headers=_HEADERS)

    def problem(self, error: ProblemError) -> Response:
        """A refused request as a page."""
        if error.status == 401 and self.development:
            return RedirectResponse("/sign-in", 303)
        return self.show("problem.html", error.status, problem=error, signed_in=error.status != 401)

    def router(self, prefix: str) -> APIRouter:
        """A router whose problems are shown as pages, and whose posts come from its own pages only.

        An engine that is away is a problem too.
        """
        return APIRouter(prefix=prefix, include_in_schema=False, route_class=_route_of(self))

    def shared(self) -> APIRouter:
        """The style sheet and, in development, signing in and out."""
        router = self.router("")

        @router.get("/style.css")
        async def style() -> Response:
            return FileResponse(_SHARED / "style.css", media_type="text/css")

        if self.development:
            self._sign_in_on(router)
        return router

    def _sign_in_on(self, router: APIRouter) -> None:
        def asked(**about: Any) -> Response:
            return self.show("sign-in.html", roles=self._roles, levels=_LEVELS, signed_in=False, **about)

        @router.get("/sign-in")
        async def show() -> Response:
            return asked()

        @router.post("/sign-in")
        async def sign_in(request: Request) -> Response:
            form = await read(request)
            if not form.get("subject"):
                return asked(status=422, form=form, errors={"subject": "Enter who you are"})
            token = await asyncio.to_thread(self._token, form)
            answer = RedirectResponse(self._homes.get(form.get("role", ""), self._home), 303)
            answer.set_cookie(self.cookie, token, httponly=True, samesite="strict")
            return answer

        @router.post("/sign-out")
        async def sign_out() -> Response:
            answer = RedirectResponse("/sign-in", 303)
            answer.delete_cookie(self.cookie)
            return answer

    def _token(self, form: Form) -> str:
        named = ("role", "subject", "organisation", "authority", "acr")
        wanted = {name: form[name] for name in named if form.get(name)}
        request = urllib.request.Request(  # noqa: S310 - the development issuer's address is a setting
            f"{self._issuer}/token", json.dumps(wanted).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
                return str(json.load(answer)["access_token"])
        except OSError:
            raise ProblemError(503, "issuer-unreachable", "The development issuer does not answer.") from None


def _route_of(pages: Pages) -> type[APIRoute]:
    class PageRoute(APIRoute):
        """Shows problems as pages, and takes the token from the cookie where that is allowed."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            inner = super().get_route_handler()

            async def handle(request: Request) -> Response:
                try:
                    if request.method == "POST":
                        _same_origin(request)
                    if pages.development and (token := request.cookies.get(pages.cookie)):
                        request.scope["headers"].append((b"authorization", f"Bearer {token}".encode()))
                    return await inner(Request(request.scope, request.receive))
                except ProblemError as error:
                    return pages.problem(error)
                except request.app.state.engine_errors as error:
                    return pages.problem(engine_away(error))
                except FormError as error:
                    return pages.problem(ProblemError(error.status, error.kind, "; ".join(error.errors.values())))

            return handle

    return PageRoute


def _same_origin(request: Request) -> None:
    """Raise a 403 problem unless the browser says that the form was on a page of this very service."""
    site = request.headers.get("sec-fetch-site")
    origin = urlsplit(request.headers.get("origin", "")).netloc
    if site != "same-origin" if site else origin != request.headers.get("host"):
        raise ProblemError(403, "other-site", "The form did not come from a page of this service.")


def _moment(at: datetime) -> str:
    return f"{_day(at)}, {at:%H:%M:%S} UTC"


def _day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"
