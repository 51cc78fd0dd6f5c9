"""A new index beside the old one, built from the stream, and the alias switched when it is complete."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.codec import UnreadableError, decode
from contracts.records import RECORDS, RecordPublished, RecordRemoved
from runtime import kafka
from runtime.settings import KafkaSettings
from services.search.index import REQUEST_TIMEOUT, Index

_BATCH = 2000


async def rebuild(index: Index, settings: KafkaSettings, progress: Callable[[int, int], None]) -> int:
    """Build, switch and drop the old index; returns how many messages were read.

    From the moment the new index exists, the running service writes to both. What it wrote before lies
    before the stream's end as taken after that moment, and is read here. So when the alias is switched the
    new index lacks nothing, and no reader ever meets an empty one.
    """
    old = await index.targets()
    new = await index.create(time.strftime("%Y%m%d%H%M%S", time.gmtime()), index.next_alias)
    RECORDS.reader("search", None)
    consumer = AIOKafkaConsumer(
        kafka.topic(settings, RECORDS),
        **kafka.connection(settings),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    await consumer.start()
    try:
        read = await _copy(consumer, index, new, progress)
    finally:
        await consumer.stop()
    await index.client.indices.refresh(index=new)
    await _switch(index, old, new)
    return read


async def _copy(consumer: AIOKafkaConsumer, index: Index, new: str, progress: Callable[[int, int], None]) -> int:
    ends = await consumer.end_offsets(consumer.assignment())
    read = 0
    while any([await consumer.position(place) < end for place, end in ends.items()]):
        batches: dict[TopicPartition, list[Any]] = await consumer.getmany(timeout_ms=500, max_records=_BATCH)
        records = [record for batch in batches.values() for record in batch]
        await index.keep(_readable(records), [new])
        read += len(records)
        progress(read, sum(ends.values()))
    return read


def _readable(records: list[Any]) -> list[RecordPublished | RecordRemoved]:
    readable = []
    for record in records:
        try:
            message = decode(RECORDS, record.value, record.key)
        except UnreadableError:
            continue  # the running service has set it aside already
        if isinstance(message, (RecordPublished, RecordRemoved)):
            readable.append(message)
    return readable


async def _switch(index: Index, old: list[str], new: str) -> None:
    await index.client.indices.update_aliases(
        actions=[
            {"add": {"index": new, "alias": index.alias}},
            {"remove": {"index": new, "alias": index.next_alias}},
            *({"remove": {"index": name, "alias": "*"}} for name in old),
        ]
    )
    # A search that is under way on an old index ends within the client's own time limit.
    await asyncio.sleep(REQUEST_TIMEOUT)
    for name in old:
        await index.client.indices.delete(index=name)
