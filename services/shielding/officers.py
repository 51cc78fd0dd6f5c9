"""What shield officers do, for the HTTP interface and the pages alike: each act audited, each refusal too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, NoReturn
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from contracts.access import Action
from contracts.child_number import is_child_number
from contracts.dead_letters import Fault
from runtime import clock
from runtime.audit import Recorder
from runtime.opening import Opening
from runtime.problems import ProblemError
from runtime.tokens import Caller
from services.shielding import decisions
from services.shielding.carrying_out import CarryingOut
from services.shielding.decisions import Ground, Outcome, RefusedError, Review, Shield

if TYPE_CHECKING:
    from services.shielding.store import Shields

Detail = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]

_UNKNOWN = (
    "No record has that number, so nothing was shielded. Look at the number again; to shield it before a record "
    "arrives, ask once more with pre_emptive: true."
)
_STATUS_OF = {
    "other-authority": 403,
    "level-too-low": 403,
    "authority-loading": 403,
    "not-the-holder": 403,
    "review-not-ahead": 422,
    "wrong-check-digit": 422,
}


class Asked(BaseModel):
    """Something a person asks for; what they typed is never quoted."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Placing(Asked):
    """What an officer decides; ``pre_emptive`` shields a number that no record has yet."""

    child_number: Annotated[str, StringConstraints(max_length=40, strip_whitespace=True)]
    ground: Ground
    detail: Detail | None = None
    review_on: date
    pre_emptive: bool = False

    @model_validator(mode="after")
    def _explained(self) -> Placing:
        if self.ground == "other" and self.detail is None:
            raise ValueError("a ground of other needs a detail")
        return self


class Reviewing(Asked):
    """What a review comes to, and when the next one is due."""

    outcome: Outcome
    detail: Detail | None = None
    review_on: date


class Approving(Asked):
    """The approval of a lift, by somebody who has seen the shield as of ``revision``."""

    revision: int


def refusal(refused: RefusedError) -> ProblemError:
    """A refused decision as its problem."""
    status = _STATUS_OF.get(refused.kind, 409)
    faults = [Fault(field="child_number", problem=refused.kind)] if refused.kind == "wrong-check-digit" else []
    return ProblemError(status, refused.kind, refused.text, faults)


class Officers:
    """The acts of shield officers; every method raises a problem where the act is refused."""

    def __init__(
        self,
        shields: Shields,
        carrying_out: CarryingOut,
        recorder: Recorder,
        opening: Opening,
        within: float,
    ) -> None:
        """``within``: seconds that an officer waits for a decision to be in force."""
        self._shields = shields
        self._carrying_out = carrying_out
        self._recorder = recorder
        self._opening = opening
        self._within = within

    async def place(self, asked: Placing, officer: Caller) -> Shield:
        """Shield a child; what comes back may not be fenced yet."""
        number = asked.child_number
        try:
            if not is_child_number(number):
                raise RefusedError("wrong-check-digit", "That is no child number: its check digit is wrong.")
            if self._opening.stage(officer.authority) == "loading":
                raise RefusedError("authority-loading", "Your authority is not open to shield officers yet.")
            decisions.ahead(asked.review_on, clock.now().date())
            shield = _decided(asked, officer)
            if not await self._shields.add(shield):
                raise RefusedError("already-shielded", "The child already has a shield that is not lifted.")
        except RefusedError as refused:
            await self._refuse(officer, "shield-place", refused, asked.child_number)
        shield = await self._carrying_out.carry_out(shield, self._within)
        if shield.fenced_at and shield.without_record and not asked.pre_emptive:
            shield = await self._void(shield, officer)
        return shield

    async def show(self, shield_id: str, officer: Caller) -> Shield:
        """Where a shield stands."""
        shield = await self._found(shield_id)
        await self._record(officer, "shield-read", "shown", shield)
        return shield

    async def open_for(self, child_number: str, officer: Caller) -> Shield | None:
        """A child's open shield."""
        shield = await self._shields.open_for(child_number)
        await self._recorder.record(
            officer,
            "shield-officer",
            "shield-read",
            outcome="shown" if shield else "none",
            children=[child_number] if is_child_number(child_number) else [],
        )
        return shield

    async def due(self, on: date, officer: Caller) -> list[Shield]:
        """The shields of the officer's authority whose review has fallen due by ``on``."""
        found = await self._shields.due(on, officer.authority)
        await self._recorder.record(
            officer,
            "shield-officer",
            "shields-read",
            outcome="shown",
            children=sorted({each.child_number for each in found}),
        )
        return found

    async def review(self, shield_id: str, asked: Reviewing, officer: Caller) -> Shield:
        """Close a review; the shield stays in force, whatever it comes to."""
        done = Review(asked.outcome, asked.detail, officer.subject, clock.now(), asked.review_on)
        return await self._act(
            shield_id, officer, "shield-review", lambda shield: decisions.reviewed(shield, done)
        )

    async def request_lift(self, shield_id: str, officer: Caller) -> Shield:
        """Ask for the shield to be lifted; another officer must approve."""
        return await self._act(
            shield_id,
            officer,
            "shield-lift-request",
            lambda shield: decisions.request_lift(shield, officer.subject, clock.now()),
        )

    async def approve_lift(self, shield_id: str, asked: Approving, officer: Caller) -> Shield:
        """Approve another officer's request: the shield is lifted."""
        shield = await self._act(
            shield_id,
            officer,
            "shield-lift-approve",
            lambda shield: decisions.approve_lift(shield, officer.subject, asked.revision, clock.now()),
        )
        return await self._carrying_out.carry_out(shield, self._within)

    async def redrive(self, shield_id: str, officer: Caller) -> Shield:
        """Publish a shield in force anew, so that every copy is rewritten once more."""
        shield = await self._found(shield_id)
        try:
            if not shield.in_force:
                raise RefusedError("redrive-not-possible", f"The shield is {shield.status()}, not in force.")
        except RefusedError as refused:
            await self._refuse(officer, "shield-redrive", refused, shield.child_number)
        await self._record(officer, "shield-redrive", "asked", shield)
        return await self._carrying_out.place_again(shield)

    async def _act(
        self, shield_id: str, officer: Caller, action: Action, decide: Callable[[Shield], Shield]
    ) -> Shield:
        shield = await self._found(shield_id)
        try:
            decisions.own(shield, officer.authority)
            after = decide(shield)
            # Audited first: nothing that may come to show more is done without it.
            await self._record(officer, action, "asked", shield)
            kept = await self._shields.change(shield, after)
            if kept is None:
                raise RefusedError("changed-meanwhile", "The shield changed meanwhile; look again.")
        except RefusedError as refused:
            await self._refuse(officer, action, refused, shield.child_number)
        return kept

    async def _void(self, shield: Shield, officer: Caller) -> Shield:
        """Close a shield that no record answers to; the shield as it is where one has turned up meanwhile."""
        while shield.without_record and shield.in_force:
            closed = await self._shields.change(shield, decisions.void(shield, clock.now()))
            if closed is not None:
                await self._carrying_out.carry_out(closed, self._within)
                await self._refuse(
                    officer, "shield-place", RefusedError("unknown-child", _UNKNOWN), shield.child_number
                )
            shield = await self._found(shield.shield_id)
        return shield

    async def _found(self, shield_id: str) -> Shield:
        shield = await self._shields.get(shield_id)
        if shield is None:
            raise ProblemError(404, "not-found", "There is no shield of that id.")
        return shield

    async def _record(self, officer: Caller, action: Action, outcome: str, shield: Shield) -> None:
        await self._recorder.record(
            officer, "shield-officer", action, outcome=outcome, children=[shield.child_number]
        )

    async def _refuse(self, officer: Caller, action: Action, refused: RefusedError, number: str) -> NoReturn:
        known = is_child_number(number)
        await self._recorder.record(
            officer,
            "shield-officer",
            action,
            outcome=refused.kind,
            typed=None if known else {"child_number": number},
            children=[number] if known else [],
        )
        raise refusal(refused) from None


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
        pre_emptive=asked.pre_emptive,
    )
