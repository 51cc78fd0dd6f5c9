"""The registry's MongoDB collection: one document a child, written by compare-and-set on its revision.

A child's source records live inside its document, so that one write is one change: there is no moment at
which a source record has moved and the child's revision has not. Changes that touch several
children (a merge, a split) must be written whole; batches are, in one transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from pymongo import ASCENDING, DESCENDING, InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure, PyMongoError

from runtime import clock
from runtime.mongo import DUPLICATE_KEY, TOO_LARGE, Database
from services.registry.children import ChildRecord
from services.registry.documents import Document, child_of, document_of
from services.registry.intentions import Intention, Tally
from services.registry.wanted import Wanted

_GONE = timedelta(days=1)
"""A process that has kept nothing for so long has ended, most likely; if it has not, it is counted anew."""

FIELDS = {
    "sources": ("source_keys", 500),
    "keys": ("match_keys", 50),
    "wide": ("wide_keys", 200),
    "doubting": ("doubt_keys", 500),
    "ruled": ("lineage", 500),
    "numbers": ("_id", 500),
}
"""By which field a word is found, and how many words are asked for at once.

The local store compares each hit with every word that was asked for.
"""


class Records:
    """Child records in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._client = database.client
        self._children = database["children"]
        self._intentions = database["intentions"]
        self._processes = database["processes"]
        self._process = str(uuid4())
        self._shielded = False

    async def prepare(self) -> None:
        """Create the indexes.

        None is unique: a source record's changes come through one partition, and where two processes place
        it at the same moment all the same, looking again joins what they made.
        """
        for field in ("source_keys", "match_keys", "lineage"):
            await self._children.create_index(field)
        for field in ("wide_keys", "doubt_keys", "verdicts.id"):
            await self._children.create_index(field, sparse=True)
        for for_officers in (False, True):
            await self._children.create_index(f"{_matter(for_officers=for_officers)}.authority", sparse=True)
        # Here too so that it is there: a transaction over several shards can make none.
        await self._intentions.create_index("at")
        await self._processes.delete_many({"at": {"$lt": clock.now() - _GONE}})

    async def near(self, wanted: Wanted) -> list[ChildRecord]:
        """The children that have one of the wanted words."""
        found = {child.number: child for child in await self._read(Wanted(sources=wanted.sources))}
        by_keys = await self.glance(replace(wanted, sources=set()))
        return [*found.values(), *(await self.get(by_keys.keys() - found.keys()))]

    async def in_doubt_with(self, children: Iterable[ChildRecord]) -> list[ChildRecord]:
        """Whoever may be one of these children, held or not."""
        return await self.near(Wanted(sources={key for child in children for key in child.doubted}))

    async def glance(self, wanted: Wanted) -> dict[str, int]:
        """The child numbers of :meth:`near`, with their revisions, without reading the records."""
        if wanted.wide and not await self._anybody_is_shielded():
            wanted = replace(wanted, wide={})
        found = await asyncio.gather(
            *(
                self._children.find({field: {"$in": part}}, {"revision": 1}).to_list(None)
                for field, part in _parts(wanted)
            )
        )
        return {document["_id"]: document["revision"] for part in found for document in part}

    async def get(self, numbers: Iterable[str]) -> list[ChildRecord]:
        """The records with these child numbers, as far as they exist."""
        return await self._read(Wanted(numbers=set(numbers)))

    async def present(self, number: str) -> ChildRecord | None:
        """The record that bears the number now, or superseded the one that did."""
        child = next(iter(await self.get([number])), None)
        while child is not None and child.superseded_by is not None:
            child = next(iter(await self.get([child.superseded_by])), None)
        return child

    async def _read(self, wanted: Wanted) -> list[ChildRecord]:
        found = await asyncio.gather(
            *(self._children.find({field: {"$in": part}}).to_list(None) for field, part in _parts(wanted))
        )
        documents = {document["_id"]: document for part in found for document in part}
        return [child_of(document) for document in documents.values()]

    async def _anybody_is_shielded(self) -> bool:
        """Whether any record has a wide key, or had: while a directory is first loaded none has."""
        if not self._shielded:
            self._shielded = await self._children.find_one({"wide_keys": {"$gte": ""}}, {"_id": 1}) is not None
        return self._shielded

    async def revisions(self, numbers: Iterable[str]) -> dict[str, int]:
        """The present revision of each child number that exists."""
        cursor = self._children.find({"_id": {"$in": list(numbers)}}, {"revision": 1})
        return {document["_id"]: document["revision"] async for document in cursor}

    async def outrun(self, said: Mapping[str, int]) -> None:
        """Have these records be newer than what was ever said of them.

        They are not where the store was restored from a backup: then whoever has heard more would take what is
        said from now on for old.
        """
        if said:
            newer = [
                UpdateOne({"_id": number, "revision": {"$lt": revision}}, {"$set": {"revision": revision + 1}})
                for number, revision in said.items()
            ]
            await self._children.bulk_write(newer, ordered=False)

    async def everything(self) -> AsyncIterator[Document]:
        """Every child's document, no more of it than what others are compared with and find it by."""
        fields = (
            "revision",
            "wide_keys",
            *(f"sources.{each}" for each in ("key", "like", "formers", "keys", "refused")),
        )
        async for document in self._children.find({}, dict.fromkeys(fields, 1)):
            yield document

    async def all_revisions(self) -> AsyncIterator[tuple[str, int]]:
        """Every child number and its present revision."""
        async for document in self._children.find({}, {"revision": 1}):
            yield document["_id"], document["revision"]

    async def whole(self, *, decided: bool = False) -> AsyncIterator[ChildRecord]:
        """Every record, in the order of the child numbers, which are drawn at random.

        Or those alone that a data manager's word is about, where ``decided``.
        """
        which = {"verdicts.id": {"$gte": ""}} if decided else {}
        async for document in self._children.find(which).sort("_id", ASCENDING):
            yield child_of(document)

    async def intend(self, intention: Intention, session: Any = None) -> None:
        """Note what is to be looked at again and announced, so that it is done whatever dies."""
        what = {"looking": sorted(intention.looking), "numbers": sorted(intention.numbers), "at": clock.now()}
        # Somebody else may have finished it meanwhile, who took this process for dead.
        await self._intentions.update_one({"_id": intention.id}, {"$set": what}, upsert=True, session=session)

    async def fulfil(self, intention: Intention) -> None:
        """Forget an intention: all is kept and announced, unless more has been intended since it was read."""
        as_read = {} if intention.at is None else {"at": intention.at}
        await self._intentions.delete_one({"_id": intention.id, **as_read})

    async def left_behind(self, before: datetime, limit: int = 20) -> list[Intention]:
        """What somebody set out to do before that moment, and has not done."""
        notes = self._intentions.find({"at": {"$lt": before}}).limit(limit)
        return [
            Intention(note["_id"], frozenset(note.get("looking", ())), tuple(note.get("numbers", ())), note["at"])
            async for note in notes
        ]

    async def unfinished(self, keys: Collection[str], but: Intention) -> frozenset[str]:
        """Which of these source records are noted in an intention that is open, and is another one."""
        about = {"_id": {"$ne": but.id}, "looking": {"$in": sorted(keys)}}
        found = self._intentions.find(about, {"looking": 1})
        return frozenset({key async for each in found for key in each["looking"]}).intersection(keys)

    async def tally(self) -> Tally:
        """How often each process has kept something so far."""
        return Tally({each["_id"]: each["kept"] async for each in self._processes.find()}, self._process)

    async def count(self) -> None:
        """Have everybody see that this process has kept something."""
        counted = {"$inc": {"kept": 1}, "$set": {"at": clock.now()}}
        await self._processes.update_one({"_id": self._process}, counted, upsert=True)

    async def keep(
        self,
        steps: Sequence[Sequence[ChildRecord]],
        before: Mapping[str, int],
        intention: Intention | None = None,
    ) -> frozenset[str]:
        """Write each step whole, provided its records still have the revision that ``before`` tells.

        The ``intention`` is noted with whatever is written: whoever sees that sees this, until it is fulfilled.
        Returns the numbers of those that could not be written, because somebody else has changed one of their step
        meanwhile: they are to be decided anew.
        """
        try:
            if await self._together([child for step in steps for child in step], before, intention):
                return frozenset()
            left = await self._uncrossed(steps, before)
        except OperationFailure as error:
            if error.code != TOO_LARGE or len(steps) < 2:
                raise
            left = list(steps)
        if len(left) < len(steps):
            return _numbers(steps) - _numbers(left) | await self.keep(left, before, intention)
        # Too much at once, or somebody else is at some of these children this very moment.
        if len(steps) == 1:
            return _numbers(steps)
        middle = len(steps) // 2
        first = await self.keep(steps[:middle], before, intention)
        return first | await self.keep(steps[middle:], before, intention)

    async def _uncrossed(
        self, steps: Sequence[Sequence[ChildRecord]], before: Mapping[str, int]
    ) -> list[Sequence[ChildRecord]]:
        """The steps of which every record still has the revision that ``before`` tells, or is new."""
        now = await self.revisions(_numbers(steps))
        return [step for step in steps if all(now.get(child.number) == before.get(child.number) for child in step)]

    async def matters(
        self, authority: str, limit: int, *, for_officers: bool = False, refused: bool = False
    ) -> list[ChildRecord]:
        """The authority's records about which there is something to decide, the worst harm first.

        For its data managers, or else ``for_officers``; or those alone of which something was ``refused``.
        """
        field = _matter(for_officers=for_officers)
        of_these = {f"{field}.refused": True} if refused else {}
        found = self._children.find({f"{field}.authority": authority, **of_these})
        cursor = found.sort([(f"{field}.harm", DESCENDING), (f"{field}.since", ASCENDING)]).limit(limit)
        return [child_of(document) async for document in cursor]

    async def count_matters(self, authority: str, *, for_officers: bool = False) -> int:
        """How many records of the authority there is something to decide about."""
        field = _matter(for_officers=for_officers)
        return await self._children.count_documents({f"{field}.authority": authority})

    async def with_verdict(self, verdict_id: str) -> list[ChildRecord]:
        """The records that a data manager's word is about."""
        return [child_of(document) async for document in self._children.find({"verdicts.id": verdict_id})]

    async def _together(
        self, children: Sequence[ChildRecord], before: Mapping[str, int], intention: Intention | None
    ) -> bool:
        """Write all or none, in one transaction: also one journal sync rather than one a record."""
        if not children:
            return True
        writes = [_write(child, before) for child in children]
        try:
            async with await self._client.start_session() as session, session.start_transaction():
                result = await self._children.bulk_write(writes, ordered=False, session=session)
                if result.inserted_count + result.matched_count == len(writes):
                    if intention is not None:
                        await self.intend(intention, session)
                    return True
                await session.abort_transaction()
        except PyMongoError as error:
            # Of the commit as of a write: the store may have ended the transaction meanwhile.
            if not _changed_meanwhile(error):
                raise
        return False


def _matter(*, for_officers: bool) -> str:
    return "matter_for_officers" if for_officers else "matter"


def _numbers(steps: Iterable[Iterable[ChildRecord]]) -> frozenset[str]:
    return frozenset(child.number for step in steps for child in step)


def _write(child: ChildRecord, before: Mapping[str, int]) -> InsertOne[Document] | ReplaceOne[Document]:
    if child.number not in before:
        return InsertOne(document_of(child))
    return ReplaceOne({"_id": child.number, "revision": before[child.number]}, document_of(child))


def _changed_meanwhile(error: PyMongoError) -> bool:
    if isinstance(error, BulkWriteError):
        return all(each["code"] == DUPLICATE_KEY for each in (error.details or {}).get("writeErrors", ()))
    return isinstance(error, DuplicateKeyError) or error.has_error_label("TransientTransactionError")


def _parts(wanted: Wanted) -> Iterator[tuple[str, list[str]]]:
    """What is wanted in small questions, each with the field that it is about."""
    for name, (field, most) in FIELDS.items():
        words = list(getattr(wanted, name))
        yield from ((field, words[at : at + most]) for at in range(0, len(words), most))
