"""The registry's core against its store: merged changes, stale replays, and both with many children stored.

Of these one in two hundred is shielded, so that whatever comes is sought among the shielded too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from time import monotonic

import orjson
import uvloop
from pydantic import SecretStr
from pymongo import InsertOne, ReplaceOne

from bench.crowd import is_shielded
from bench.figures import Figure
from bench.place import Place, Sizes, say
from contracts.child_number import new_child_number
from contracts.codec import read
from contracts.sources import SOURCE_CHANGES, ChildSupplied, ChildWithdrawn, SourceChange
from generator import Rates, generate
from generator.messages import message
from generator.stream import plan
from runtime import clock, mongo
from runtime.mongo import Database, MongoSettings
from runtime.service import collect_seldom
from runtime.settings import DeliverySettings
from services.registry import candidates, handlers, policy
from services.registry.batches import SETTLED_TOGETHER, batches
from services.registry.children import ChildRecord, ShieldMark
from services.registry.documents import Document, document_of
from services.registry.keeping import Keeper
from services.registry.sources import SourceRecord, arrived
from services.registry.store import Records

_BATCH = DeliverySettings().largest_batch
_SEED, _STORED_SEED = 31, 32


def measure(place: Place, sizes: Sizes) -> list[Figure]:
    """Rates beside the rate at which the store takes the same documents in bulk, with few and with many stored."""
    return uvloop.run(_measured(place, sizes))


async def _measured(place: Place, sizes: Sizes) -> list[Figure]:
    changes = [_decoded(each) for each in generate(sizes.children, _SEED)]
    collect_seldom()
    figures: list[Figure] = []
    before = 0.0
    for stored in sorted({10_000, sizes.stored}):
        database = _database(place, f"stored-{stored}")
        records = Records(database)
        await records.prepare()
        say(f"registry: storing {stored} children beforehand")
        await _prefill(database, stored)
        keeper = Keeper(records, lambda _: {}, policy.load())
        merged, documents = await _settle(keeper, records, database, changes)
        raw = await _raw(place, documents)
        replayed, _ = await _settle(keeper, records, database, changes)
        name = f"with {stored} children stored"
        figures += [
            Figure(f"merged changes, {name}", merged, "/s", raw, "the store's bulk writes of the same documents"),
            Figure(f"stale changes, {name}", replayed, "/s", raw, "the same"),
        ]
        if before:
            figures.append(Figure(f"merged changes, {name}", merged, "/s", before, "with 10,000 stored"))
        before = merged
    return figures


async def _settle(
    keeper: Keeper, records: Records, database: Database, changes: Sequence[SourceChange]
) -> tuple[float, list[Document]]:
    """Changes a second, and the documents that they ended in."""
    numbers: set[str] = set()
    began = monotonic()

    async def note(children: Iterable[ChildRecord]) -> None:
        numbers.update(child.number for child in children)

    for at in range(0, len(changes), _BATCH):
        parts = handlers.parts_of(changes[at : at + _BATCH])
        await records.fulfil(await keeper.settle_in_turn(parts, note))
    rate = len(changes) / (monotonic() - began)
    return rate, [each async for each in database["children"].find({"_id": {"$in": list(numbers)}})]


async def _raw(place: Place, documents: Sequence[Document]) -> float:
    """Documents a second that the store takes, indexed, as many in a transaction as the registry settles."""
    bare = _database(place, "bare")
    await Records(bare).prepare()
    began = monotonic()
    for batch in batches(documents, SETTLED_TOGETHER):
        writes = [InsertOne(each) for each in batch]
        async with await bare.client.start_session() as session, session.start_transaction():
            await bare["children"].bulk_write(writes, ordered=False, session=session)
    rate = len(documents) / (monotonic() - began)
    await bare.client.drop_database(bare.name)
    return rate


async def _prefill(database: Database, children: int) -> None:
    """Store so many other children, each made up of what its sources last said: nothing is matched."""
    made = made_up(children)
    while batch := list(islice(made, 2000)):
        # Again and again the store is so slow that the driver writes once more what is written already.
        writes = [ReplaceOne({"_id": each["_id"]}, each, upsert=True) for each in batch]
        await database["children"].bulk_write(writes, ordered=False)


def made_up(children: int) -> Iterator[Document]:
    """Children as their sources last told of them, one in two hundred of them shielded."""
    given: set[str] = set()
    for place, (_, held) in enumerate(plan(children, _STORED_SEED, Rates()).children):
        last = (
            arrived(_decoded(message(each, each.versions[-1], _STORED_SEED)), clock.now()).record for each in held
        )
        sources = tuple(sorted(map(_indexed, last), key=lambda each: each.key))
        if sources:
            number = next(each for each in iter(new_child_number, None) if each not in given)
            given.add(number)
            marks = {number: ShieldMark.in_force({"s": place})} if is_shielded(place) else {}
            yield document_of(ChildRecord(number, 1, clock.now(), sources[0].key, sources, marks=marks))


def _indexed(record: SourceRecord) -> SourceRecord:
    if record.like is None:
        return record
    return replace(record, keys=candidates.index_keys(record.like.person))


def _database(place: Place, name: str) -> Database:
    uri = SecretStr(place.stack.endpoints.mongo)
    return mongo.connect(MongoSettings(uri=uri, database=f"{place.stack.prefix}{name}"))


def _decoded(change: dict[str, object]) -> ChildSupplied | ChildWithdrawn:
    decoded = read(SOURCE_CHANGES, orjson.dumps(change))
    assert isinstance(decoded, (ChildSupplied, ChildWithdrawn))
    return decoded
