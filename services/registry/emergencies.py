"""What an override holder is shown: the one record, audited, through the fence, while the override is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request

from runtime import clock
from runtime.audit import Recorder
from runtime.fence import Fence
from runtime.problems import ProblemError
from runtime.shields import Shields
from runtime.tokens import Caller
from services.registry.children import ChildRecord
from services.registry.golden import Golden
from services.registry.overriding import may_see

if TYPE_CHECKING:
    from services.registry.grants import Grants
    from services.registry.store import Records


class Emergencies:
    """Shows a shielded record to the holder of an open override, and to nobody else."""

    def __init__(
        self, records: Records, grants: Grants, shields: Shields, fence: Fence, recorder: Recorder, *, acr: str
    ) -> None:
        """``acr``: the level of sign-in that it needs."""
        self._records = records
        self._grants = grants
        self._shields = shields
        self._fence = fence
        self._recorder = recorder
        self._acr = acr

    async def record(self, override_id: str, caller: Caller, request: Request) -> tuple[ChildRecord, Golden]:
        """The record; raises one and the same 404 problem for whatever the caller may not see.

        An override is for a shielded record; of whoever is not shielded it shows nothing. What is shown must be
        handed over at once: what was open before the audit entry may be over after it.
        """
        grant = await self._grants.get(override_id)
        child = await self._records.present(grant.child_number) if grant is not None else None
        golden = child.golden if child is not None and not (child.held or child.expected) else None

        def decide(_: bool) -> bool:
            allowed = caller.acr == self._acr and may_see(grant, caller.subject, clock.now())
            return allowed and golden is not None and child is not None and self._shielded(child)

        async def record(shown: bool) -> None:
            numbers = {grant.child_number} if grant is not None else set()
            await self._recorder.record(
                caller,
                "override-holder",
                "override-read",
                outcome="shown" if shown else "not-found",
                children=sorted(numbers | ({child.number} if child is not None else set())),
            )

        shown = await self._fence.pass_through(request, decide, record)
        if not shown or child is None or golden is None:
            raise ProblemError(404, "not-found", "No override of that id is open for you.")
        return child, golden

    def _shielded(self, child: ChildRecord) -> bool:
        # The record may not be marked yet.
        return child.shielded or self._shields.any(child.lineage)
