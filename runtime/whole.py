"""Reading a stream whole: from its beginning to its end as it was at the start, in no group."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from contracts.base import Stream
from runtime import kafka
from runtime.settings import KafkaSettings

_BATCH = 2000

Batch = tuple[list[ConsumerRecord], int]
"""Messages in their order, and the sum of the partitions' ends."""


class NoSuchStreamError(Exception):
    """There is no topic to read: that is not the same as one in which nothing is."""


async def whole(service: str, settings: KafkaSettings, stream: Stream) -> AsyncIterator[Batch]:
    """The stream's messages.

    Raises :class:`UndeclaredError` unless the service is declared to read it so.
    """
    stream.reader(service, None)
    consumer = AIOKafkaConsumer(
        kafka.topic(settings, stream),
        **kafka.connection(settings),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        if not ends:
            raise NoSuchStreamError
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            batches = await consumer.getmany(timeout_ms=500, max_records=_BATCH)
            yield [record for batch in batches.values() for record in batch], sum(ends.values())
    finally:
        await consumer.stop()
