"""Carrying out a data manager's decisions, or an officer's: audited, kept under what was seen, announced."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal, NoReturn
from uuid import uuid4

from contracts.access import Action
from runtime import clock
from runtime.audit import Recorder
from runtime.problems import ProblemError
from runtime.shields import Shields
from runtime.tokens import Caller
from services.registry.access import Role, is_open, may_read, role_between, role_undoing, sitting_as
from services.registry.announcing import Announcer
from services.registry.children import ChildRecord, Verdict
from services.registry.contesting import halves
from services.registry.keeping import Keeper
from services.registry.matching import Judge
from services.registry.matters import authority_of
from services.registry.policy import Policy
from services.registry.settling import Settling
from services.registry.wanted import Wanted

if TYPE_CHECKING:
    from services.registry.store import Records

Said = Literal["same", "different", "cannot-tell"]
Seen = Mapping[str, int]
"""The child numbers that a decision is about, with the revisions that the data manager had before them."""


class Decisions:
    """What data managers decide about which records are one child."""

    def __init__(
        self,
        records: Records,
        shields: Shields,
        keeper: Keeper,
        announcer: Announcer,
        recorder: Recorder,
        *,
        policy: Policy,
    ) -> None:
        self._policy = policy
        self._records = records
        self._shields = shields
        self._keeper = keeper
        self._announcer = announcer
        self._recorder = recorder

    async def on_two(self, caller: Caller, seen: Seen, said: Said, reason: str, action: Action) -> Verdict:
        """Say of two children that they are one, or are not, or that it cannot be told.

        Or of one child of whom it is asked, whether it still is.
        """
        children = await self._as_seen(seen, action, caller)
        role = await self._role(partial(role_between, children[0], children[-1], caller.roles, caller.authority))
        if role is None:
            await self._refused(caller, action, seen)
        await self._unchanged(children, seen, action, caller, role=role)
        sides = children if len(children) == 2 else halves(children[0], Judge(self._policy))
        if not sides:
            await self._refused(caller, action, seen)
        verdict = _verdict(said, _keys(sides[0]), _keys(sides[1]), caller, reason)
        if role == "shield-officer":
            verdict = replace(verdict, officers_of=frozenset(filter(None, map(authority_of, children))))
        return await self._carry_out(
            caller, action, verdict, children, lambda settling: settling.decide(verdict), role=role
        )

    async def split(self, caller: Caller, seen: Seen, keys: Collection[str], reason: str) -> Verdict:
        """Say of some source records of a child that they are another child's."""
        (child,) = await self._as_seen(seen, "split", caller)
        if not may_read(child, caller.authority):
            await self._refused(caller, "split", seen)
        await self._unchanged([child], seen, "split", caller)
        rest = _keys(child) - set(keys)
        if not rest or not set(keys) <= _keys(child):
            raise ProblemError(
                422, "nothing-to-split", "Name some of the child's source records, and leave at least one."
            )
        verdict = _verdict("different", frozenset(keys), rest, caller, reason)
        return await self._carry_out(caller, "split", verdict, [child], lambda settling: settling.decide(verdict))

    async def undo(self, caller: Caller, verdict_id: str) -> Verdict:
        """Take back a word: what the machine makes of the records, and older words, count again."""
        children = await self._records.with_verdict(verdict_id)
        verdict = next((each for child in children for each in child.verdicts if each.id == verdict_id), None)
        whose = caller.roles, caller.authority
        role = await self._role(partial(role_undoing, verdict, children, *whose)) if verdict is not None else None
        if verdict is None or role is None:
            await self._refused(caller, "merge-undo", {child.number: child.revision for child in children})
        return await self._carry_out(
            caller, "merge-undo", verdict, children, lambda settling: settling.take_back(verdict), role=role
        )

    async def _as_seen(self, seen: Seen, action: Action, caller: Caller) -> list[ChildRecord]:
        found = {child.number: child for child in await self._records.get(seen)}
        if found.keys() != seen.keys():
            await self._refused(caller, action, seen)
        return [found[number] for number in sorted(seen)]

    async def _role(self, within: Callable[..., Role | None]) -> Role | None:
        """In which role the caller may know of all of them what a decision is made on: as where they are compared.

        Raises a 503 problem where nobody can tell for want of a lease.
        """
        trusted = await self._shields.trusted_soon()
        role = within(trusted=True, fenced=self._shields.any)
        if role is not None and within(trusted=trusted, fenced=self._shields.any) is None:
            raise ProblemError(503, "shields-unknown", "It cannot be told right now who is shielded; try again.")
        return role

    def _open(self, children: Sequence[ChildRecord], caller: Caller, *, trusted: bool) -> bool:
        return is_open(children, caller.authority, trusted=trusted, fenced=self._shields.any)

    async def _unchanged(
        self,
        children: Sequence[ChildRecord],
        seen: Seen,
        action: Action,
        caller: Caller,
        *,
        role: Role = "data-manager",
    ) -> None:
        """Raise a 409 problem, which is audited as such, unless they are as the data manager saw them."""
        if any(seen[child.number] != child.revision for child in children):
            await self._recorder.record(caller, role, action, outcome="changed-meanwhile", children=sorted(seen))
            raise _changed()

    async def _refused(self, caller: Caller, action: Action, seen: Seen) -> NoReturn:
        role = sitting_as(caller.roles)[0]
        await self._recorder.record(caller, role, action, outcome="not-found", children=sorted(seen))
        raise _nothing()

    async def _carry_out(
        self,
        caller: Caller,
        action: Action,
        verdict: Verdict,
        children: Sequence[ChildRecord],
        act: Callable[[Settling], None],
        *,
        role: Role = "data-manager",
    ) -> Verdict:
        seen = {child.number: child.revision for child in children}
        heeded = any(each.id == verdict.id for child in children for each in child.verdicts)
        await self._recorder.record(
            caller,
            role,
            action,
            outcome=verdict.said,
            typed={"reason": verdict.reason},
            children=sorted(seen),
        )

        def as_seen(settling: Settling) -> None:
            if settling.heeds(verdict.id) is not heeded:
                # It is kept; something beside it was crossed by others.
                return
            if any(settling.read().get(number) != revision for number, revision in seen.items()):
                raise _changed()
            # A shield may have come while the entry was written: it is as if it had come before.
            if role == "data-manager" and not self._open(children, caller, trusted=True):
                raise _nothing()
            act(settling)

        try:
            settled = await self._keeper.settle(as_seen, Wanted(numbers=set(seen)))
        except ProblemError as problem:
            # What is in the log already did not happen, and that is to be in it too.
            await self._recorder.record(caller, role, action, outcome=problem.kind, children=sorted(seen))
            raise
        await self._announcer.announce(settled)
        return verdict


def _nothing() -> ProblemError:
    return ProblemError(404, "not-found", "Your authority has nothing of that name to decide.")


def _changed() -> ProblemError:
    return ProblemError(409, "changed-meanwhile", "The record changed meanwhile; look at it again.")


def _keys(child: ChildRecord) -> frozenset[str]:
    """What a word on the child is about: where all was withdrawn, that."""
    return frozenset(record.key for record in child.live or child.sources)


def _verdict(said: Said, ones: frozenset[str], others: frozenset[str], caller: Caller, reason: str) -> Verdict:
    return Verdict(str(uuid4()), said, ones, others, caller.subject, clock.now(), reason)
