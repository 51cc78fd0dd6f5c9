"""Short connections to Kafka: publishing as a source or an operator does, and reading a topic to its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from cli.output import Code, Failure, not_running
from contracts.base import Stream
from runtime import clock, kafka
from runtime.settings import KafkaSettings

# What goes wrong is said once, in our words.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)

_LARGEST_REQUEST = 8 * 1024 * 1024
_PATIENCE = 60.0


@asynccontextmanager
async def producer(settings: KafkaSettings) -> AsyncIterator[AIOKafkaProducer]:
    """A producer whose messages are acknowledged by all in-sync replicas, each once."""
    client = AIOKafkaProducer(
        **kafka.connection(settings),
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        max_batch_size=512 * 1024,
        max_request_size=_LARGEST_REQUEST,
    )
    async with _connected(client, client.stop):
        yield client


async def read_all(settings: KafkaSettings, stream: Stream) -> list[ConsumerRecord]:
    """All that a topic holds now; nothing is committed."""
    found: list[ConsumerRecord] = []
    async with _reader(settings, stream) as client:
        ends = await client.end_offsets(client.assignment())
        while any([await client.position(place) < end for place, end in ends.items()]):
            for batch in (await client.getmany(timeout_ms=500)).values():
                found += batch
    return found


async def drained(settings: KafkaSettings, stream: Stream, group: str, tell: Callable[[int, int], None]) -> int:
    """Wait until a group has handled all that a topic holds; returns how much was outstanding.

    ``tell`` hears how much of that is done. Only looks: it does not join the group.
    """
    admin = AIOKafkaAdminClient(**kafka.connection(settings))
    async with _reader(settings, stream) as client, _connected(admin, admin.close):
        total = outstanding = await _outstanding(client, admin, kafka.group(settings, group))
        moved = clock.monotonic()
        while outstanding:
            await asyncio.sleep(0.1)
            before, outstanding = outstanding, await _outstanding(client, admin, kafka.group(settings, group))
            tell(total - outstanding, total)
            moved = moved if outstanding == before else clock.monotonic()
            if clock.monotonic() - moved > _PATIENCE:
                raise Failure(f"{group} takes nothing in any more: signpost status, and its log, say why.")
    return total


async def forget_position(settings: KafkaSettings, stream: Stream, group: str) -> None:
    """Have a group that nobody is in read the stream from its beginning when it reads next."""
    places = [TopicPartition(kafka.topic(settings, stream), each) for each in range(stream.partitions)]
    client = AIOKafkaConsumer(
        **kafka.connection(settings), group_id=kafka.group(settings, group), enable_auto_commit=False
    )
    async with _connected(client, client.stop):
        client.assign(places)
        await client.commit(await client.beginning_offsets(places))


async def _outstanding(client: AIOKafkaConsumer, admin: AIOKafkaAdminClient, group: str) -> int:
    _, left = await kafka.stands(client, admin, group, client.assignment())
    return left


@asynccontextmanager
async def _reader(settings: KafkaSettings, stream: Stream) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of all of a stream's partitions, from the beginning, in no group."""
    client = AIOKafkaConsumer(
        kafka.topic(settings, stream),
        **kafka.connection(settings),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=_LARGEST_REQUEST,
    )
    async with _connected(client, client.stop):
        yield client


@asynccontextmanager
async def _connected(client: Any, close: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    try:
        await client.start()
    except KafkaError:
        await close()
        raise not_running() from None
    try:
        yield
    except KafkaError as error:
        raise Failure(f"Kafka stopped answering ({type(error).__name__}).", Code.NOT_RUNNING) from None
    finally:
        await close()
