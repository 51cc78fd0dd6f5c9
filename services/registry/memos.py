"""How far the looking for each shielded child has come, in MongoDB; of protected values it keeps salted hashes."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from runtime.mongo import Database
from services.registry.forgetting import Memo


class Memos:
    """One document a shield in force, and the salt, which never leaves this store."""

    def __init__(self, database: Database) -> None:
        self._memos = database["memos"]
        self._salts = database["salts"]
        self.salt = b""

    async def prepare(self) -> None:
        """Make the salt, once and for all processes; read it."""
        made = {"$setOnInsert": {"salt": secrets.token_bytes(32)}}
        await self._salts.update_one({"_id": "values"}, made, upsert=True)
        document = await self._salts.find_one({"_id": "values"})
        assert document is not None  # noqa: S101 - it was just made
        self.salt = bytes(document["salt"])

    async def of(self, numbers: Collection[str]) -> dict[str, Memo]:
        """What is kept of these children; of all others nothing is kept any more."""
        await self._memos.delete_many({"_id": {"$nin": list(numbers)}})
        found = await self._memos.find({}).to_list(None)
        return {each["_id"]: _memo(each) for each in found}

    async def keep(self, memo: Memo) -> None:
        """Keep it, but for what is asked: more may have been meanwhile. No value that is known is forgotten."""
        document = {
            "offset": memo.offset,
            "next_look": memo.next_look,
            "clean_since": memo.clean_since,
            "done": memo.done,
            "heeded": memo.heeded,
        }
        known = {"hashes": {"$each": sorted(memo.hashes)}}
        await self._memos.update_one({"_id": memo.number}, {"$set": document, "$addToSet": known}, upsert=True)

    async def ask(self, named: Mapping[str, Collection[str]]) -> None:
        """Have it looked anew for these children, where records are named as being them that were not before.

        Whom nobody has looked for yet is looked for with all that is known then.
        """
        known = await self._memos.find({"_id": {"$in": list(named)}}).to_list(None) if named else ()
        for each in known:
            news = sorted(set(named[each["_id"]]) - set(each.get("named", ())))
            if news:
                more = {"$inc": {"asked": 1}, "$addToSet": {"named": {"$each": news}}}
                await self._memos.update_one({"_id": each["_id"]}, more)


def _memo(document: dict[str, Any]) -> Memo:
    at: datetime | None = document["clean_since"]
    return Memo(
        document["_id"],
        document["offset"],
        document["next_look"],
        frozenset(document["hashes"]),
        at,
        document["done"],
        document.get("asked", 0),
        document.get("heeded", 0),
    )
