"""The data managers' view of a record: every field with the sources that say so."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter

from contracts.child_number import ChildNumber
from runtime.audit import Recorder
from runtime.problems import ProblemError
from runtime.tokens import DataManager
from services.registry.access import may_read
from services.registry.comparison import described
from services.registry.redaction import CentralTeam, involvements

if TYPE_CHECKING:
    from services.registry.store import Records


def routes(records: Records, recorder: Recorder, central_team: CentralTeam) -> APIRouter:
    """The registry's HTTP interface."""
    router = APIRouter(prefix="/v1")

    @router.get("/records/{child_number}")
    async def read(child_number: ChildNumber, caller: DataManager) -> dict[str, Any]:
        """One record of the data manager's own authority, audited; anything else does not exist."""
        child = next(iter(await records.get([child_number])), None)
        while child is not None and child.superseded_by is not None:
            child = next(iter(await records.get([child.superseded_by])), None)
        golden = child.golden if child is not None and may_read(child, caller.authority) else None
        await recorder.record(
            caller,
            "data-manager",
            "record-read",
            outcome="shown" if golden else "not-found",
            children=sorted({child_number, child.number} if child is not None else {child_number}),
        )
        if child is None or golden is None:
            raise ProblemError(404, "not-found", "Your authority has no record of that number.")
        return {
            "child_number": child.number,
            "revision": child.revision,
            "shielded": child.shielded,
            "supersedes": sorted(child.supersedes),
            **described(golden),
            "involvements": [
                each.model_dump(mode="json", exclude_none=True) for each in involvements(golden, central_team)
            ],
            "history": [asdict(event) for event in child.history],
        }

    return router
