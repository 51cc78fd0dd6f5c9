"""Very many children in the registry's store beforehand, each made up of what its sources last said.

Nothing is matched: that would take days for a million. Several processes make them up, each its own.
"""

from __future__ import annotations

from asyncio import Future, get_running_loop
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import islice
from multiprocessing import get_context
from multiprocessing.shared_memory import SharedMemory
from zlib import crc32

from pymongo import InsertOne
from pymongo.errors import BulkWriteError

from bench.changes import decoded
from bench.crowd import CROWD, is_shielded
from contracts.child_number import new_child_number
from generator.messages import message
from generator.records import Record
from generator.stream import plan
from runtime import clock
from runtime.mongo import DUPLICATE_KEY, Database
from services.registry.batches import batches
from services.registry.candidates import CAP, index_keys, is_capped, kept_under
from services.registry.children import ChildRecord, ShieldMark
from services.registry.documents import Document, document_of
from services.registry.sources import SourceRecord, arrived
from services.registry.store import FIELDS

_TOGETHER = 5000
_AHEAD = 3
"""So many are made up by one process at a time, so often ahead of those that are being written."""
_AT_ONCE = 2000
_SEED = 32
_FIRST_SERIAL = 10**6
"""No seed's serials begin so late: nobody else has the numbers of those who are stored."""
_SERIALS = 2
"""For each child: of one serial in eleven no NHS number can be made."""
_SLOTS = 2**28


async def store(database: Database, children: int) -> None:
    """Store so many children, each under the keys under which the registry would keep it."""
    await _arrays_known(database)
    slots = SharedMemory(create=True, size=_SLOTS)
    parts = iter([range(first, min(first + _TOGETHER, children)) for first in range(0, children, _TOGETHER)])
    try:
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:

            def begun(part: range) -> Future[list[Document]]:
                return get_running_loop().run_in_executor(pool, made_up, part, slots.name)

            ahead = deque(map(begun, islice(parts, _AHEAD)))
            while ahead:
                documents = await ahead.popleft()
                ahead.extend(map(begun, islice(parts, 1)))
                for batch in batches(documents, _AT_ONCE):
                    await _written(database, batch)
    finally:
        slots.close()
        slots.unlink()


async def _arrays_known(database: Database) -> None:
    """Have the local store learn, while it is empty, which indexed fields hold arrays.

    The first time that one does, each connection's next question reads the whole collection into memory.
    """
    arrays = {field: [""] for field, _ in FIELDS.values() if field != "_id"}
    await database["children"].insert_one({"_id": "", **arrays, "verdicts": [{"id": ""}]})
    await database["children"].find_one({"_id": ""})
    await database["children"].delete_one({"_id": ""})


async def _written(database: Database, documents: list[Document]) -> None:
    try:
        await database["children"].bulk_write([InsertOne(each) for each in documents], ordered=False)
    except BulkWriteError as refused:
        # A number was drawn twice, or a slow store was sent again what it had written already.
        if any(each["code"] != DUPLICATE_KEY for each in (refused.details or {})["writeErrors"]):
            raise


def made_up(part: range, slots: str) -> list[Document]:
    """Children as their sources last told of them, one in two hundred of them shielded."""
    seed, first = _SEED + part.start, _FIRST_SERIAL + part.start * _SERIALS
    shared = SharedMemory(slots)
    assert shared.buf is not None
    try:
        keys = Keys(shared.buf)
        made = plan(len(part), seed, CROWD, first).children
        each = zip(part, made, strict=True)
        return [document for place, (_, held) in each for document in _document(place, held, keys, seed)]
    finally:
        shared.close()


def _document(place: int, held: Iterable[Record], keys: Keys, seed: int) -> Iterator[Document]:
    """The child's document, if any source has told of it."""
    last = (_arrived(each, seed) for each in held)
    sources = keys.given(sorted(last, key=lambda each: each.key))
    if sources:
        number = new_child_number()
        marks = {number: ShieldMark.in_force({"s": place})} if is_shielded(place) else {}
        yield document_of(ChildRecord(number, 1, clock.now(), sources[0].key, sources, marks=marks))


def _arrived(record: Record, seed: int) -> SourceRecord:
    return arrived(decoded(message(record, record.versions[-1], seed)), clock.now()).record


class Keys:
    """To how many children each key leads, at most ``CAP`` of them: counted for all processes in one memory.

    Where two keys fall on one slot, one of them is full a little sooner.
    """

    def __init__(self, slots: memoryview) -> None:
        self._slots = slots

    def given(self, records: Iterable[SourceRecord]) -> tuple[SourceRecord, ...]:
        """A child's records with the keys under which they are kept."""
        kept = tuple(
            replace(each, keys=kept_under(index_keys(each.like.person), each.like.person, self._is_full))
            if each.like
            else each
            for each in records
        )
        for slot in {self._slot(key) for each in kept for key in each.keys}:
            self._slots[slot] = min(self._slots[slot] + 1, CAP)
        return kept

    def _is_full(self, key: str) -> bool:
        return is_capped(key) and self._slots[self._slot(key)] >= CAP

    def _slot(self, key: str) -> int:
        return crc32(key.encode()) % len(self._slots)
