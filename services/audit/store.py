"""Audit entries in MongoDB: only ever inserted, each once, however often it is delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import BulkWriteError

from contracts.access import AccessRecorded
from runtime.mongo import DUPLICATE_KEY, Database


class Entries:
    """The audit log."""

    def __init__(self, database: Database) -> None:
        self._entries = database["entries"]

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._entries.create_index([("child_numbers", ASCENDING), ("occurred_at", DESCENDING)])
        await self._entries.create_index([("actor", ASCENDING), ("occurred_at", DESCENDING)])
        await self._entries.create_index([("occurred_at", DESCENDING)])

    async def keep(self, entries: Sequence[AccessRecorded]) -> None:
        """Store the entries; those already stored stay as they are."""
        try:
            await self._entries.insert_many([_document(each) for each in entries], ordered=False)
        except BulkWriteError as error:
            if any(each["code"] != DUPLICATE_KEY for each in (error.details or {}).get("writeErrors", ())):
                raise

    async def find(
        self,
        *,
        limit: int,
        before: datetime | None = None,
        child_number: str | None = None,
        actor: str | None = None,
        action: str | None = None,
    ) -> list[dict[str, Any]]:
        """Entries that fit, newest first."""
        wanted: dict[str, Any] = {"child_numbers": child_number, "actor": actor, "action": action}
        wanted = {name: value for name, value in wanted.items() if value is not None}
        if before is not None:
            wanted["occurred_at"] = {"$lt": before}
        cursor = self._entries.find(wanted).sort("occurred_at", DESCENDING).limit(limit)
        return [_entry(document) async for document in cursor]


def _document(entry: AccessRecorded) -> dict[str, Any]:
    document = entry.model_dump(mode="python", exclude={"type", "event_id"})
    return {"_id": entry.event_id, **document}


def _entry(document: dict[str, Any]) -> dict[str, Any]:
    entry = {"event_id": document.pop("_id"), **document}
    # What was typed stays sealed; that there is something to open is all a list shows.
    entry["sealed"] = entry.get("sealed") is not None
    return entry
