"""The data managers' view of a record: every field with the sources that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter

from contracts.child_number import ChildNumber
from runtime.audit import Recorder
from runtime.problems import ProblemError
from runtime.tokens import DataManager
from services.registry.golden import Golden, Stated, assemble
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
        golden = assemble(child.live) if child is not None and child.live else None
        own = golden is not None and golden.responsible_authority.value == caller.authority
        await recorder.record(
            caller,
            "data-manager",
            "record-read",
            outcome="shown" if own else "not-found",
            children=sorted({child_number, child.number} if child is not None else {child_number}),
        )
        if child is None or golden is None or not own:
            raise ProblemError(404, "not-found", "Your authority has no record of that number.")
        return {
            "child_number": child.number,
            "revision": child.revision,
            "shielded": child.shielded,
            "supersedes": sorted(child.supersedes),
            **_fields(golden),
            "involvements": [
                each.model_dump(mode="json", exclude_none=True) for each in involvements(golden, central_team)
            ],
        }

    return router


def _fields(golden: Golden) -> dict[str, Any]:
    return {
        "names": [_stated(each) for each in golden.names],
        "date_of_birth": _stated(golden.date_of_birth),
        "gender": _stated(golden.gender),
        "addresses": [_stated(each) for each in golden.addresses],
        "identifiers": [_stated(each) for each in golden.identifiers],
        "carers": [_stated(each) for each in golden.carers],
        "responsible_authority": _stated(golden.responsible_authority),
    }


def _stated(stated: Stated[Any]) -> dict[str, Any]:
    value = stated.value
    shown = value.model_dump(mode="json", exclude_none=True) if hasattr(value, "model_dump") else value
    return {"value": shown, "sources": list(stated.sources), "as_of": stated.as_of}
