"""The HTTP interface of shield officers and override holders: thin, each call one act."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from runtime import clock
from runtime.tokens import OverrideHolder, ShieldOfficer
from services.shielding.asking import Approving, Placing, Redriving, Reviewing
from services.shielding.emergencies import Emergencies, Judging, Overriding
from services.shielding.officers import Officers
from services.shielding.showing import hidden, override_shown, shown


def routes(officers: Officers) -> APIRouter:
    """Placing, showing, reviewing and lifting shields."""
    router = APIRouter(prefix="/v1/shields")

    @router.post("")
    async def place(asked: Placing, officer: ShieldOfficer) -> JSONResponse:
        """Shield a child: 201 once hidden everywhere, 202 while it is decided but not hidden yet.

        A child may have numbers that the registry alone knows, and whoever is shielded by details is hidden once
        the registry knows them: while it does not answer, it is 202.
        """
        shield = await officers.place(asked, officer)
        return JSONResponse(shown(shield), 201 if hidden(shield) and shield.audited else 202)

    @router.get("")
    async def due(officer: ShieldOfficer, due: date | None = None) -> dict[str, Any]:
        """The shields of the officer's authority whose review is due by a day, today where none is given."""
        found = await officers.due(due or clock.now().date(), officer)
        return {"shields": [shown(each) for each in found]}

    @router.get("/{shield_id}")
    async def show(shield_id: str, officer: ShieldOfficer) -> dict[str, Any]:
        """Where a shield stands."""
        return shown(await officers.show(shield_id, officer))

    @router.post("/{shield_id}/reviews")
    async def review(shield_id: str, asked: Reviewing, officer: ShieldOfficer) -> JSONResponse:
        """Close a review with its outcome and the day of the next one."""
        return JSONResponse(shown(await officers.review(shield_id, asked, officer)), 201)

    @router.post("/{shield_id}/lift-requests")
    async def request_lift(shield_id: str, officer: ShieldOfficer) -> JSONResponse:
        """Ask for the shield to be lifted; another officer must approve."""
        return JSONResponse(shown(await officers.request_lift(shield_id, officer)), 201)

    @router.post("/{shield_id}/lift-approvals")
    async def approve_lift(shield_id: str, asked: Approving, officer: ShieldOfficer) -> JSONResponse:
        """Approve another officer's request, having seen the shield: it is lifted."""
        shield = await officers.approve_lift(shield_id, asked, officer)
        return JSONResponse(shown(shield), 201 if shield.lifted_at else 202)

    @router.post("/redrives")
    async def redrive_all(asked: Redriving, officer: ShieldOfficer) -> JSONResponse:
        """Publish the shields in force anew, some at a time: go on after ``next`` until there is none."""
        children, following = await officers.redrive_all(asked.after, officer)
        return JSONResponse({"redriven": len(children), "next": following}, 201)

    @router.post("/{shield_id}/redrives")
    async def redrive(shield_id: str, officer: ShieldOfficer) -> JSONResponse:
        """Publish a shield in force anew, so that every copy is rewritten once more."""
        return JSONResponse(shown(await officers.redrive(shield_id, officer)), 201)

    return router


def override_routes(emergencies: Emergencies) -> APIRouter:
    """Granting, ending and reviewing emergency overrides."""
    router = APIRouter(prefix="/v1/overrides")

    @router.post("")
    async def grant(asked: Overriding, holder: OverrideHolder) -> JSONResponse:
        """Override the shield of one record for a short while."""
        return JSONResponse(override_shown(await emergencies.grant(asked, holder)), 201)

    @router.get("")
    async def to_review(officer: ShieldOfficer) -> dict[str, Any]:
        """The overrides that wait for an officer's review."""
        return {"overrides": [override_shown(each) for each in await emergencies.to_review(officer)]}

    @router.get("/{override_id}")
    async def show(override_id: str, holder: OverrideHolder) -> dict[str, Any]:
        """An override, to its holder."""
        return override_shown(await emergencies.show(override_id, holder, "override-holder"))

    @router.post("/{override_id}/ends")
    async def end(override_id: str, holder: OverrideHolder) -> dict[str, Any]:
        """The holder has left the record."""
        return override_shown(await emergencies.end(override_id, holder))

    @router.post("/{override_id}/reviews")
    async def review(override_id: str, asked: Judging, officer: ShieldOfficer) -> JSONResponse:
        """Close an override's review."""
        return JSONResponse(override_shown(await emergencies.review(override_id, asked, officer)), 201)

    return router
