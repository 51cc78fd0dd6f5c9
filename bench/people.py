"""Those who ask: bearers of development tokens, over HTTP, as cheaply as a client can be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx
import orjson

from deploy.stack import Stack

_POLL = 0.01
T = TypeVar("T")

ORGANISATION = "Mill Lane Primary School"
"""Whom they all work for."""
REASON = {"code": "safeguarding"}


class Person:
    """One bearer of a token."""

    def __init__(self, http: httpx.AsyncClient, stack: Stack, token: str) -> None:
        self._http = http
        self._stack = stack
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    async def ask(self, service: str, path: str, body: dict[str, Any]) -> httpx.Response:
        """The answer to a POST, read to its end."""
        url = self._stack.url(service) + path
        return await self._http.post(url, content=orjson.dumps(body), headers=self._headers)

    @asynccontextmanager
    async def asking(self, url: str, body: dict[str, Any]) -> AsyncIterator[httpx.Response]:
        """A POST to any process, whose answer is read as it comes."""
        async with self._http.stream("POST", url, content=orjson.dumps(body), headers=self._headers) as answer:
            yield answer

    async def look(self, service: str, path: str) -> dict[str, Any]:
        """What a GET shows, which must be answered."""
        answer = await self._http.get(self._stack.url(service) + path, headers=self._headers)
        answer.raise_for_status()
        shown: dict[str, Any] = answer.json()
        return shown

    async def search(self, criteria: dict[str, Any]) -> httpx.Response:
        """The answer to a search."""
        return await self.ask("search", "/v1/searches", {"reason": REASON, "criteria": criteria})

    async def found(self, criteria: dict[str, Any]) -> list[dict[str, Any]]:
        """The matches of a search that must be answered."""
        answer = await self.search(criteria)
        answer.raise_for_status()
        matches: list[dict[str, Any]] = answer.json()["matches"]
        return matches


async def until(found: Callable[[], Awaitable[T]], every: float = _POLL) -> T:
    """What ``found`` answers, asked ``every`` so many seconds until it is something."""
    while True:
        if answer := await found():
            return answer
        await asyncio.sleep(every)


async def until_so(holds: Callable[[], bool]) -> None:
    """Return once something is so, looked at every 10 ms."""

    async def found() -> bool:
        return holds()

    await until(found)


@asynccontextmanager
async def connected() -> AsyncIterator[httpx.AsyncClient]:
    """A client without limits of its own, and past any proxy: everything is on this machine."""
    # The client may close an idle connection just as it is used again: none stays idle for so long.
    unlimited = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=60.0)
    async with httpx.AsyncClient(timeout=120.0, limits=unlimited, trust_env=False) as http:
        yield http


async def person(http: httpx.AsyncClient, stack: Stack, role: str, subject: str) -> Person:
    """A person of this role, by the development issuer's word."""
    # The authority tells only where an officer is asked for.
    wanted = {"role": role, "subject": subject, "organisation": ORGANISATION, "authority": "northshire"}
    answer = await http.post(f"{stack.url('issuer')}/token", json=wanted)
    answer.raise_for_status()
    return Person(http, stack, answer.json()["access_token"])
