"""The auditors' HTTP interface; their own reading is recorded too."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from contracts.access import AccessRecorded, Action
from contracts.child_number import ChildNumber
from runtime import clock
from runtime.tokens import Auditor, Caller

if TYPE_CHECKING:
    from services.audit.store import Entries

Limit = Annotated[int, Query(ge=1, le=1000)]


class OwnReading:
    """Records what auditors read, straight into the log that they read."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self._producer = f"audit-{secrets.token_hex(8)}"
        self._sequence = itertools.count(1)

    async def record(self, auditor: Caller, children: Sequence[str]) -> None:
        """Keep one entry; the answer waits for it."""
        await self._keep(auditor, "entries-read", "shown", children)

    async def turned_away(self, caller: Caller, _: str) -> None:
        """Keep that somebody who is no auditor asked to read."""
        await self._keep(caller, "refused", "role-missing", ())

    async def _keep(self, caller: Caller, action: Action, outcome: str, children: Sequence[str]) -> None:
        await self._entries.keep(
            [
                AccessRecorded(
                    event_id=str(uuid4()),
                    producer=self._producer,
                    sequence=next(self._sequence),
                    occurred_at=clock.now(),
                    actor=caller.subject,
                    role="auditor",
                    organisation=caller.organisation,
                    authority=caller.authority,
                    action=action,
                    child_numbers=tuple(children),
                    outcome=outcome,
                )
            ]
        )


def routes(entries: Entries, own: OwnReading) -> APIRouter:
    """Reading the log."""
    router = APIRouter(prefix="/v1")

    @router.get("/entries")
    async def read(
        auditor: Auditor,
        actor: str | None = None,
        action: Action | None = None,
        before: AwareDatetime | None = None,
        limit: Limit = 100,
    ) -> dict[str, Any]:
        """Entries, newest first; ``before`` pages on."""
        found = await entries.find(limit=limit, before=before, actor=actor, action=action)
        await own.record(auditor, ())
        return {"entries": found}

    @router.get("/children/{child_number}/accesses")
    async def accesses(
        child_number: ChildNumber, auditor: Auditor, before: AwareDatetime | None = None, limit: Limit = 100
    ) -> dict[str, Any]:
        """Who looked at this child, or decided something about it, newest first."""
        found = await entries.find(limit=limit, before=before, child_number=child_number)
        await own.record(auditor, (child_number,))
        return {"child_number": child_number, "accesses": found}

    return router
