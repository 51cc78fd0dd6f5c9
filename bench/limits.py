"""What each engine does alone with the data of a load: nothing is decided or validated."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer
from pymongo import InsertOne, ReplaceOne

from bench.place import database
from contracts.base import Stream
from contracts.codec import decode
from contracts.records import RECORDS, RecordPublished, RecordRemoved
from contracts.sources import SOURCE_CHANGES
from deploy.stack import Stack
from runtime import kafka
from runtime.mongo import Database
from services.registry.store import Records
from services.search.documents import document
from services.search.index import Index
from services.search.settings import ElasticsearchSettings

_BATCH = 500
_CHUNK, _IN_FLIGHT = 500, 3


async def measured(stack: Stack) -> dict[str, float]:
    """Seconds for the whole of a load's data, by what was done."""
    consumed, _ = await _consumed(stack, SOURCE_CHANGES)
    _, bodies = await _consumed(stack, RECORDS)
    return {
        "bare consumption of the same changes": consumed,
        "bulk writes of the same child records": await _stored(stack),
        "bulk writes of the same index documents": await _indexed(stack, bodies),
    }


async def _consumed(stack: Stack, stream: Stream) -> tuple[float, list[tuple[bytes, bytes]]]:
    """Seconds to read a whole topic, and its keys and bodies."""
    found: list[tuple[bytes, bytes]] = []
    client = AIOKafkaConsumer(
        kafka.topic(stack.kafka, stream),
        **kafka.connection(stack.kafka),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    await client.start()
    try:
        end = sum((await client.end_offsets(client.assignment())).values())
        began = monotonic()
        while len(found) < end:
            for batch in (await client.getmany(timeout_ms=500, max_records=_BATCH)).values():
                found += [(record.key, record.value) for record in batch]
        return monotonic() - began, found
    finally:
        await client.stop()


async def _stored(stack: Stack) -> float:
    """Seconds for the registry's own documents: inserted, then replaced as often as each was revised.

    In batches of the registry's size, each one transaction, as the registry writes them.
    """
    documents = [each async for each in database(stack, "signpost-registry")["children"].find()]
    latest = max(each["revision"] for each in documents)
    replaced = [each for revision in range(2, latest + 1) for each in documents if each["revision"] >= revision]
    bare = database(stack, "bare")
    await Records(bare).prepare()
    began = monotonic()
    for at in range(0, len(documents), _BATCH):
        await _bulk(bare, [InsertOne(each) for each in documents[at : at + _BATCH]])
    for at in range(0, len(replaced), _BATCH):
        await _bulk(bare, [ReplaceOne({"_id": each["_id"]}, each) for each in replaced[at : at + _BATCH]])
    return monotonic() - began


async def _bulk(database: Database, writes: Sequence[Any]) -> None:
    async with await database.client.start_session() as session, session.start_transaction():
        await database["children"].bulk_write(writes, ordered=False, session=session)


async def _indexed(stack: Stack, messages: Sequence[tuple[bytes, bytes]]) -> float:
    """Seconds for every index document that search wrote, encoded beforehand, until Elasticsearch has them."""
    index = Index(ElasticsearchSettings(url=stack.endpoints.elasticsearch, prefix=stack.prefix))
    operations = [_operation(key, body) for key, body in messages]
    gate = asyncio.Semaphore(_IN_FLIGHT)

    async def write(chunk: list[Any], name: str) -> None:
        async with gate:
            await index.client.bulk(index=name, operations=chunk)

    try:
        name = await index.create("bare", f"{stack.prefix}bare")
        began = monotonic()
        await asyncio.gather(
            *(write(operations[at : at + _CHUNK], name) for at in range(0, len(operations), _CHUNK))
        )
        return monotonic() - began
    finally:
        await index.close()


def _operation(key: bytes, body: bytes) -> bytes:
    record = decode(RECORDS, body, key)
    assert isinstance(record, (RecordPublished, RecordRemoved))
    version = {"_id": record.child_number, "version": record.revision, "version_type": "external"}
    return orjson.dumps({"index": version}) + b"\n" + orjson.dumps(document(record))
