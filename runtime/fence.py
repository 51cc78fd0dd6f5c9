"""The shield's fence: an answer is checked after all was fetched, and leaves within a deadline of its check.

With nothing awaited between check and hand-over, a shield that is acknowledged hides its child once the lease
and the deadline have passed, in every process, however slow, paused or cut off it is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import Request

from runtime import clock
from runtime.face import must_leave_by
from runtime.problems import ProblemError
from runtime.settings import LeaseSettings
from runtime.shields import Shields

T = TypeVar("T")

_ROUNDS = 4

Decide = Callable[[bool], T]
"""What is shown, by what is known of the shields at this instant, and of whether the lease holds."""


def checked(recorded: T, decide: Decide[T], *, trusted: bool, now: float, write_within: float) -> float | None:
    """By when an answer that was decided before must have left; ``None`` when it is no longer what may be shown.

    Pure. ``now`` (monotonic seconds) is read before ``trusted`` is asked and ``decide`` looks at the shields, so
    that the deadline never counts from later than the check.
    """
    return now + write_within if decide(trusted) == recorded else None


class Fence:
    """Hands over only what may be shown at that instant, and only what was recorded."""

    def __init__(self, shields: Shields, lease: LeaseSettings) -> None:
        self._shields = shields
        self._lease = lease

    @property
    def lease_length(self) -> float:
        """Seconds for which what was asked may be relied upon, as of when the question was sent."""
        return self._lease.length

    async def pass_through(self, request: Request, decide: Decide[T], record: Callable[[T], Awaitable[None]]) -> T:
        """What to answer ``request`` with, at once: nothing may be awaited after this.

        ``decide`` is given whether the lease holds, and must look at the shields anew each time; what it makes
        is compared with ``==``. ``record`` audits it. When shields change between the audit entry and the
        check, the answer is decided, and audited, once more; raises a 503 problem when that does not end. The
        answer is aborted unless it leaves within the deadline.
        """
        for _ in range(_ROUNDS):
            shown = decide(await self._shields.trusted_soon())
            await record(shown)
            now = clock.monotonic()
            leave_by = checked(
                shown, decide, trusted=self._shields.trusted(), now=now, write_within=self._lease.write_within
            )
            if leave_by is not None:
                must_leave_by(request.scope, leave_by)
                return shown
        raise ProblemError(503, "shields-unsettled", "The shields kept changing; try again.")
