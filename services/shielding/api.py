"""The shield officers' HTTP interface."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from contracts.child_number import ChildNumber
from runtime import clock
from runtime.audit import Recorder
from runtime.problems import ProblemError
from runtime.settings import LeaseSettings
from runtime.tokens import Caller, ShieldOfficer
from services.shielding import decisions
from services.shielding.carrying_out import CarryingOut
from services.shielding.decisions import Ground, RefusedError, Shield

if TYPE_CHECKING:
    from services.shielding.store import Shields


class Placing(BaseModel):
    """What an officer decides."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    child_number: ChildNumber
    ground: Ground
    detail: Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)] | None = None
    review_on: date

    @model_validator(mode="after")
    def _explained(self) -> Placing:
        if self.ground == "other" and self.detail is None:
            raise ValueError("a ground of other needs a detail")
        return self


def routes(
    shields: Shields, carrying_out: CarryingOut, recorder: Recorder, lease: LeaseSettings, publish_within: float
) -> APIRouter:
    """Placing, showing and lifting shields."""
    router = APIRouter(prefix="/v1/shields")
    within = publish_within + lease.fenced_after

    async def found(shield_id: str) -> Shield:
        shield = await shields.get(shield_id)
        if shield is None:
            raise ProblemError(404, "not-found", "There is no shield of that id.")
        return shield

    @router.post("")
    async def place(asked: Placing, officer: ShieldOfficer) -> JSONResponse:
        """Shield a child: 201 once hidden everywhere, 202 while it is decided but not hidden yet."""
        if asked.review_on <= clock.now().date():
            raise ProblemError(422, "review-not-ahead", "review_on must be a day to come.")
        shield = _decided(asked, officer)
        if not await shields.add(shield):
            await recorder.record(
                officer, "shield-officer", "shield-place", outcome="already", children=[asked.child_number]
            )
            raise ProblemError(409, "already-shielded", "The child already has a shield that is not lifted.")
        shield = await carrying_out.carry_out(shield, within)
        return JSONResponse(_shown(shield), 201 if shield.fenced_at and shield.audited else 202)

    @router.get("/{shield_id}")
    async def show(shield_id: str, officer: ShieldOfficer) -> JSONResponse:
        """Where a shield stands."""
        shield = await found(shield_id)
        await recorder.record(
            officer, "shield-officer", "shield-read", outcome="shown", children=[shield.child_number]
        )
        return JSONResponse(_shown(shield))

    @router.post("/{shield_id}/lift-requests")
    async def request_lift(shield_id: str, officer: ShieldOfficer) -> JSONResponse:
        """Ask for the shield to be lifted; another officer must approve."""
        shield = await found(shield_id)
        await recorder.record(
            officer, "shield-officer", "shield-lift-request", outcome="asked", children=[shield.child_number]
        )
        shield = await _changed(shields, shield, officer, decisions.request_lift)
        return JSONResponse(_shown(shield), 201)

    @router.post("/{shield_id}/lift-approvals")
    async def approve_lift(shield_id: str, officer: ShieldOfficer) -> JSONResponse:
        """Approve another officer's request: the shield is lifted."""
        shield = await found(shield_id)
        # Towards showing more: audited first, and nothing is lifted without it.
        await recorder.record(
            officer, "shield-officer", "shield-lift-approve", outcome="asked", children=[shield.child_number]
        )
        shield = await _changed(shields, shield, officer, decisions.approve_lift)
        shield = await carrying_out.carry_out(shield, within)
        return JSONResponse(_shown(shield), 201 if shield.lifted_at else 202)

    return router


async def _changed(shields: Shields, shield: Shield, officer: Caller, decide: Any) -> Shield:
    try:
        kept: Shield | None = await shields.change(shield, decide(shield, officer.subject, clock.now()))
    except RefusedError as refused:
        raise ProblemError(409, refused.kind, refused.text) from None
    if kept is None:
        raise ProblemError(409, "changed-meanwhile", "The shield changed meanwhile; look again.")
    return kept


def _decided(asked: Placing, officer: Caller) -> Shield:
    return Shield(
        shield_id=str(uuid4()),
        child_number=asked.child_number,
        ground=asked.ground,
        detail=asked.detail,
        review_on=asked.review_on,
        decided_by=officer.subject,
        decided_at=clock.now(),
        organisation=officer.organisation,
        authority=officer.authority,
    )


_WORDS = {
    "decided": "NOT HIDDEN YET: the decision is kept and is being carried out.",
    "fenced": "Hidden everywhere; the stores are being rewritten.",
    "scrubbed": "Hidden everywhere, and every store is rewritten.",
    "lift-requested": "Hidden everywhere; a second officer may approve the lift.",
    "lift-approved": "Still hidden: the lift is being carried out.",
    "lifted": "Lifted: the child can be seen again.",
}


def _shown(shield: Shield) -> dict[str, Any]:
    status = shield.status()
    moments = {
        "decided_at": shield.decided_at,
        "published_at": shield.published_at,
        "fenced_at": shield.fenced_at,
        "scrubbed_at": shield.scrubbed_at,
        "lift_requested_at": shield.lift_requested_at,
        "lift_approved_at": shield.lift_approved_at,
        "lifted_at": shield.lifted_at,
    }
    return {
        "shield_id": shield.shield_id,
        "child_number": shield.child_number,
        "status": status,
        "in_words": _WORDS[status],
        "ground": shield.ground,
        "review_on": shield.review_on.isoformat(),
        **{name: moment.isoformat() for name, moment in moments.items() if moment is not None},
        "rewritten": {
            name: {"at": each.at.isoformat(), "revision": each.revision} for name, each in shield.receipts.items()
        },
    }
