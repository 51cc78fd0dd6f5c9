"""What shield officers do, for the HTTP interface and the pages alike: each act audited, each refusal too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, NoReturn
from uuid import uuid4

from contracts.access import Action
from contracts.child_number import is_child_number, new_expected_number
from contracts.children import Child
from contracts.dead_letters import Fault
from runtime import clock
from runtime.audit import Recorder
from runtime.opening import Opening
from runtime.problems import ProblemError
from runtime.sealing import Seal
from runtime.tokens import Caller
from services.shielding import decisions
from services.shielding.asking import UNKNOWN, Approving, Placing, Reviewing, invalid, refusal
from services.shielding.carrying_out import CarryingOut
from services.shielding.decisions import RefusedError
from services.shielding.details import DetailsError, details_of
from services.shielding.shield import Review, Shield

if TYPE_CHECKING:
    from services.shielding.store import Shields

_REGISTRY_WITHIN = 2.0
"""Seconds that an officer waits, once the child is hidden, for the registry's word on who that is."""
_LOOK_EVERY = 0.05
_REDRIVEN_AT_ONCE = 100


class Officers:
    """The acts of shield officers; every method raises a problem where the act is refused."""

    def __init__(
        self,
        shields: Shields,
        carrying_out: CarryingOut,
        recorder: Recorder,
        opening: Opening,
        seal: Seal,
        *,
        within: float,
    ) -> None:
        """``seal``: to the registry; ``within``: seconds that an officer waits for a decision to be in force."""
        self._shields = shields
        self._carrying_out = carrying_out
        self._recorder = recorder
        self._opening = opening
        self._seal = seal
        self._within = within

    async def place(self, asked: Placing, officer: Caller) -> Shield:
        """Shield a child; what comes back may not be fenced yet.

        No dependency is waited for before the child is hidden. That no record has the number, the registry says
        afterwards; while it does not answer, the shield is in force.
        """
        try:
            _complete(asked)
            if asked.child_number is not None and not is_child_number(asked.child_number):
                raise RefusedError("wrong-check-digit", "That is no child number: its check digit is wrong.")
            if self._opening.stage(officer.authority) == "loading":
                raise RefusedError("authority-loading", "Your authority is not open to shield officers yet.")
            decisions.ahead(asked.review_on, clock.now().date())
            shield = await self._kept(asked, officer)
        except (RefusedError, DetailsError) as error:
            problem = refusal(error) if isinstance(error, RefusedError) else invalid(error.faults)
            await self._refuse(officer, "shield-place", problem, asked.child_number, asked.details)
        shield = await self._answered(await self._carrying_out.carry_out(shield, self._within))
        if shield.fenced_at and shield.without_record and not shield.pre_emptive:
            shield = await self._void(shield, officer)
        return shield

    async def show(self, shield_id: str, officer: Caller) -> Shield:
        """Where a shield stands."""
        shield = await self._found(shield_id)
        await self._record(officer, "shield-read", "shown", shield)
        return shield

    async def open_for(self, child_number: str, officer: Caller) -> Shield | None:
        """A child's open shield, by whichever of the child's numbers."""
        shield = await self._shields.open_over(child_number)
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
            await self._refuse(officer, "shield-redrive", refusal(refused), shield.child_number)
        await self._record(officer, "shield-redrive", "asked", shield)
        return await self._carrying_out.place_again(shield)

    async def redrive_all(self, after: str, officer: Caller) -> tuple[list[str], str | None]:
        """Publish the next shields in force anew; whose they are, and after which to go on, if there are more."""
        found = await self._shields.after(after, _REDRIVEN_AT_ONCE)
        in_force = [each for each in found if each.in_force]
        children = sorted({each.child_number for each in in_force})
        await self._recorder.record(
            officer, "shield-officer", "shield-redrive", outcome="asked", children=children
        )
        await asyncio.gather(*map(self._carrying_out.place_again, in_force))
        return children, found[-1].shield_id if len(found) == _REDRIVEN_AT_ONCE else None

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
            await self._refuse(officer, action, refusal(refused), shield.child_number)
        return kept

    async def _void(self, shield: Shield, officer: Caller) -> Shield:
        """Close a shield that no record answers to; the shield as it is where one has turned up meanwhile."""
        refused = RefusedError("unknown-child", UNKNOWN)
        # Audited first: once it is void, whoever comes under that number is not hidden.
        await self._record(officer, "shield-place", refused.kind, shield)
        while shield.without_record and shield.in_force:
            closed = await self._shields.change(shield, decisions.void(shield, clock.now()))
            if closed is not None:
                await self._carrying_out.carry_out(closed, self._within)
                raise refusal(refused)
            shield = await self._found(shield.shield_id)
        await self._record(officer, "shield-place", "placed", shield)
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

    async def _kept(self, asked: Placing, officer: Caller) -> Shield:
        """The decision, kept; raises :class:`RefusedError`, and :class:`DetailsError` where details are wrong."""
        if asked.details is None:
            shield = _decided(asked, officer)
            if not await self._shields.add(shield):
                raise decisions.claimed(await self._shields.open_for(shield.child_number))
            return shield
        known = details_of(asked.details, clock.now().date())
        # The officer's authority answers for the child until a source says who does.
        child = Child(**dict(known), responsible_authority=officer.authority or "")
        expected = replace(
            _decided(asked, officer),
            pre_emptive=True,
            sealed_details=self._seal(child.model_dump(mode="json", exclude_none=True)),
            typed=self._recorder.seal({"detail": asked.detail, "details": asked.details}),
        )
        while True:
            shield = replace(expected, child_number=new_expected_number())
            if not await self._shields.used(shield.child_number) and await self._shields.add(shield):
                return shield

    async def _answered(self, shield: Shield) -> Shield:
        """The shield once the registry has said what has become of it, or as it is after a while.

        Other numbers of the child, which the registry alone may know, are hidden by then as well.
        """
        deadline = clock.monotonic() + _REGISTRY_WITHIN
        while shield.fenced_at is not None and clock.monotonic() < deadline:
            if shield.answered or shield.without_record:
                break
            await asyncio.sleep(_LOOK_EVERY)
            shield = await self._shields.get(shield.shield_id) or shield
        return await self._carrying_out.carry_out(shield, self._within) if shield.not_fenced else shield

    async def _refuse(
        self,
        officer: Caller,
        action: Action,
        problem: ProblemError,
        number: str | None,
        details: object = None,
    ) -> NoReturn:
        known = number is not None and is_child_number(number)
        typed = {"child_number": number, "details": details}
        await self._recorder.record(
            officer,
            "shield-officer",
            action,
            outcome=problem.kind,
            typed=None if known else {name: each for name, each in typed.items() if each is not None},
            children=[number] if number is not None and known else [],
        )
        raise problem from None


def _complete(asked: Placing) -> None:
    """Raise :class:`DetailsError` unless either a number or details are given."""
    if asked.child_number is None and asked.details is None:
        raise DetailsError((Fault(field="child_number", problem="missing"),))
    if asked.child_number is not None and asked.details is not None:
        raise DetailsError((Fault(field="details", problem="not-with-child-number"),))


def _decided(asked: Placing, officer: Caller) -> Shield:
    return Shield(
        shield_id=str(uuid4()),
        child_number=asked.child_number or "",
        ground=asked.ground,
        detail=asked.detail,
        review_on=asked.review_on,
        decided_by=officer.subject,
        decided_at=clock.now(),
        organisation=officer.organisation,
        authority=officer.authority,
    )
