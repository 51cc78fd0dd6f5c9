"""A dead letter outlives the message it points to, on real Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from contracts.base import Message
from contracts.dead_letters import DeadLetterReplayed, DeadLetterSetAside, Origin
from contracts.sources import SOURCE_CHANGES
from deploy.engines import Engines
from runtime import clock, kafka, topics
from runtime.delivery import Delivered
from runtime.replays import Replays
from runtime.settings import Horizons, KafkaSettings
from tests.runtime.test_delivery import Aside, delivery

KEPT = 3
"""The first offset that Kafka still has, where it has any."""


@pytest.mark.parametrize("written", [KEPT, KEPT + 1])
async def test_a_replay_of_what_kafka_has_forgotten_says_so_and_waits_for_nothing(
    engines: Engines, written: int
) -> None:
    settings = KafkaSettings(bootstrap=engines.endpoints.kafka, prefix=f"test-replays-{written}-")
    await topics.create(settings, [SOURCE_CHANGES], replicas=1, horizons=Horizons())
    topic = kafka.topic(settings, SOURCE_CHANGES)
    await forgotten(settings, topic, written)
    said: list[Message] = []

    async def publish(message: Message) -> None:
        said.append(message)

    async def handle(_: Sequence[Delivered[Any]]) -> None:
        raise AssertionError("there is nothing to handle")

    deliveries = {(topic, "registry"): delivery(handle, Aside())}
    letter = DeadLetterReplayed(
        origin=Origin(topic=topic, partition=0, offset=KEPT - 1), group="registry", occurred_at=clock.now()
    )
    asked: Sequence[Any] = [Delivered(letter, letter.origin)]
    async with asyncio.timeout(20):
        await Replays(settings, deliveries, publish).on_dead_letters(asked)
    (outcome,) = said
    assert isinstance(outcome, DeadLetterSetAside)
    assert (outcome.error, outcome.origin) == ("no-longer-in-kafka", letter.origin)


async def forgotten(settings: KafkaSettings, topic: str, written: int) -> None:
    """Have so many messages written to the first partition, and all before ``KEPT`` forgotten."""
    async with AIOKafkaProducer(**kafka.connection(settings), acks="all") as producer:
        for _ in range(written):
            await producer.send_and_wait(topic, b"{", partition=0)
    admin = AIOKafkaAdminClient(**kafka.connection(settings))
    await admin.start()
    try:
        await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=KEPT)})
    finally:
        await admin.close()
