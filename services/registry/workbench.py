"""The data managers' workbench: reviews and holds, decisions, merges and splits; some reviews are officers'."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.child_number import ChildNumber
from contracts.children import Slug, Text
from runtime.problems import ProblemError
from runtime.tokens import DataManager, Decider
from services.registry.deciding import Decisions
from services.registry.queue import numbers_of
from services.registry.reading import Reading

Reason = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
ReviewId = Annotated[str, Path(pattern=r"^[0-9]{10}-[0-9]{10}$")]


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Deciding(_Asked):
    """A decision on two children, or on one; ``seen`` are the revisions that it was made on."""

    verdict: Literal["same", "different", "cannot-tell"]
    reason: Reason
    seen: dict[ChildNumber, int] = Field(min_length=1, max_length=2)


class Merging(_Asked):
    """Two children who are one."""

    reason: Reason
    seen: dict[ChildNumber, int] = Field(min_length=2, max_length=2)


class SourceRef(_Asked):
    """One source record."""

    source: Slug
    source_ref: Text


class Splitting(_Asked):
    """Source records that are another child's."""

    reason: Reason
    seen: dict[ChildNumber, int] = Field(min_length=1, max_length=1)
    source_records: tuple[SourceRef, ...] = Field(min_length=1, max_length=100)


class Explaining(_Asked):
    """Two source records."""

    one: SourceRef
    other: SourceRef


def routes(reading: Reading, decisions: Decisions) -> APIRouter:
    """The workbench's HTTP interface."""
    router = APIRouter(prefix="/v1")
    for kind in ("review", "hold"):
        router.include_router(_matters(kind, reading, decisions), prefix=f"/{kind}s")

    @router.post("/merges", status_code=201)
    async def merge(asked: Merging, caller: DataManager) -> dict[str, Any]:
        """Make one child of two."""
        verdict = await decisions.on_two(caller, asked.seen, "same", asked.reason, "merge")
        return {"merge_id": verdict.id}

    @router.post("/merges/{merge_id}/undoings", status_code=201)
    async def undo(merge_id: str, caller: Decider) -> dict[str, Any]:
        """Part again what was merged."""
        return {"merge_id": (await decisions.undo(caller, merge_id)).id}

    @router.post("/splits", status_code=201)
    async def split(asked: Splitting, caller: DataManager) -> dict[str, Any]:
        """Make two children of one."""
        keys = [f"{each.source}/{each.source_ref}" for each in asked.source_records]
        return {"split_id": (await decisions.split(caller, asked.seen, keys, asked.reason)).id}

    @router.get("/refusals")
    async def refusals(caller: DataManager, request: Request) -> dict[str, Any]:
        """Source records of which nothing could be made, for the source to correct."""
        return {"refusals": [asdict(each) for each in await reading.refusals(caller, request)]}

    @router.get("/source-records/{source}/{source_ref:path}")
    async def source_record(source: str, source_ref: str, caller: DataManager, request: Request) -> dict[str, Any]:
        """What became of a source record."""
        return await reading.status_of(caller, request, f"{source}/{source_ref}")

    @router.post("/explanations")
    async def explain(asked: Explaining, caller: Decider, request: Request) -> dict[str, Any]:
        """How likely two source records are one child's, weight by weight."""
        keys = [f"{each.source}/{each.source_ref}" for each in (asked.one, asked.other)]
        return await reading.explanation(caller, request, keys[0], keys[1])

    return router


def _matters(kind: Literal["review", "hold"] | str, reading: Reading, decisions: Decisions) -> APIRouter:
    router = APIRouter()

    @router.get("")
    async def queue(caller: Decider, request: Request) -> dict[str, Any]:
        """What there is to decide, the worst harm first; and about how many records wait, of either kind.

        Where these are more than are listed, others come once the worst are decided.
        """
        found = [each for each in await reading.queue(caller, request) if each.kind == kind]
        listed = [{"id": each.id, **asdict(each)} for each in found]
        return {f"{kind}s": listed, "waiting": await reading.waiting(caller)}

    @router.get("/{review_id}")
    async def compare(review_id: ReviewId, caller: Decider, request: Request) -> dict[str, Any]:
        """Both sides, field by field, and what speaks for one child."""
        return await reading.comparison(caller, request, review_id)

    @router.post("/{review_id}/decisions", status_code=201)
    async def decide(review_id: ReviewId, asked: Deciding, caller: Decider) -> dict[str, Any]:
        """The same child, different children, or it cannot be told."""
        if sorted(asked.seen) != numbers_of(review_id):
            raise ProblemError(422, "seen-otherwise", "seen must name the children of this review.")
        verdict = await decisions.on_two(caller, asked.seen, asked.verdict, asked.reason, "review-decide")
        return {"decision_id": verdict.id, "verdict": verdict.said}

    return router
