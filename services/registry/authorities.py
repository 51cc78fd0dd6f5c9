"""Opening an authority, stage by stage, and admitting organisations: data managers' decisions, audited."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal, NoReturn

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, StringConstraints

from contracts.access import Action
from contracts.stages import OrganisationAdmitted, OrganisationDismissed, Stage, StageSet
from runtime import clock
from runtime.audit import Recorder
from runtime.bus import Bus
from runtime.problems import ProblemError
from runtime.stages import Stages
from runtime.tokens import Caller, DataManager

Authority = Annotated[str, Path(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
Organisation = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]

_NEXT: dict[Stage, Stage] = {"loading": "shielding", "shielding": "live"}
_SEEN_WITHIN = 5.0


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Moving(_Asked):
    """The next stage, signed off by a data manager in their own words."""

    stage: Literal["shielding", "live"]
    sign_off: Words


class Admitting(_Asked):
    """An organisation whose practitioners are let in, or are let in no more."""

    organisation: Organisation
    admitted: bool = True
    reason: Words


class Authorities:
    """How far each authority has been opened; the stream is all that keeps it."""

    def __init__(self, bus: Bus, stages: Stages, recorder: Recorder) -> None:
        self._bus = bus
        self._stages = stages
        self._recorder = recorder

    def show(self, authority: str, caller: Caller) -> dict[str, Any]:
        """The authority's stage, and whom it has admitted; raises a 403 problem for another authority's."""
        if caller.authority != authority:
            raise _others()
        opening = self._stages.opening
        organisations = sorted(opening.admitted.get(authority, ()))
        return {"authority": authority, "stage": opening.stage(authority), "organisations": organisations}

    async def move(self, authority: str, asked: Moving, caller: Caller) -> dict[str, Any]:
        """Move to the next stage; there is no way back, and none is left out."""
        await self._own(authority, caller, "stage-set")
        present = self._stages.opening.stage(authority)
        if _NEXT.get(present) != asked.stage:
            problem = ProblemError(
                409, "stage-not-possible", f"The authority is {present}; only the stage after that can be next."
            )
            await self._refuse(caller, "stage-set", problem)
        await self._record(caller, "stage-set", asked.stage, {"sign_off": asked.sign_off})
        await self._publish(StageSet(authority=authority, stage=asked.stage, occurred_at=clock.now()))
        return self.show(authority, caller)

    async def admit(self, authority: str, asked: Admitting, caller: Caller) -> dict[str, Any]:
        """Let an organisation's practitioners in once the authority is live, or no more; again changes nothing."""
        await self._own(authority, caller, "organisation-admit")
        outcome = "admitted" if asked.admitted else "dismissed"
        typed = {"organisation": asked.organisation, "reason": asked.reason}
        await self._record(caller, "organisation-admit", outcome, typed)
        said = OrganisationAdmitted if asked.admitted else OrganisationDismissed
        await self._publish(said(organisation=asked.organisation, authority=authority, occurred_at=clock.now()))
        return self.show(authority, caller)

    async def _own(self, authority: str, caller: Caller, action: Action) -> None:
        if caller.authority != authority:
            await self._refuse(caller, action, _others())

    async def _refuse(self, caller: Caller, action: Action, problem: ProblemError) -> NoReturn:
        await self._record(caller, action, problem.kind)
        raise problem

    async def _record(self, caller: Caller, action: Action, outcome: str, typed: object = None) -> None:
        await self._recorder.record(caller, "data-manager", action, outcome=outcome, typed=typed)

    async def _publish(self, message: StageSet | OrganisationAdmitted | OrganisationDismissed) -> None:
        where = await self._bus.publish(message)
        # Whoever asks next is answered by what was just decided.
        await asyncio.wait_for(self._stages.reached(where.offset), _SEEN_WITHIN)


def routes(authorities: Authorities) -> APIRouter:
    """The data managers' HTTP interface to opening an authority."""
    router = APIRouter(prefix="/v1/authorities/{authority}")

    @router.get("")
    async def show(authority: Authority, caller: DataManager) -> dict[str, Any]:
        """How far the authority has been opened."""
        return authorities.show(authority, caller)

    @router.post("/stages", status_code=201)
    async def move(authority: Authority, asked: Moving, caller: DataManager) -> dict[str, Any]:
        """Move the authority to its next stage."""
        return await authorities.move(authority, asked, caller)

    @router.post("/organisations", status_code=201)
    async def admit(authority: Authority, asked: Admitting, caller: DataManager) -> dict[str, Any]:
        """Admit an organisation, or dismiss it."""
        return await authorities.admit(authority, asked, caller)

    return router


def _others() -> ProblemError:
    return ProblemError(403, "other-authority", "Only data managers of the authority itself may do this.")
