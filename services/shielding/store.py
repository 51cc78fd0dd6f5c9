"""Shields and overrides in MongoDB: one document each, written by compare-and-set, one open shield a child."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import date, datetime
from typing import Any, Literal, get_args

from pymongo.errors import DuplicateKeyError, PyMongoError

from runtime.mongo import Database
from services.shielding.copies import Check, Copies, Leftover, Receipt, Withheld
from services.shielding.overrides import Override
from services.shielding.shield import Review, Shield

Document = dict[str, Any]

Clock = Literal["not_hidden_since", "waiting_since", "forgotten_by"]
"""Since when something has been outstanding that an alert looks at: in the document only while it is."""
_FIELDS = frozenset(each.name for each in fields(Shield))
_LARGEST_LIST = 200


class Shields:
    """Shields in MongoDB.

    A child's open shield holds the claim on the child: a document whose id is the child number, made and removed
    together with the shield. A unique index upon the shields would do in MongoDB; the engine that stands in for
    it in development does not let go of a value that was changed.
    """

    def __init__(self, database: Database) -> None:
        self._client = database.client
        self._shields = database["shields"]
        self._claims = database["claims"]

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._shields.create_index("child_number")
        await self._shields.create_index("also")
        for derived in ("unfinished", "withholding", *get_args(Clock)):
            await self._shields.create_index(derived, sparse=True)
        await self._shields.create_index("review_on")

    async def add(self, shield: Shield) -> bool:
        """Keep a new shield; false where the child already has an open one."""
        try:
            async with await self._client.start_session() as session, session.start_transaction():
                claim = {"_id": shield.child_number, "shield_id": shield.shield_id}
                await self._claims.insert_one(claim, session=session)
                await self._shields.insert_one(_document(shield), session=session)
        except PyMongoError as error:
            if isinstance(error, DuplicateKeyError) or error.has_error_label("TransientTransactionError"):
                return await self._claims.find_one({"_id": shield.child_number}) is None and await self.add(shield)
            raise
        return True

    async def get(self, shield_id: str) -> Shield | None:
        """The shield of that id."""
        return _shield(await self._shields.find_one({"_id": shield_id}))

    async def used(self, child_number: str) -> bool:
        """Whether any shield, lifted or not, ever had this number."""
        return await self._shields.find_one({"child_number": child_number}, {"_id": 1}) is not None

    async def open_for(self, child_number: str) -> Shield | None:
        """The open shield that was placed under this number."""
        return _shield(await self._shields.find_one({"child_number": child_number, "lifted_at": None}))

    async def open_over(self, child_number: str) -> Shield | None:
        """The open shield of whoever has this number: placed under it or, if none is, under another of theirs."""
        own = await self.open_for(child_number)
        found = [own] if own else await self.open_beside(child_number)
        return found[0] if found else None

    async def open_beside(self, child_number: str) -> list[Shield]:
        """The open shields that are on this number because their child has it as well, the oldest first."""
        return await self._those({"also": child_number, "lifted_at": None}, "decided_at", most=None)

    async def open_on(self, child_number: str) -> list[Shield]:
        """The open shields that are on this number: the one placed under it first, then others of its child's."""
        own = await self.open_for(child_number)
        return [*([own] if own else ()), *await self.open_beside(child_number)]

    async def withholding(self, child_number: str) -> list[Shield]:
        """The open shields for whose child's sake the record of this number is withheld, the oldest first."""
        return await self._those({"withholding": child_number, "lifted_at": None}, "decided_at", most=None)

    async def change(self, before: Shield, after: Shield) -> Shield | None:
        """Replace ``before`` by ``after`` and return it; ``None`` where somebody else changed it meanwhile."""
        grown = after.following(before)
        as_read = {"_id": before.shield_id, "revision": before.revision}
        if before.lifted_at is not None or after.lifted_at is None:
            result = await self._shields.replace_one(as_read, _document(grown))
            return grown if result.matched_count else None
        async with await self._client.start_session() as session, session.start_transaction():
            result = await self._shields.replace_one(as_read, _document(grown), session=session)
            if result.matched_count:
                claim = {"_id": after.child_number, "shield_id": after.shield_id}
                await self._claims.delete_one(claim, session=session)
        return grown if result.matched_count else None

    async def unfinished(self) -> list[Shield]:
        """Decisions that are kept but not yet in force everywhere: to publish, to fence or to lift."""
        return await self._those({"unfinished": True}, "decided_at", most=None)

    async def after(self, shield_id: str, most: int) -> list[Shield]:
        """The next shields that are not lifted, by their ids."""
        cursor = self._shields.find({"_id": {"$gt": shield_id}, "lifted_at": None}).sort("_id", 1).limit(most)
        return [shield async for each in cursor if (shield := _shield(each)) is not None]

    async def outstanding(self, since: Clock, before: datetime) -> tuple[int, datetime | None]:
        """Of how many shields something has been outstanding since ``before``, and since when of the first."""
        wanted: Document = {since: {"$lt": before}}
        first = await self._shields.find_one(wanted, {since: 1}, sort=[(since, 1)])
        return int(await self._shields.count_documents(wanted)), first[since] if first else None

    async def due(self, on: date, authority: str | None) -> list[Shield]:
        """An authority's open shields whose review has fallen due by ``on``, the longest due first."""
        return await self._those({**_due(on), "authority": authority}, "review_on")

    async def count_due(self, on: date) -> int:
        """How many reviews have fallen due."""
        return int(await self._shields.count_documents(_due(on)))

    async def _those(self, wanted: Document, order: str, most: int | None = _LARGEST_LIST) -> list[Shield]:
        cursor = self._shields.find(wanted).sort(order, 1).limit(most or 0)
        return [shield async for each in cursor if (shield := _shield(each)) is not None]


class Overrides:
    """Overrides in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._overrides = database["overrides"]

    async def prepare(self) -> None:
        """Create the index."""
        await self._overrides.create_index([("reviewed_at", 1), ("granted_at", 1)])

    async def add(self, override: Override) -> None:
        """Keep a new override."""
        await self._overrides.insert_one(_override_document(override))

    async def get(self, override_id: str) -> Override | None:
        """The override of that id."""
        return _override(await self._overrides.find_one({"_id": override_id}))

    async def change(self, before: Override, after: Override) -> Override | None:
        """Replace ``before`` by ``after`` and return it; ``None`` where somebody else changed it meanwhile."""
        grown = replace(after, revision=before.revision + 1)
        result = await self._overrides.replace_one(
            {"_id": before.override_id, "revision": before.revision}, _override_document(grown)
        )
        return grown if result.matched_count else None

    async def to_review(self, authority: str | None) -> list[Override]:
        """The overrides that an authority's officers may review and nobody has, oldest first."""
        wanted = {"reviewed_at": None, "authority": {"$in": [authority, None]}}
        cursor = self._overrides.find(wanted).sort("granted_at", 1)
        found = [_override(each) async for each in cursor.limit(_LARGEST_LIST)]
        return [each for each in found if each is not None]

    async def count_to_review(self) -> int:
        """How many overrides no officer has reviewed."""
        return int(await self._overrides.count_documents({"reviewed_at": None}))


def _due(on: date) -> Document:
    return {"lifted_at": None, "review_on": {"$lte": on.isoformat()}}


def _document(shield: Shield) -> Document:
    document = asdict(shield)
    document["_id"] = document.pop("shield_id")
    document["review_on"] = shield.review_on.isoformat()
    document["reviews"] = [{**asdict(each), "next_on": each.next_on.isoformat()} for each in shield.reviews]
    if shield.unfinished:
        document["unfinished"] = True
    if shield.withheld:
        document["withholding"] = sorted(shield.withheld)
    return document | {name: moment for name, moment in _clocks(shield).items() if moment is not None}


def _clocks(shield: Shield) -> dict[Clock, datetime | None]:
    return {
        "not_hidden_since": shield.not_hidden_since if shield.unfinished or shield.unscrubbed else None,
        "waiting_since": shield.waiting_since if shield.unscrubbed else None,
        "forgotten_by": shield.forgotten_by if shield.unpurged else None,
    }


def _shield(document: Mapping[str, Any] | None) -> Shield | None:
    if document is None:
        return None
    kept = {name: value for name, value in document.items() if name in _FIELDS}
    kept["review_on"] = date.fromisoformat(kept["review_on"])
    kept |= {name: tuple(kept.get(name, ())) for name in ("also", "also_fenced")}
    kept |= _said(kept)
    kept["others"] = {
        number: Copies(each["offset"], **_said(each)) for number, each in kept.get("others", {}).items()
    }
    kept["withheld"] = {number: _withheld(each) for number, each in kept.get("withheld", {}).items()}
    kept["reviews"] = tuple(_review(each) for each in kept.get("reviews", ()))
    return Shield(shield_id=document["_id"], **kept)


def _said(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "receipts": {name: Receipt(**each) for name, each in document["receipts"].items()},
        "checks": {name: _check(each) for name, each in document.get("checks", {}).items()},
    }


def _withheld(document: Mapping[str, Any]) -> Withheld:
    copies = document["copies"]
    return Withheld(document["revision"], document["fenced"], Copies(copies["offset"], **_said(copies)))


def _check(document: Mapping[str, Any]) -> Check:
    return Check(**{**document, "left": tuple(Leftover(**each) for each in document["left"])})


def _review(document: Mapping[str, Any]) -> Review:
    return Review(**{**document, "next_on": date.fromisoformat(document["next_on"])})


def _override_document(override: Override) -> Document:
    document = asdict(override)
    document["_id"] = document.pop("override_id")
    return document


def _override(document: Mapping[str, Any] | None) -> Override | None:
    if document is None:
        return None
    kept: dict[str, Any] = {name: value for name, value in document.items() if name != "_id"}
    return Override(override_id=document["_id"], **kept)
