"""The data managers' view of a record, and an override holder's: every field with the sources that say so."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from contracts.child_number import ChildNumber
from runtime.tokens import DataManager, OverrideHolder
from services.registry.emergencies import Emergencies
from services.registry.reading import Reading
from services.registry.redaction import CentralTeam
from services.registry.showing import shown


def routes(reading: Reading) -> APIRouter:
    """The registry's HTTP interface."""
    router = APIRouter(prefix="/v1")

    @router.get("/records/{child_number}")
    async def read(child_number: ChildNumber, caller: DataManager, request: Request) -> dict[str, Any]:
        """One record of the data manager's own authority, audited; anything else does not exist."""
        return await reading.record(caller, request, child_number)

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
