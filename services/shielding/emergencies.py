"""Emergency overrides, for the HTTP interface and the pages alike: granted, ended, reviewed, and audited."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import structlog
from aiokafka.errors import KafkaError
from pydantic import StringConstraints

from contracts.access import Action
from contracts.child_number import is_child_number
from contracts.shields import OverrideEnded, OverrideGranted
from runtime import clock, metrics
from runtime.audit import Recorder
from runtime.bus import Bus
from runtime.problems import ProblemError
from runtime.tokens import Caller
from services.shielding import overrides as rules
from services.shielding.asking import Asked, Detail, refusal
from services.shielding.decisions import RefusedError
from services.shielding.overrides import LASTS, Override, ReasonCode, Verdict

if TYPE_CHECKING:
    from services.shielding.store import Overrides, Shields

log = structlog.get_logger()


class Reason(Asked):
    """Why the record must be seen, in a code and in words."""

    code: ReasonCode
    detail: Detail


class Overriding(Asked):
    """What an override holder asks for."""

    child_number: Annotated[str, StringConstraints(max_length=40, strip_whitespace=True)]
    reason: Reason


class Judging(Asked):
    """What an officer's review of an override comes to."""

    verdict: Verdict
    detail: Detail


class Emergencies:
    """Grants, ends and reviews overrides; every method raises a problem where the act is refused."""

    def __init__(
        self, overrides: Overrides, shields: Shields, bus: Bus, recorder: Recorder, acr: str, *, within: float
    ) -> None:
        """``acr``: the level of sign-in that an override needs; ``within``: seconds that Kafka is waited for."""
        self._overrides = overrides
        self._shields = shields
        self._bus = bus
        self._recorder = recorder
        self._acr = acr
        self._within = within

    async def grant(self, asked: Overriding, holder: Caller) -> Override:
        """Grant an override of one record to one holder; audited, kept for review and only then told."""
        children = [asked.child_number] if is_child_number(asked.child_number) else []
        try:
            rules.may_hold(holder.acr, self._acr)
            if not children:
                raise RefusedError("wrong-check-digit", "That is no child number: its check digit is wrong.")
        except RefusedError as refused:
            await self._record(holder, "override", refused.kind, children, asked=asked)
            raise refusal(refused) from None
        await self._record(holder, "override", "granted", children, asked=asked)
        override = await self._kept(asked, holder)
        await self._tell(
            OverrideGranted(
                override_id=override.override_id,
                child_number=override.child_number,
                holder=override.holder,
                expires_at=override.expires_at,
                occurred_at=override.granted_at,
            )
        )
        log.warning("an emergency override was granted", override=override.override_id)
        return override

    async def show(self, override_id: str, caller: Caller, role: str) -> Override:
        """An override, to its holder or to an officer who may review it."""
        override = await self._found(override_id)
        try:
            if role == "override-holder" and override.holder != caller.subject:
                raise RefusedError("not-the-holder", "Only its holder may see an override.")
            if role == "shield-officer":
                _own(override, caller)
        except RefusedError as refused:
            await self._record(caller, "override-read", refused.kind, [override.child_number], role=role)
            raise refusal(refused) from None
        await self._record(caller, "override-read", "shown", [override.child_number], role=role)
        return override

    async def end(self, override_id: str, holder: Caller) -> Override:
        """End an override: its holder has left the record."""
        override = await self._found(override_id)
        try:
            after = rules.end(override, holder.subject, clock.now())
        except RefusedError as refused:
            await self._record(holder, "override-end", refused.kind, [override.child_number])
            raise refusal(refused) from None
        # Told before it is kept: where that fails the holder tries again, and nothing says "ended" before it is.
        await self._tell(OverrideEnded(override_id=override_id, occurred_at=clock.now()))
        if after is not override:
            after = await self._overrides.change(override, after) or after
        await self._record(holder, "override-end", "ended", [override.child_number])
        return after

    async def review(self, override_id: str, asked: Judging, officer: Caller) -> Override:
        """Close the review that every override needs."""
        override = await self._found(override_id)
        children = [override.child_number]
        try:
            _own(override, officer)
            after = rules.review(override, officer.subject, asked.verdict, asked.detail, clock.now())
            await self._record(officer, "override-review", asked.verdict, children, role="shield-officer")
            kept = await self._overrides.change(override, after)
            if kept is None:
                raise RefusedError("changed-meanwhile", "The override changed meanwhile; look again.")
        except RefusedError as refused:
            await self._record(officer, "override-review", refused.kind, children, role="shield-officer")
            raise refusal(refused) from None
        return kept

    async def to_review(self, officer: Caller) -> list[Override]:
        """The overrides that wait for review by the officer's authority, or by any."""
        found = await self._overrides.to_review(officer.authority)
        children = sorted({each.child_number for each in found})
        await self._record(officer, "overrides-read", "shown", children, role="shield-officer")
        return found

    async def _kept(self, asked: Overriding, holder: Caller) -> Override:
        shield = await self._shields.open_over(asked.child_number)
        now = clock.now()
        override = Override(
            override_id=str(uuid4()),
            child_number=asked.child_number,
            holder=holder.subject,
            reason=asked.reason.code,
            detail=asked.reason.detail,
            granted_at=now,
            expires_at=now + LASTS,
            organisation=holder.organisation,
            authority=shield.authority if shield is not None else None,
        )
        await self._overrides.add(override)
        # Each one wakes somebody, however many wait for a review already.
        metrics.OVERRIDES_GRANTED.inc()
        return override

    async def _tell(self, said: OverrideGranted | OverrideEnded) -> None:
        """Publish it; raises a 503 problem where Kafka does not take it in time, and it may still arrive."""
        sending = asyncio.ensure_future(self._bus.publish(said))
        try:
            await asyncio.wait_for(asyncio.shield(sending), self._within)
        except (TimeoutError, KafkaError) as error:
            sending.add_done_callback(lambda late: late.cancelled() or late.exception())
            raise ProblemError(503, "not-told", "Nobody could be told of it: try again.") from error

    async def _found(self, override_id: str) -> Override:
        override = await self._overrides.get(override_id)
        if override is None:
            raise ProblemError(404, "not-found", "There is no override of that id.")
        return override

    async def _record(
        self,
        caller: Caller,
        action: Action,
        outcome: str,
        children: list[str],
        *,
        asked: Overriding | None = None,
        role: str = "override-holder",
    ) -> None:
        await self._recorder.record(
            caller,
            role,
            action,
            outcome=outcome,
            reason=asked.reason.code if asked else None,
            typed=asked.model_dump(mode="json") if asked else None,
            children=children,
        )


def _own(override: Override, officer: Caller) -> None:
    if override.authority not in {None, officer.authority}:
        raise RefusedError("other-authority", "Only officers of the override's authority may do this.")
