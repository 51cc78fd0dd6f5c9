"""Server-rendered pages of a service: layout, sign-in, forms and their errors; no JavaScript is needed.

A person's token comes with the request: added by the authenticating proxy before the service or, in the
development profile only, from a cookie that the sign-in page sets. What carries personal data is posted, and never
part of a URL.
"""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import jinja2
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

from contracts.codec import faults_of
from runtime.problems import ProblemError, engine_away
from runtime.settings import ServiceSettings

M = TypeVar("M", bound=BaseModel)

Form = dict[str, str]

_SHARED = Path(__file__).parent / "templates"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_MOST_FIELDS = 150
_LEVELS = {"level-2": "Level 2", "level-3": "Level 3, the highest"}


ON_TOP = "main"
"""In place of a field's name: it is about the form as a whole."""


class FormError(Exception):
    """A form is not taken as it is: what to say, by field; ``status`` and ``kind`` are the answer's."""

    def __init__(self, errors: Mapping[str, str], status: int = 422, kind: str = "invalid-request") -> None:
        super().__init__("form")
        self.errors = dict(errors)
        self.status = status
        self.kind = kind

    @classmethod
    def of(cls, problem: ProblemError, field_of: Mapping[str, str]) -> FormError:
        """A refusal, said at the field that ``field_of`` has for its kind, or else on top of the form."""
        return cls({field_of.get(problem.kind, ON_TOP): problem.detail}, problem.status, problem.kind)


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
        wanted = {name: form[name] for name in ("role", "subject", "authority", "acr") if form.get(name)}
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


@contextmanager
def refusals(request: Request, field_of: Mapping[str, str] | None = None) -> Iterator[None]:
    """Raise :class:`FormError` for whatever is refused within, an engine that is away among it.

    So the form can be shown again as it was filled in, and nobody types it twice.
    """
    try:
        yield
    except ProblemError as problem:
        raise FormError.of(problem, field_of or {}) from None
    except request.app.state.engine_errors as error:
        raise FormError.of(engine_away(error), {}) from None


async def read(request: Request) -> Form:
    """The fields of a posted form, without those left empty; a repeated field counts once."""
    body = (await request.body()).decode(errors="replace")
    try:
        fields = parse_qsl(body, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise ProblemError(422, "too-many-fields", f"A form has {_MOST_FIELDS} fields at most.") from None
    return {name: value.strip() for name, value in fields if value.strip()}


def parse(model: type[M], form: Mapping[str, object], words: Mapping[str, str]) -> M:
    """What a form asks for; raises :class:`FormError` with the words for each field that is wrong.

    Where the whole is wrong and no field by itself, the words for the last field given apply.
    """
    try:
        return model.model_validate(dict(form))
    except ValidationError as error:
        faults = [fault.field.split(".")[0] for fault in faults_of(error)]
        whole = list(words)[-1]
        raise FormError(
            {(name if name in words else whole): words.get(name, words[whole]) for name in faults}
        ) from None


def day(form: Form, name: str) -> date | None:
    """The day that three fields make up, or ``None`` where they make none."""
    try:
        return date(*(int(form.get(f"{name}-{part}", "")) for part in ("year", "month", "day")))
    except (ValueError, OverflowError):
        return None
