"""Search's HTTP interface: nothing is answered before its audit entry is acknowledged."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response

from runtime.tokens import Finder
from services.search.answers import Answer
from services.search.desk import Desk, Search, View


def routes(desk: Desk) -> APIRouter:
    """The practitioners' two questions."""
    router = APIRouter(prefix="/v1")

    @router.post("/searches")
    async def search(asked: Search, caller: Finder, request: Request) -> Response:
        """Look for one child."""
        return _response(await desk.search(asked, caller, request))

    @router.post("/views")
    async def view(asked: View, caller: Finder, request: Request) -> Response:
        """See one record."""
        return _response(await desk.view(asked, caller, request))

    return router


def _response(answer: Answer) -> Response:
    return Response(orjson.dumps(answer.body), media_type="application/json")
