"""The desk answers both questions of practitioners, over HTTP and on pages: it audits and refuses alike."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

from fastapi import Request
from pydantic import BaseModel, ConfigDict

from contracts.child_number import ChildNumber
from contracts.children import Contact
from runtime import clock
from runtime.audit import Recorder
from runtime.fence import Decide, Fence
from runtime.problems import ProblemError
from runtime.shields import Shields
from runtime.tokens import Caller
from services.search import answers
from services.search.answers import Answer, Known
from services.search.criteria import Criteria, Reason, only_child_number, suffices
from services.search.documents import query
from services.search.hiding import BeingHidden
from services.search.pace import Pace
from services.search.scopes import Opening, Scope, scope_of

if TYPE_CHECKING:
    from services.search.index import Index


class Search(BaseModel):
    """A search, with its reason."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    reason: Reason
    criteria: Criteria


class View(BaseModel):
    """A look at one record, with its reason."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    reason: Reason
    child_number: ChildNumber


class Desk:
    """Each answer is audited, and passes the shield's fence last: nothing may be awaited before it is handed over.

    ``central_team`` is whom to ask about a restricted record.
    """

    def __init__(
        self,
        index: Index,
        shields: Shields,
        hiding: BeingHidden,
        *,
        fence: Fence,
        recorder: Recorder,
        opening: Opening,
        pace: Pace,
        central_team: Sequence[Contact],
    ) -> None:
        self._index = index
        self._shields = shields
        self._hiding = hiding
        self._fence = fence
        self._recorder = recorder
        self._opening = opening
        self._pace = pace
        self._central_team = central_team

    async def search(self, asked: Search, caller: Caller, request: Request) -> Answer:
        """Look for one child; raises a problem where it is not told who fits."""
        scope = await self._admit(caller, asked)
        if not suffices(asked.criteria):
            await self._record(caller, asked, Answer("refused", {}))
            raise ProblemError(422, "criteria-insufficient", _NEEDED)
        if not await self._shields.trusted_soon() and not only_child_number(asked.criteria):
            return _told(answers.SHIELDS_UNKNOWN)  # sparing the index what will not be told
        hits = await self._index.search(query(asked.criteria, self._hiding.now(), scope.authorities))

        def decide(trusted: bool) -> Answer:
            within = self.scope(caller)
            return answers.to_search(asked.criteria, hits, within, self._known(trusted))

        return await self._answer(asked, caller, request, decide)

    async def view(self, asked: View, caller: Caller, request: Request) -> Answer:
        """See one record; raises a 404 problem where there is none for the caller."""
        scope = await self._admit(caller, asked)
        hit = await self._index.get(asked.child_number, scope.authorities)

        def decide(trusted: bool) -> Answer:
            return answers.to_view(
                hit,
                asked.child_number,
                self.scope(caller),
                self._known(trusted),
                central_team=self._central_team,
            )

        return await self._answer(asked, caller, request, decide)

    def scope(self, caller: Caller) -> Scope:
        """What the caller may find at this instant; raises a 403 problem where that is nothing at all."""
        scope = scope_of(caller.roles, caller.organisation, caller.authority, self._opening)
        if scope is None:
            raise ProblemError(403, "organisation-not-admitted", _NOT_ADMITTED)
        return scope

    def _known(self, trusted: bool) -> Known:
        return Known(trusted, self._shields.any, self._shields.holds)

    async def _admit(self, caller: Caller, asked: Search | View) -> Scope:
        """The same for one question, recording it where the caller is not let in, or asks too fast."""
        try:
            scope = self.scope(caller)
            self._in_time(caller)
            return scope
        except ProblemError as problem:
            await self._record(caller, asked, Answer(problem.kind, {}))
            raise

    def _in_time(self, caller: Caller) -> None:
        wait = ceil(self._pace.wait(caller.subject, clock.monotonic()))
        if wait:
            said = f"You ask faster than a person needs to. Ask again in {wait} seconds."
            raise ProblemError(429, "too-fast", said, more={"retry_after": wait})

    async def _answer(
        self, asked: Search | View, caller: Caller, request: Request, decide: Decide[Answer]
    ) -> Answer:
        """What ``decide`` makes of it, given whether the lease holds."""
        shown = await self._fence.pass_through(request, decide, lambda shown: self._record(caller, asked, shown))
        return _told(shown)

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


_NOT_ADMITTED = (
    "No authority that is open to practitioners has admitted your organisation; ask the authority's data managers."
)
_NEEDED = (
    "Give one of: a child number; an identifier; family and given name and a date of birth or a range of at most "
    "two years; family name and date of birth; given name, date of birth and postcode."
)


def _told(answer: Answer) -> Answer:
    """The answer, where it is one; it has been audited whether or not it is."""
    if answer.outcome == "shields-unknown":
        raise ProblemError(503, answer.outcome, "It cannot be told right now who is shielded.")
    if answer.outcome == "not-found":
        raise ProblemError(404, "not-found", "There is no record of that number.")
    return answer
