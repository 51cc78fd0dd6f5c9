"""What every answer passes on its way out: size limit, no caching, measurement, and the shield's deadline."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime import clock, metrics, problems

_LARGEST_REQUEST = 64 * 1024


class TooLateError(Exception):
    """The answer was checked too long ago to be handed over; nothing of it leaves."""


def must_leave_by(scope: Scope, deadline: float) -> None:
    """Abort this request's answer unless it has been handed over by ``deadline`` (monotonic seconds)."""
    scope["signpost_deadline"] = deadline


def too_late(deadline: float | None, now: float) -> bool:
    """Whether an answer that must leave by ``deadline`` may not leave at ``now`` any more (monotonic seconds)."""
    return deadline is not None and now > deadline


class Face:
    """A bare ASGI wrapper, because nothing may be awaited between an answer's check and its hand-over."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = clock.monotonic()
        status = 500

        async def leave(message: Message) -> None:
            nonlocal status
            deadline: float | None = scope.get("signpost_deadline")
            if too_late(deadline, now := clock.monotonic()):
                raise TooLateError
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["Cache-Control"] = "no-store"
            try:
                # The server waits here, before it writes, for a caller who is slow to read what was sent before.
                async with asyncio.timeout(None if deadline is None else deadline - now):
                    await send(message)
            except TimeoutError:
                raise TooLateError from None

        app = self._app if _acceptable(scope) else _too_large
        try:
            await app(scope, receive, leave)
        finally:
            path = getattr(scope.get("route"), "path", "(none)")
            metrics.REQUESTS.labels(scope["method"], path, status).observe(clock.monotonic() - began)


_too_large = problems.response(problems.ProblemError(413, "too-large", "At most 64 KiB."))


def _acceptable(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    length = headers.get("content-length", "0")
    return "transfer-encoding" not in headers and length.isdigit() and int(length) <= _LARGEST_REQUEST
