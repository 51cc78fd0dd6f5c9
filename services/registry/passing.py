"""How what was read of the records is handed over: audited, and only while it is so; under the shield's fence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from functools import wraps
from math import inf
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from fastapi import Request

from contracts.access import Action
from runtime import clock
from runtime.audit import Recorder
from runtime.fence import Decide, Fence
from runtime.problems import ProblemError
from runtime.tokens import Caller
from services.registry.access import Role, sitting_as
from services.registry.children import ChildRecord

if TYPE_CHECKING:
    from services.registry.store import Records

_LOOKS = 4
_UNSETTLED = "The records keep changing, or the store is too slow to tell whether they do; try again."

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")


class _ChangedError(Exception):
    """What was read is not so any more, or nobody knows whether it is."""


def as_it_is(
    read: Callable[Concatenate[S, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Read anew where children have changed while the answer was audited: another authority may have them now.

    Raises a 503 problem where that does not end.
    """

    @wraps(read)
    async def unchanged(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(_LOOKS):
            try:
                return await read(self, *args, **kwargs)
            except _ChangedError:
                continue
        raise ProblemError(503, "records-unsettled", _UNSETTLED)

    return unchanged


class Passing:
    """From the records to those who asked, for what is read within :func:`as_it_is`."""

    def __init__(self, records: Records, fence: Fence, recorder: Recorder) -> None:
        self._records = records
        self._fence = fence
        self._recorder = recorder

    async def through(
        self,
        request: Request,
        decide: Decide[T],
        record: Callable[[T], Awaitable[None]],
        *,
        read: Collection[ChildRecord],
    ) -> T:
        """As the fence lets it pass, while the children are known to be as they were ``read``.

        That is known for as long as a lease runs, from when it was asked: a child who goes to another authority
        afterwards, and is shielded there, is hidden everywhere no sooner than this answer has left.
        """
        known_until = inf

        def decided(trusted: bool) -> T:
            if clock.monotonic() >= known_until:
                raise _ChangedError
            return decide(trusted)

        async def recorded(shown: T) -> None:
            nonlocal known_until
            await record(shown)
            known_until = clock.monotonic() + self._fence.lease_length
            await self._unchanged(read)

        return await self._fence.pass_through(request, decided, recorded)

    async def audit(
        self,
        request: Request,
        caller: Caller,
        action: Action,
        outcome: str,
        numbers: Iterable[str],
        *,
        role: Role | None = None,
    ) -> None:
        """Record what is shown, once for each request: looked at again, it may be the same."""
        sitting, children = role or sitting_as(caller.roles)[0], sorted(numbers)
        entry, entries = (action, sitting, outcome, *children), request.scope.setdefault("signpost_audited", set())
        if entry not in entries:
            await self._recorder.record(caller, sitting, action, outcome=outcome, children=children)
            entries.add(entry)

    async def _unchanged(self, read: Iterable[ChildRecord]) -> None:
        """Raise :class:`_ChangedError` where one of the children is not as it was read."""
        revisions = {child.number: child.revision for child in read}
        if revisions and await self._records.revisions(revisions) != revisions:
            raise _ChangedError
