"""Shields in MongoDB: one document each, written by compare-and-set, at most one open shield a child."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from pymongo.errors import DuplicateKeyError

from runtime.mongo import Database
from services.shielding.decisions import Receipt, Shield

Document = dict[str, Any]


class Shields:
    """Shields in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._shields = database["shields"]

    async def prepare(self) -> None:
        """Create the indexes; the store holds that a child has one open shield at most."""
        await self._shields.create_index("open_for", unique=True, sparse=True)
        await self._shields.create_index("unfinished", sparse=True)

    async def add(self, shield: Shield) -> bool:
        """Keep a new shield; false where the child already has an open one."""
        try:
            await self._shields.insert_one(_document(shield))
        except DuplicateKeyError:
            return False
        return True

    async def get(self, shield_id: str) -> Shield | None:
        """The shield of that id."""
        return _shield(await self._shields.find_one({"_id": shield_id}))

    async def open_for(self, child_number: str) -> Shield | None:
        """The child's open shield."""
        return _shield(await self._shields.find_one({"open_for": child_number}))

    async def change(self, before: Shield, after: Shield) -> Shield | None:
        """Replace ``before`` by ``after`` and return it; ``None`` where somebody else changed it meanwhile."""
        grown = replace(after, revision=before.revision + 1)
        result = await self._shields.replace_one(
            {"_id": before.shield_id, "revision": before.revision}, _document(grown)
        )
        return grown if result.matched_count else None

    async def unfinished(self) -> list[Shield]:
        """Decisions that are kept but not yet in force everywhere: to publish, to fence or to lift."""
        cursor = self._shields.find({"unfinished": True})
        return [shield async for each in cursor if (shield := _shield(each)) is not None]


def _document(shield: Shield) -> Document:
    document = asdict(shield)
    document["_id"] = document.pop("shield_id")
    document["review_on"] = shield.review_on.isoformat()
    if shield.lifted_at is None:
        document["open_for"] = shield.child_number
    if shield.unfinished:
        document["unfinished"] = True
    return document


def _shield(document: Mapping[str, Any] | None) -> Shield | None:
    if document is None:
        return None
    fields = {name: value for name, value in document.items() if name not in {"_id", "open_for", "unfinished"}}
    fields["review_on"] = date.fromisoformat(fields["review_on"])
    fields["receipts"] = {name: Receipt(**each) for name, each in fields["receipts"].items()}
    return Shield(shield_id=document["_id"], **fields)
