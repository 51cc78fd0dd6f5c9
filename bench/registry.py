"""The registry's core against its store: merged changes, stale replays, and both with many children stored.

Of these one in two hundred is shielded, so that whatever comes is sought among the shielded too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from time import monotonic

import uvloop
from pymongo import InsertOne

from bench.changes import decoded
from bench.crowd import CROWD
from bench.figures import Figure
from bench.place import Place, Sizes, database, say
from bench.stored import store
from contracts.sources import SourceChange
from generator.stream import plan
from runtime.mongo import Database
from runtime.service import collect_seldom
from runtime.settings import DeliverySettings
from services.registry import handlers, policy
from services.registry.batches import SETTLED_TOGETHER, batches
from services.registry.children import ChildRecord
from services.registry.documents import Document
from services.registry.keeping import Announce, Keeper
from services.registry.store import Records

_BATCH = DeliverySettings().largest_batch
_SEED = 31


def measure(place: Place, sizes: Sizes) -> list[Figure]:
    """Rates beside the rate at which the store takes the same documents in bulk, with few and with many stored."""
    return uvloop.run(_measured(place, sizes))


async def _measured(place: Place, sizes: Sizes) -> list[Figure]:
    changes = [decoded(each) for each in plan(sizes.children, _SEED, CROWD).messages()]
    collect_seldom()
    figures: list[Figure] = []
    before = 0.0
    for stored in sorted({10_000, sizes.stored}):
        children = database(place.stack, f"stored-{stored}")
        records = Records(children)
        await records.prepare()
        say(f"registry: storing {stored} children beforehand")
        await store(children, stored)
        keeper = Keeper(records, lambda _: {}, policy.load())
        merged, documents = await _settle(keeper, records, children, changes)
        replayed, _ = await _settle(keeper, records, children, changes)
        # Last, because a collection more or less has the local store read all the others.
        raw = await _raw(place, documents)
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
    keeper: Keeper, records: Records, stored: Database, changes: Sequence[SourceChange]
) -> tuple[float, list[Document]]:
    """Changes a second, and the documents that they ended in."""
    numbers: set[str] = set()
    began = monotonic()

    async def note(children: Iterable[ChildRecord]) -> None:
        numbers.update(child.number for child in children)

    await take_in(keeper, records, changes, note)
    rate = len(changes) / (monotonic() - began)
    return rate, [each async for each in stored["children"].find({"_id": {"$in": list(numbers)}})]


async def take_in(keeper: Keeper, records: Records, changes: Sequence[SourceChange], announce: Announce) -> None:
    """Settle changes as they come by the stream, in the largest batches."""
    for batch in batches(changes, _BATCH):
        await records.fulfil(await keeper.settle_in_turn(handlers.parts_of(batch), announce))


async def _raw(place: Place, documents: Sequence[Document]) -> float:
    """Documents a second that the store takes, indexed, as many in a transaction as the registry settles."""
    bare = database(place.stack, "bare")
    await Records(bare).prepare()
    began = monotonic()
    for batch in batches(documents, SETTLED_TOGETHER):
        writes = [InsertOne(each) for each in batch]
        async with await bare.client.start_session() as session, session.start_transaction():
            await bare["children"].bulk_write(writes, ordered=False, session=session)
    rate = len(documents) / (monotonic() - began)
    await bare.client.drop_database(bare.name)
    return rate
