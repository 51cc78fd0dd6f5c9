"""What data managers are shown: the queue, comparisons, explanations, the fate of a source record; all audited.

And officers, what is in doubt between two authorities' shielded children.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fastapi import Request

from contracts.access import Action
from runtime.audit import Recorder
from runtime.fence import Fence
from runtime.problems import ProblemError
from runtime.shields import Shields
from runtime.tokens import Caller
from services.registry import queue
from services.registry.access import Role, may_read, role_between, sitting_as
from services.registry.children import ChildRecord
from services.registry.comparison import compared, explained
from services.registry.contesting import halves
from services.registry.matching import Judge, likenesses
from services.registry.matters import authority_of
from services.registry.passing import Passing, as_it_is
from services.registry.policy import Policy
from services.registry.queue import Refused, Review
from services.registry.redaction import CentralTeam
from services.registry.showing import whole
from services.registry.wanted import Wanted

if TYPE_CHECKING:
    from services.registry.store import Records

LARGEST_QUEUE = 500


class Reading:
    """The registry's records as data managers may see them, under the shield's fence.

    A shield that is acknowledged and not marked yet counts: another authority's child is shown only while the
    lease holds and says that it is not shielded.
    """

    def __init__(
        self,
        records: Records,
        shields: Shields,
        fence: Fence,
        recorder: Recorder,
        *,
        policy: Policy,
        central_team: CentralTeam,
    ) -> None:
        self._records = records
        self._shields = shields
        self._passing = Passing(records, fence, recorder)
        self._policy = policy
        self._central_team = central_team

    @as_it_is
    async def queue(self, caller: Caller, request: Request) -> list[Review]:
        """What the caller can decide, the worst harm first."""
        mine = [child for role in sitting_as(caller.roles) for child in await self._matters(caller, role)]
        others = await self._records.in_doubt_with(mine)
        children = {child.number: child for child in (*mine, *others)}
        found = queue.reviews(mine, others, caller.authority or "")

        def decide(trusted: bool) -> list[tuple[Review, Role]]:
            pairs = ((each, [children[number] for number in each.child_numbers]) for each in found)
            roles = ((each, self._role(pair, caller, trusted=trusted)) for each, pair in pairs)
            return [(each, role) for each, role in roles if role is not None][:LARGEST_QUEUE]

        async def record(shown: list[tuple[Review, Role]]) -> None:
            for sitting in sitting_as(caller.roles):
                numbers = {n for each, role in shown if role == sitting for n in each.child_numbers}
                await self._passing.audit(request, caller, "reviews-read", "shown", numbers, role=sitting)

        return [each for each, _ in await self._passing.through(request, decide, record, read=children.values())]

    async def waiting(self, caller: Caller) -> int:
        """About how many of the caller's records there is something to decide, in the queue or not in it yet."""
        counts = [
            await self._records.count_matters(caller.authority or "", for_officers=role == "shield-officer")
            for role in sitting_as(caller.roles)
        ]
        return sum(counts)

    @as_it_is
    async def refusals(self, caller: Caller, request: Request) -> list[Refused]:
        """Refused source records of the caller's authority."""
        mine = await self._records.matters(caller.authority or "", LARGEST_QUEUE, refused=True)

        def decide(_: bool) -> list[Refused]:
            return list(queue.refusals(mine, caller.authority or ""))

        async def record(shown: list[Refused]) -> None:
            await self._passing.audit(
                request, caller, "reviews-read", "shown", {each.child_number for each in shown}
            )

        return await self._passing.through(request, decide, record, read=mine)

    @as_it_is
    async def record(self, caller: Caller, request: Request, child_number: str) -> dict[str, Any]:
        """One record of the data manager's own authority; raises a 404 problem for any other."""
        child = await self._records.present(child_number)
        numbers = sorted({child_number, child.number} if child is not None else {child_number})

        def decide(_: bool) -> bool:
            return child is not None and child.golden is not None and may_read(child, caller.authority)

        shown = await self._passed(caller, request, "record-read", numbers, decide, read=[child] if child else [])
        golden = child.golden if child is not None and shown else None
        if child is None or golden is None:
            raise ProblemError(404, "not-found", "Your authority has no record of that number.")
        return whole(child, golden, self._central_team)

    @as_it_is
    async def comparison(self, caller: Caller, request: Request, review_id: str) -> dict[str, Any]:
        """Two children side by side, or the two of whom it is asked whether they are one child after all.

        Raises a 404 problem where there is nothing for the caller to decide.
        """
        numbers, judge = queue.numbers_of(review_id), Judge(self._policy)
        children = sorted(await self._records.get(numbers), key=lambda child: child.number)
        sides = children if len(numbers) == 2 else [half for child in children for half in halves(child, judge)]
        about = children if len(numbers) == 2 else children * len(sides)

        def decide(trusted: bool) -> Role | None:
            return self._role(about, caller, trusted=trusted)

        if not await self._passed(caller, request, "review-read", numbers, decide, read=children):
            raise _nothing()
        return compared(sides[0], sides[1], judge)

    @as_it_is
    async def explanation(self, caller: Caller, request: Request, one: str, other: str) -> dict[str, Any]:
        """How likely two source records are one child's; raises a 404 problem for what the caller may not see."""
        found = await self._records.near(Wanted(sources={one, other}))
        homes = {record.key: (child, record) for child in found for record in child.compared if record.covering}
        sides = [homes[key] for key in (one, other) if key in homes]
        if len(sides) == 2:
            (mine, first), (theirs, second) = sides
            shielded = mine.shielded, theirs.shielded
            # What was refused is never compared with what was refused.
            sides = sides if any(True for _ in likenesses(first, second, shielded)) else []
        children = [child for child, _ in sides]

        def decide(trusted: bool) -> Role | None:
            return self._role(children, caller, trusted=trusted)

        numbers = [child.number for child in children]
        if not await self._passed(caller, request, "review-read", numbers, decide, read=children):
            raise _nothing()
        return explained(first, second, Judge(self._policy), shielded)

    @as_it_is
    async def status_of(self, caller: Caller, request: Request, key: str) -> dict[str, Any]:
        """Whether a source record is joined, probable, held, refused or withdrawn, and to which child it belongs.

        Whoever holds a record learns that it is held, and no more.
        """
        child = next(iter(await self._records.near(Wanted(sources={key}))), None)

        def decide(_: bool) -> bool:
            return child is not None and authority_of(child) == caller.authority

        found = [child] if child is not None else []
        numbers = [each.number for each in found]
        if (
            not await self._passed(caller, request, "source-record-read", numbers, decide, read=found)
            or child is None
        ):
            raise _nothing()
        status = queue.status_of(child, key)
        # One that is refused may have been usable once, and is joined as it was then.
        of_nobody = child.held or (status == "refused" and not any(each.key == key for each in child.live))
        return {"status": status} | ({} if of_nobody else {"child_number": child.number})

    def _role(self, children: Sequence[ChildRecord], caller: Caller, *, trusted: bool) -> Role | None:
        """In which role the caller is shown these two."""
        if len(children) != 2:
            return None
        asking, known = (caller.roles, caller.authority), self._shields.any
        return role_between(children[0], children[1], *asking, trusted=trusted, fenced=known)

    async def _matters(self, caller: Caller, role: Role) -> list[ChildRecord]:
        for_officers = role == "shield-officer"
        return await self._records.matters(caller.authority or "", LARGEST_QUEUE, for_officers=for_officers)

    async def _passed(
        self,
        caller: Caller,
        request: Request,
        action: Action,
        numbers: Sequence[str],
        decide: Any,
        *,
        read: Sequence[ChildRecord],
    ) -> bool:
        """Whether what was ``read`` is shown, by what ``decide`` makes of it: a role is the one it is shown in."""

        async def record(shown: object) -> None:
            role: Any = shown if isinstance(shown, str) else None
            await self._passing.audit(
                request, caller, action, "shown" if shown else "not-found", numbers, role=role
            )

        return bool(await self._passing.through(request, decide, record, read=read))


def _nothing() -> ProblemError:
    return ProblemError(404, "not-found", "Your authority has nothing of that name.")
