"""The registry's MongoDB collection: one document a child, written by compare-and-set on its revision.

A child's source records live inside its document, so that one write is one change: there is no moment at
which a source record has moved and the child's revision has not. Changes that touch several
children (a merge, a split) must be written whole; batches are, in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pymongo import InsertOne, ReplaceOne
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from contracts.codec import encode
from contracts.sources import ChildSupplied
from runtime.mongo import DUPLICATE_KEY, Database
from services.registry import matching
from services.registry.children import ChildRecord, ShieldMark, SourceRecord

Document = dict[str, Any]


class Records:
    """Child records in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._client = database.client
        self._children = database["children"]

    async def prepare(self) -> None:
        """Create the indexes.

        None is unique: a source record's changes come through one partition, and where two processes place
        it at the same moment all the same, looking again joins what they made.
        """
        await self._children.create_index("source_keys")
        await self._children.create_index("match_keys")
        await self._children.create_index("lineage")

    async def near(self, source_keys: Iterable[str], match_keys: Iterable[str]) -> list[ChildRecord]:
        """The children that hold one of the source records, or have a match key in common."""
        found: dict[str, Document] = {}
        for field, keys in (("source_keys", list(source_keys)), ("match_keys", list(match_keys))):
            if keys:
                async for document in self._children.find({field: {"$in": keys}}):
                    found[document["_id"]] = document
        return [_child(document) for document in found.values()]

    async def numbers_near(self, source_keys: Iterable[str], match_keys: Iterable[str]) -> set[str]:
        """The child numbers of :meth:`near`, without reading the records."""
        either = [{"source_keys": {"$in": list(source_keys)}}, {"match_keys": {"$in": list(match_keys)}}]
        return {found["_id"] for one in either async for found in self._children.find(one, {"_id": 1})}

    async def get(self, numbers: Iterable[str]) -> list[ChildRecord]:
        """The records with these child numbers, as far as they exist."""
        cursor = self._children.find({"_id": {"$in": list(numbers)}})
        return [_child(document) async for document in cursor]

    async def ruled_by(self, numbers: Iterable[str]) -> list[ChildRecord]:
        """The records that the shields of these child numbers rule."""
        cursor = self._children.find({"lineage": {"$in": list(numbers)}})
        return [_child(document) async for document in cursor]

    async def revisions(self, numbers: Iterable[str]) -> dict[str, int]:
        """The present revision of each child number that exists."""
        cursor = self._children.find({"_id": {"$in": list(numbers)}}, {"revision": 1})
        return {document["_id"]: document["revision"] async for document in cursor}

    async def keep(self, steps: Sequence[Sequence[ChildRecord]], before: Mapping[str, int]) -> bool:
        """Write each step whole, provided its records still have the revision that ``before`` tells.

        Returns whether all could be written; those that could not were changed by somebody else meanwhile,
        and are to be decided anew.
        """
        if await self._together([child for step in steps for child in step], before):
            return True
        # Somebody else is at some of these children: step by step, so that only theirs are decided anew.
        kept = [await self._together(step, before) for step in steps]
        return all(kept)

    async def _together(self, children: Sequence[ChildRecord], before: Mapping[str, int]) -> bool:
        """Write all or none, in one transaction: also one journal sync rather than one a record."""
        if not children:
            return True
        writes = [_write(child, before) for child in children]
        async with await self._client.start_session() as session, session.start_transaction():
            try:
                result = await self._children.bulk_write(writes, ordered=False, session=session)
                whole = bool(result.inserted_count + result.matched_count == len(writes))
            except PyMongoError as error:
                if not _changed_meanwhile(error):
                    raise
                whole = False
            if not whole:
                await session.abort_transaction()
        return whole


def _write(child: ChildRecord, before: Mapping[str, int]) -> InsertOne[Document] | ReplaceOne[Document]:
    if child.number in before:
        return ReplaceOne(_as_read(child, before), _document(child))
    return InsertOne(_document(child))


def _changed_meanwhile(error: PyMongoError) -> bool:
    if isinstance(error, BulkWriteError):
        return all(each["code"] == DUPLICATE_KEY for each in (error.details or {}).get("writeErrors", ()))
    return isinstance(error, DuplicateKeyError) or error.has_error_label("TransientTransactionError")


def _as_read(child: ChildRecord, before: Mapping[str, int]) -> Document:
    return {"_id": child.number, "revision": before[child.number]}


def _document(child: ChildRecord) -> Document:
    return {
        "_id": child.number,
        "revision": child.revision,
        "created_at": child.created_at,
        "founder": child.founder,
        "source_keys": [record.key for record in child.sources],
        "match_keys": sorted(frozenset().union(*(matching.keys(record) for record in child.live))),
        "lineage": sorted(child.lineage),
        "sources": [_source_document(record) for record in child.sources],
        "marks": {number: {"offset": m.offset, "placed": m.placed} for number, m in child.marks.items()},
        "supersedes": dict(child.supersedes),
        "superseded_by": child.superseded_by,
    }


def _source_document(record: SourceRecord) -> Mapping[str, Any]:
    """What a source supplied stays the message it was: read and written as one string, at half the cost."""
    if record.kept is not None:
        return record.kept
    document: Document = {"key": record.key, "version": record.version, "occurred_at": record.occurred_at}
    if record.supplied is not None:
        document["supplied"] = encode(record.supplied).decode()
    return document


def _child(document: Mapping[str, Any]) -> ChildRecord:
    return ChildRecord(
        number=document["_id"],
        revision=document["revision"],
        created_at=document["created_at"],
        founder=document["founder"],
        sources=tuple(_source(each) for each in document["sources"]),
        marks={number: ShieldMark(mark["offset"], mark["placed"]) for number, mark in document["marks"].items()},
        supersedes=dict(document["supersedes"]),
        superseded_by=document["superseded_by"],
    )


def _source(document: Mapping[str, Any]) -> SourceRecord:
    supplied = document.get("supplied")
    return SourceRecord(
        key=document["key"],
        version=document["version"],
        occurred_at=document["occurred_at"],
        supplied=None if supplied is None else ChildSupplied.model_validate_json(supplied),
        kept=document,
    )
