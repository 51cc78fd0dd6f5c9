"""What a process knows of the shields, read from a real stream."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from contracts.child_number import new_child_number
from contracts.codec import encode
from contracts.shields import SHIELDS, ShieldPlaced
from deploy.engines import Engines
from runtime import clock, kafka, topics
from runtime.settings import Horizons, KafkaSettings, LeaseSettings
from runtime.shields import Shields
from tests.world import await_

LONG = LeaseSettings(length=60.0)
"""A lease that ends within a test only where something ends it."""


async def test_a_stream_made_anew_is_never_trusted_however_much_is_written_to_it(engines: Engines) -> None:
    settings = KafkaSettings(bootstrap=engines.endpoints.kafka, prefix="test-shields-")
    await made_anew(settings)
    await place(settings, 3)
    shields = Shields("search", settings, LONG)
    await shields.start()
    try:
        assert shields.trusted()
        await made_anew(settings)
        await asyncio.to_thread(await_, shields.broken)
        await place(settings, 4)
        await asyncio.to_thread(await_, lambda: shields.taken() == 7)
        assert not await shields.trusted_soon()
    finally:
        await shields.stop()


async def made_anew(settings: KafkaSettings) -> None:
    """Have an empty shield stream, whatever there was before."""
    admin = AIOKafkaAdminClient(**kafka.connection(settings))
    await admin.start()
    try:
        await admin.delete_topics([kafka.topic(settings, SHIELDS)])
    finally:
        await admin.close()
    await topics.create(settings, [SHIELDS], replicas=1, horizons=Horizons())


async def place(settings: KafkaSettings, shields: int) -> None:
    """Shield so many children."""
    async with AIOKafkaProducer(**kafka.connection(settings), acks="all") as producer:
        for _ in range(shields):
            word = ShieldPlaced(child_number=new_child_number(), shield_id="s", occurred_at=clock.now())
            await producer.send_and_wait(kafka.topic(settings, SHIELDS), encode(word), key=word.key.encode())
