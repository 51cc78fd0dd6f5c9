"""Search's HTTP interface: nothing is answered before its audit entry is acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from contracts.child_number import ChildNumber
from contracts.children import Contact
from runtime.audit import Recorder
from runtime.fence import Decide, Fence
from runtime.problems import ProblemError
from runtime.shields import Shields
from runtime.tokens import Caller, Finder
from services.search import answers
from services.search.answers import Answer
from services.search.criteria import Criteria, Reason, only_child_number, suffices
from services.search.documents import query
from services.search.hiding import BeingHidden
from services.search.scopes import Opening, Scope, scope_of

if TYPE_CHECKING:
    from services.search.index import Index


class Search(BaseModel):
    """A search, with its reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    reason: Reason
    criteria: Criteria


class View(BaseModel):
    """A look at one record, with its reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    reason: Reason
    child_number: ChildNumber


class Desk:
    """Answers practitioners: each answer is audited, and passes the shield's fence."""

    def __init__(self, fence: Fence, recorder: Recorder, opening: Opening) -> None:
        self._fence = fence
        self._opening = opening
        self._recorder = recorder

    async def answer(
        self, request: Request, caller: Caller, asked: Search | View, decide: Decide[Answer]
    ) -> Response:
        """What ``decide`` makes of it, given whether the lease holds."""
        shown = await self._fence.pass_through(request, decide, lambda shown: self._record(caller, asked, shown))
        return _response(shown)

    def scope(self, caller: Caller) -> Scope:
        """What the caller may find at this instant; raises a 403 problem where that is nothing at all."""
        scope = scope_of(caller.roles, caller.organisation, caller.authority, self._opening)
        if scope is None:
            raise ProblemError(403, "organisation-not-admitted", _NOT_ADMITTED)
        return scope

    async def admit(self, caller: Caller, asked: Search | View) -> Scope:
        """The same, recording it where the caller is not let in."""
        try:
            return self.scope(caller)
        except ProblemError as problem:
            await self._record(caller, asked, Answer(problem.kind, {}))
            raise

    async def refuse(self, caller: Caller, asked: Search) -> None:
        """Record a search that is not carried out."""
        await self._record(caller, asked, Answer("refused", {}))

    async def _record(self, caller: Caller, asked: Search | View, shown: Answer) -> None:
        await self._recorder.record(
            caller,
            "practitioner" if "practitioner" in caller.roles else "shield-officer",
            "search" if isinstance(asked, Search) else "view",
            outcome=shown.outcome,
            reason=asked.reason.code,
            typed=asked.model_dump(mode="json", exclude_none=True, by_alias=True),
            children=shown.child_numbers,
            restricted=shown.restricted,
        )


def routes(
    index: Index, shields: Shields, hiding: BeingHidden, desk: Desk, central_team: Sequence[Contact]
) -> APIRouter:
    """The practitioners' two questions."""
    router = APIRouter(prefix="/v1")

    @router.post("/searches")
    async def search(asked: Search, caller: Finder, request: Request) -> Response:
        """Look for one child."""
        scope = await desk.admit(caller, asked)
        if not suffices(asked.criteria):
            await desk.refuse(caller, asked)
            raise ProblemError(422, "criteria-insufficient", _NEEDED)
        if not await shields.trusted_soon() and not only_child_number(asked.criteria):
            return _response(answers.SHIELDS_UNKNOWN)  # sparing the index what will not be told
        hits = await index.search(query(asked.criteria, hiding.now(), scope.authorities))
        return await desk.answer(
            request,
            caller,
            asked,
            lambda trusted: answers.to_search(
                asked.criteria, hits, desk.scope(caller), trusted=trusted, fenced=shields.any
            ),
        )

    @router.post("/views")
    async def view(asked: View, caller: Finder, request: Request) -> Response:
        """See one record."""
        scope = await desk.admit(caller, asked)
        hit = await index.get(asked.child_number, scope.authorities)
        return await desk.answer(
            request,
            caller,
            asked,
            lambda trusted: answers.to_view(
                hit,
                asked.child_number,
                desk.scope(caller),
                trusted=trusted,
                fenced=shields.any,
                central_team=central_team,
            ),
        )

    return router


_NOT_ADMITTED = (
    "No authority that is open to practitioners has admitted your organisation; ask the authority's data managers."
)
_NEEDED = (
    "Give one of: a child number; an identifier; family and given name and a date of birth or a range of at most "
    "two years; family name and date of birth; given name, date of birth and postcode."
)


def _response(answer: Answer) -> Response:
    if answer.outcome == "shields-unknown":
        raise ProblemError(503, answer.outcome, "It cannot be told right now who is shielded.")
    if answer.outcome == "not-found":
        raise ProblemError(404, "not-found", "There is no record of that number.")
    return Response(orjson.dumps(answer.body), media_type="application/json")
