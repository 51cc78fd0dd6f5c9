"""Emergency overrides as shielding granted and ended them, in MongoDB: one document each, until forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pymongo import UpdateOne

from contracts.shields import OverrideEnded, OverrideGranted
from runtime.mongo import Database
from services.registry.overriding import REMEMBERED, Grant


class Grants:
    """What was granted and what has ended; an end holds whether it comes before or after its grant."""

    def __init__(self, database: Database) -> None:
        self._grants = database["overrides"]

    async def prepare(self) -> None:
        """Create the index by which old ones are found."""
        await self._grants.create_index("forget_at")

    async def keep(self, said: Sequence[OverrideGranted | OverrideEnded], now: datetime) -> None:
        """Keep what was said, however often it is said; forget what expired long ago."""
        await self._grants.bulk_write([_write(each) for each in said])
        await self._grants.delete_many({"forget_at": {"$lt": now}})

    async def get(self, override_id: str) -> Grant | None:
        """The grant of that id, if it has come."""
        found = await self._grants.find_one({"_id": override_id, "holder": {"$exists": True}})
        if found is None:
            return None
        ended = bool(found.get("ended"))
        return Grant(override_id, found["child_number"], found["holder"], found["expires_at"], ended)


def _write(said: OverrideGranted | OverrideEnded) -> UpdateOne:
    if isinstance(said, OverrideGranted):
        granted = {"child_number": said.child_number, "holder": said.holder, "expires_at": said.expires_at}
        change = {"$set": granted | {"forget_at": said.expires_at + REMEMBERED}}
    else:
        change = {"$set": {"ended": True}, "$setOnInsert": {"forget_at": said.occurred_at + REMEMBERED}}
    return UpdateOne({"_id": said.override_id}, change, upsert=True)
