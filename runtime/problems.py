"""The one HTTP error shape: RFC 9457 problem details that name fields and never quote values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from contracts.dead_letters import Fault

log = structlog.get_logger()


class ProblemError(Exception):
    """An answer that is not what was asked for: ``kind`` is its stable name, ``detail`` is for a person.

    ``more`` are further members, for machines.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        faults: Sequence[Fault] = (),
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(kind)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.faults = tuple(faults)
        self.more = dict(more or {})


_TITLES = {
    400: "The request could not be read",
    401: "A valid bearer token is needed",
    403: "Not allowed",
    404: "Not found",
    405: "Not found",
    409: "That does not fit the present state",
    413: "The request is too large",
    422: "Something in the request is wrong or missing",
    429: "Too many requests",
    503: "Not possible at this moment",
}


def response(problem: ProblemError) -> Response:
    """The problem as ``application/problem+json``."""
    body: dict[str, Any] = {
        **problem.more,
        "type": f"urn:signpost:problem:{problem.kind}",
        "title": _TITLES.get(problem.status, "Something went wrong"),
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.faults:
        body["errors"] = [fault.model_dump() for fault in problem.faults]
    headers = {"WWW-Authenticate": "Bearer"} if problem.status == 401 else {}
    if "retry_after" in problem.more:
        headers["Retry-After"] = str(problem.more["retry_after"])
    return JSONResponse(body, problem.status, headers=headers, media_type="application/problem+json")


def _fault(place: Sequence[str | int], problem: str) -> Fault:
    # The name of a field that we do not know is something the caller typed.
    known = [*place[:-1], "(unknown)"] if problem == "extra_forbidden" else place
    return Fault(field=".".join(map(str, known)) or "(body)", problem=problem)


def engine_away(error: Exception) -> ProblemError:
    """The problem that an engine does not answer, which is noted in the log."""
    log.warning("an engine is away", exc_info=error)
    return ProblemError(503, "engine-away", "A store does not answer at the moment; try again.")


def install(app: FastAPI, engine_errors: Sequence[type[Exception]] = ()) -> None:
    """Answer every error of ``app`` in the one shape; ``engine_errors`` mean that an engine is away."""
    app.state.engine_errors = tuple(engine_errors)

    async def on_engine(_: Request, error: Exception) -> Response:
        return response(engine_away(error))

    for kind in engine_errors:
        app.add_exception_handler(kind, on_engine)

    @app.exception_handler(ProblemError)
    async def on_problem(_: Request, error: ProblemError) -> Response:
        return response(error)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(_: Request, error: RequestValidationError) -> Response:
        faults = [_fault(each["loc"][1:], each["type"]) for each in error.errors()]
        return response(ProblemError(422, "invalid-request", "See the fields named in errors.", faults))

    @app.exception_handler(HTTPException)
    async def on_http(_: Request, error: HTTPException) -> Response:
        kind = {404: "not-found", 405: "not-found"}.get(error.status_code, "bad-request")
        return response(ProblemError(error.status_code, kind, "See the API's description."))

    @app.exception_handler(Exception)
    async def on_anything(_: Request, error: Exception) -> Response:
        log.error("request failed", exc_info=error)
        return response(ProblemError(500, "internal", "The request failed; nothing of it is quoted here."))
