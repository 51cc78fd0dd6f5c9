"""Search's HTTP interface: nothing is answered before its audit entry is acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from contracts.child_number import ChildNumber
from contracts.children import Contact
from runtime import clock
from runtime.audit import Recorder
from runtime.face import must_leave_by
from runtime.problems import ProblemError
from runtime.settings import LeaseSettings
from runtime.shields import Shields
from runtime.tokens import Caller, Practitioner
from services.search import answers
from services.search.answers import Answer
from services.search.criteria import Criteria, Reason, only_child_number, suffices
from services.search.documents import query
from services.search.hiding import BeingHidden

if TYPE_CHECKING:
    from services.search.index import Index

_ROUNDS = 4


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
    """Answers under the shield's fence: audit, then check, then nothing awaited until hand-over."""

    def __init__(self, shields: Shields, recorder: Recorder, lease: LeaseSettings) -> None:
        self._shields = shields
        self._recorder = recorder
        self._lease = lease

    async def answer(
        self,
        scope: Request,
        caller: Caller,
        asked: Search | View,
        decide: Callable[[bool], Answer],
    ) -> Response:
        """What ``decide`` makes of it, given whether the lease holds.

        What is shown is what was audited: when shields change between the audit entry and the check, the
        answer is decided, and audited, once more.
        """
        for _ in range(_ROUNDS):
            shown = decide(await self._shields.trusted_soon())
            await self._record(caller, asked, shown)
            checked = clock.monotonic()
            if decide(self._shields.trusted()) == shown:
                must_leave_by(scope.scope, checked + self._lease.write_within)
                return _response(shown)
        raise ProblemError(503, "shields-unsettled", "The shields kept changing; try again.")

    async def refuse(self, caller: Caller, asked: Search) -> None:
        """Record a search that is not carried out."""
        await self._record(caller, asked, Answer("refused", {}))

    async def _record(self, caller: Caller, asked: Search | View, shown: Answer) -> None:
        await self._recorder.record(
            caller,
            "practitioner",
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
    async def search(asked: Search, caller: Practitioner, request: Request) -> Response:
        """Look for one child."""
        if not suffices(asked.criteria):
            await desk.refuse(caller, asked)
            raise ProblemError(422, "criteria-insufficient", _NEEDED)
        if not await shields.trusted_soon() and not only_child_number(asked.criteria):
            # Nobody knows who is being hidden, and the query itself could find them by what is hidden.
            raise ProblemError(503, "shields-unknown", "It cannot be told right now who is shielded.")
        hits = await index.search(query(asked.criteria, hiding.now()))
        return await desk.answer(
            request,
            caller,
            asked,
            lambda trusted: answers.to_search(asked.criteria, hits, trusted=trusted, fenced=shields.any),
        )

    @router.post("/views")
    async def view(asked: View, caller: Practitioner, request: Request) -> Response:
        """See one record."""
        hit = await index.get(asked.child_number)
        return await desk.answer(
            request,
            caller,
            asked,
            lambda trusted: answers.to_view(
                hit, asked.child_number, trusted=trusted, fenced=shields.any, central_team=central_team
            ),
        )

    return router


_NEEDED = (
    "Give one of: a child number; an identifier; family and given name and a date of birth or a range of at most "
    "two years; family name and date of birth; given name, date of birth and postcode."
)


def _response(answer: Answer) -> Response:
    if answer.outcome == "not-found":
        raise ProblemError(404, "not-found", "There is no record of that number.")
    return Response(orjson.dumps(answer.body), media_type="application/json")
