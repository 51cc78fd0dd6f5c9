"""Dead letters that operators want handled again: fetched from where they are, given to whom they failed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.base import Message, UndeclaredError
from contracts.dead_letters import DeadLetterReplayed, DeadLetterSetAside, DeadLetterSettled, Origin
from runtime import clock, kafka
from runtime.delivery import Delivered, Delivery, Raw
from runtime.settings import KafkaSettings

_FETCH_WITHIN = 30.0


class Replays:
    """Handles messages again; ``deliveries`` are the service's own, by topic and group."""

    def __init__(
        self,
        settings: KafkaSettings,
        deliveries: Mapping[tuple[str, str], Delivery],
        publish: Callable[[Message], Awaitable[object]],
    ) -> None:
        self._settings = settings
        self._deliveries = deliveries
        self._publish = publish

    async def on_dead_letters(self, letters: Sequence[Delivered[Message]]) -> None:
        """Handle again what operators asked to be replayed, and say how it ended."""
        for letter in letters:
            if isinstance(letter.message, DeadLetterReplayed):
                await self._replay(letter.message)

    async def _replay(self, letter: DeadLetterReplayed) -> None:
        delivery = self._deliveries.get((letter.origin.topic, letter.group))
        if delivery is None:
            raise UndeclaredError("a replay names a topic or group that this service does not read")
        raw = await _fetched(self._settings, letter.origin)
        outcome: Message = DeadLetterSetAside(
            origin=letter.origin, group=letter.group, occurred_at=clock.now(), error="no-longer-in-kafka"
        )
        if raw is not None:
            if await delivery.take([raw]):
                return
            outcome = DeadLetterSettled(
                origin=letter.origin, group=letter.group, occurred_at=clock.now(), how="handled"
            )
        await self._publish(outcome)


async def _fetched(settings: KafkaSettings, origin: Origin) -> Raw | None:
    """The message at ``origin``, or ``None`` when Kafka no longer keeps it."""
    place = TopicPartition(origin.topic, origin.partition)
    consumer = AIOKafkaConsumer(
        **kafka.connection(settings),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    await consumer.start()
    try:
        consumer.assign([place])
        starts, ends = await consumer.beginning_offsets([place]), await consumer.end_offsets([place])
        # Waiting for what is before the beginning would end with the next message, or never.
        if not starts[place] <= origin.offset < ends[place]:
            return None
        consumer.seek(place, origin.offset)
        record = await asyncio.wait_for(consumer.getone(), _FETCH_WITHIN)
    finally:
        await consumer.stop()
    return Raw.of(record) if record.offset == origin.offset else None
