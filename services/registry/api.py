"""The data managers' view of a record: every field with the sources that say so."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from contracts.child_number import ChildNumber
from runtime.audit import Recorder
from runtime.problems import ProblemError
from runtime.tokens import DataManager, OverrideHolder
from services.registry.access import may_read
from services.registry.children import ChildRecord
from services.registry.comparison import described
from services.registry.emergencies import Emergencies
from services.registry.golden import Golden
from services.registry.redaction import CentralTeam, involvements

if TYPE_CHECKING:
    from services.registry.store import Records


def routes(records: Records, recorder: Recorder, central_team: CentralTeam) -> APIRouter:
    """The registry's HTTP interface."""
    router = APIRouter(prefix="/v1")

    @router.get("/records/{child_number}")
    async def read(child_number: ChildNumber, caller: DataManager) -> dict[str, Any]:
        """One record of the data manager's own authority, audited; anything else does not exist."""
        child = await records.present(child_number)
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
        return shown(child, golden, central_team)

    return router


def override_routes(emergencies: Emergencies, central_team: CentralTeam) -> APIRouter:
    """What override holders may look at."""
    router = APIRouter(prefix="/v1/overrides")

    @router.get("/{override_id}/record")
    async def read(override_id: str, caller: OverrideHolder, request: Request) -> dict[str, Any]:
        """The one record, to the one holder, until it expires or is left; anything else does not exist."""
        child, golden = await emergencies.record(override_id, caller, request)
        return shown(child, golden, central_team)

    return router


def shown(child: ChildRecord, golden: Golden, central_team: CentralTeam) -> dict[str, Any]:
    """The whole record as JSON; sensitive services stay unnamed."""
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
