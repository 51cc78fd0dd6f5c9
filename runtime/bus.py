"""The bus: batches in, keyed messages out, and offsets committed only after effect and announcement."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.structs import RecordMetadata
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaAckableMessage

from contracts import STREAMS
from contracts.base import Message, Stream, UndeclaredError
from contracts.codec import encode
from contracts.dead_letters import dead_letters_of
from contracts.heartbeats import Heartbeat
from runtime import clock, kafka
from runtime.delivery import Delivered, Delivery, Flood, FloodError, Raw
from runtime.replays import Replays
from runtime.settings import DeliverySettings, KafkaSettings

M = TypeVar("M", bound=Message)

_STREAM_OF: dict[type[Message], Stream] = {
    message: stream
    for stream in STREAMS
    for message in stream.messages
    if message is not Heartbeat and not stream.name.endswith("dead-letters.v1")
}


@dataclass(frozen=True)
class Subscription:
    """One group's reading of a stream, as the watchdog sees it."""

    delivery: Delivery
    topic: str
    subscriber: Any

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        """The running consumer; ``None`` before start and after stop."""
        return self.subscriber.consumer


class Bus:
    """A service's connection to its streams; it refuses those the service is not declared for."""

    def __init__(
        self,
        service: str,
        settings: KafkaSettings,
        delivery: DeliverySettings,
        transient: Callable[[Exception], bool] = lambda _: False,
        *,
        writes: Iterable[Stream] = (),
    ) -> None:
        """Raises :class:`UndeclaredError` for a stream in ``writes`` that the service is no declared writer of."""
        self._writes = frozenset(writes) | {dead_letters_of(service)}
        for stream in self._writes:
            stream.writer(service)
        self.service = service
        self.settings = settings
        self.flood = Flood(delivery)
        self.subscriptions: list[Subscription] = []
        self.broker = KafkaBroker(
            settings.bootstrap,
            client_id=service,
            acks="all",
            enable_idempotence=True,
            max_batch_size=256 * 1024,
            max_request_size=8 * 1024 * 1024,
            security=kafka.security(settings),
            allow_auto_create_topics=False,
            apply_types=False,
            logger=None,
            graceful_timeout=5.0,
        )
        self._delivery = delivery
        self._transient = transient
        self._letters = dead_letters_of(service)
        self._handlers: dict[tuple[str, str], Delivery] = {}
        self._stopping = asyncio.Event()
        replays = Replays(settings, self._handlers, self.publish)
        self.on(self._letters, f"{service}-replays")(replays.on_dead_letters)

    def on(
        self, stream: Stream, group: str | None = None
    ) -> Callable[[Callable[[Sequence[Delivered[M]]], Awaitable[None]]], Callable[..., Awaitable[None]]]:
        """Give each batch of ``stream`` to the decorated handler; by default the service's group.

        Raises :class:`UndeclaredError` when the contracts do not name this service as a reader.
        """
        name = group or self.service
        stream.reader(self.service, name)

        def register(
            handler: Callable[[Sequence[Delivered[M]]], Awaitable[None]],
        ) -> Callable[..., Awaitable[None]]:
            delivery = Delivery(
                stream,
                name,
                handler,  # type: ignore[arg-type]
                settings=self._delivery,
                transient=self._transient,
                set_aside=self.publish_all,
                flood=self.flood,
            )
            self._subscribe(delivery)
            return handler

        return register

    def _subscribe(self, delivery: Delivery) -> None:
        topic = kafka.topic(self.settings, delivery.stream)

        async def parse(batch: tuple[ConsumerRecord, ...]) -> KafkaAckableMessage:
            return _parse(batch, subscriber.consumer or FAKE_CONSUMER)

        subscriber: Any = self.broker.subscriber(
            topic,
            group_id=kafka.group(self.settings, delivery.group),
            batch=True,
            max_records=self._delivery.largest_batch,
            batch_timeout_ms=50,
            max_partition_fetch_bytes=8 * 1024 * 1024,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            auto_offset_reset="earliest",
            # FastStream's own parser decodes headers before any error handling: a bad one would spin for ever.
            parser=parse,
            decoder=_bare,
        )

        async def handle(batch: Sequence[Raw]) -> None:
            try:
                await delivery.take(batch)
            except FloodError:
                # Nothing is committed, nothing is fetched: the batch waits for a person and a restart.
                await self._stopping.wait()
                raise

        subscriber(handle)
        self._handlers[topic, delivery.group] = delivery
        self.subscriptions.append(Subscription(delivery, topic, subscriber))

    async def publish(self, message: Message) -> RecordMetadata:
        """Publish one message; returns where it is once all in-sync replicas have it."""
        return (await self.publish_all([message]))[0]

    async def publish_all(self, messages: Iterable[Message]) -> list[RecordMetadata]:
        """Publish keyed messages in order; returns once all in-sync replicas have all of them.

        Raises :class:`UndeclaredError` when the contracts do not name this service as the stream's writer.
        """
        sent = [
            await self.broker.publish(
                encode(message), self._topic_of(message), key=message.key.encode(), no_confirm=True
            )
            for message in messages
        ]
        return list(await asyncio.gather(*sent))

    async def beat(self, stream: Stream) -> None:
        """Append a heartbeat to every partition of a stream that this service writes."""
        stream.writer(self.service)
        beat, topic = Heartbeat(occurred_at=clock.now()), kafka.topic(self.settings, stream)
        sent = [
            await self.broker.publish(encode(beat), topic, key=beat.key.encode(), partition=each, no_confirm=True)
            for each in range(stream.partitions)
        ]
        await asyncio.gather(*sent)

    def _topic_of(self, message: Message) -> str:
        stream = _STREAM_OF.get(type(message), self._letters)
        if type(message) not in stream.messages:
            raise UndeclaredError(f"{type(message).__name__} is on no declared stream")
        if stream not in self._writes:
            raise UndeclaredError(f"{self.service} did not say that it writes {stream.name}")
        return kafka.topic(self.settings, stream)

    async def start(self) -> None:
        """Connect, and begin to consume."""
        await self.broker.start()

    async def connect(self) -> None:
        """Connect in order to publish, and consume nothing."""
        await self.broker.connect()

    async def stop(self) -> None:
        """Finish what is in hand, then disconnect."""
        self._stopping.set()
        await self.broker.stop()


def _parse(batch: tuple[ConsumerRecord, ...], consumer: Any) -> KafkaAckableMessage:
    return KafkaAckableMessage(
        body=[Raw.of(record) for record in batch],
        headers={},
        raw_message=batch,
        consumer=consumer,
        correlation_id="",
        message_id="",
    )


async def _bare(message: KafkaAckableMessage) -> Any:
    return message.body
