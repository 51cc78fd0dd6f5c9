"""Speaks to the services over HTTP, with a development token for the role that a call needs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from cli.output import Code, Failure, not_running
from cli.place import Place
from deploy.opening import DEVELOPERS

if TYPE_CHECKING:
    import httpx


FIRST_AUTHORITY = "northshire"
"""Of the made-up ones."""


def until(
    ask: Callable[[], dict[str, Any]],
    fits: Callable[[dict[str, Any]], bool],
    deadline: float,
    every: float = 0.05,
) -> dict[str, Any]:
    """Ask again until the answer fits, or the deadline (monotonic) passes; returns the last answer, fit or not."""
    while not fits(answer := ask()) and time.monotonic() < deadline:
        time.sleep(every)
    return answer


class Client:
    """A connection to one installation; the services' answers come back as they are."""

    def __init__(self, place: Place, transport: httpx.BaseTransport | None = None) -> None:
        import httpx

        self._place = place
        # Everything is on this machine: a proxy from the environment could only be in the way.
        self._http = httpx.Client(timeout=httpx.Timeout(15.0, connect=3.0), trust_env=False, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._http.close()

    def token(
        self,
        role: str,
        subject: str | None = None,
        organisation: str | None = None,
        authority: str | None = None,
    ) -> str:
        """``SIGNPOST_TOKEN`` where it is set, else a development token.

        A practitioner who works for nobody else is one of the developers, an officer of no other authority one of
        the first.
        """
        given = os.environ.get("SIGNPOST_TOKEN")
        if role == "practitioner":
            organisation = organisation or DEVELOPERS
        if role == "shield-officer":
            authority = authority or FIRST_AUTHORITY
        return given or str(self.issue(role, subject, organisation, authority)["access_token"])

    def issue(
        self, role: str, subject: str | None, organisation: str | None, authority: str | None
    ) -> dict[str, Any]:
        """What the development issuer answers."""
        wanted = {"role": role, "subject": subject, "organisation": organisation, "authority": authority}
        return self._send("issuer", "POST", "/token", {k: v for k, v in wanted.items() if v is not None}, {})

    def post(self, service: str, path: str, token: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer to a POST."""
        return self._send(service, "POST", path, body, _bearer(token))

    def get(self, service: str, path: str, token: str) -> dict[str, Any]:
        """The answer to a GET."""
        return self._send(service, "GET", path, None, _bearer(token))

    def _send(
        self, service: str, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]
    ) -> dict[str, Any]:
        import httpx

        try:
            answer = self._http.request(method, self._place.url(service) + path, json=body, headers=headers)
        except httpx.ConnectError:
            raise not_running() from None
        except httpx.HTTPError as error:
            text = f"{service} did not answer ({type(error).__name__}): signpost status"
            raise Failure(text, Code.NOT_RUNNING) from None
        if answer.is_error:
            raise refusal(service, answer)
        document: dict[str, Any] = answer.json()
        return document


def refusal(service: str, answer: httpx.Response) -> Failure:
    """A refused request in words: the problem's title and detail, and the fields that it names."""
    code = Code.NOTHING_FOUND if answer.status_code == 404 else Code.FAILED
    try:
        problem = answer.json()
        lines = [f"{problem['title']}: {problem['detail']}"]
        lines += [f"  {each['field']}: {each['problem']}" for each in problem.get("errors", ())]
    except (ValueError, KeyError, TypeError):
        return Failure(f"{service} answered {answer.status_code}.", code)
    return Failure("\n".join(lines), code, problem)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
