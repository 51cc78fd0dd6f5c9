"""Every process's own knowledge of how far authorities are open: the whole stream, in memory."""

from __future__ import annotations

import asyncio

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from contracts.codec import UnreadableError, decode
from contracts.stages import STAGES, OrganisationAdmitted, OrganisationDismissed, StageSet
from runtime import kafka
from runtime.opening import Opening
from runtime.settings import KafkaSettings

log = structlog.get_logger()

_AGAIN_AFTER = 0.2


class Stages:
    """The stages, kept current; they lag by what it takes to read a message."""

    def __init__(self, service: str, connection: KafkaSettings) -> None:
        STAGES.reader(service, None)
        self.opening = Opening()
        self._connection = connection
        self._place = TopicPartition(kafka.topic(connection, STAGES), 0)
        self._next = 0
        self._moved = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read the stream from its beginning; returns once its end, as it was at the start, is read."""
        self._task = asyncio.create_task(self._always())
        client = AIOKafkaConsumer(**kafka.connection(self._connection), enable_auto_commit=False)
        await client.start()
        try:
            end = (await client.end_offsets([self._place]))[self._place]
        finally:
            await client.stop()
        await self.reached(end - 1)

    async def stop(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def reached(self, offset: int) -> None:
        """Return once the message at this offset has been taken in."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._next > offset)

    async def _always(self) -> None:
        while True:
            try:
                await self._consume()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                log.warning("stages: trying again", exc_info=error)
                await asyncio.sleep(_AGAIN_AFTER)

    async def _consume(self) -> None:
        consumer = AIOKafkaConsumer(
            **kafka.connection(self._connection), enable_auto_commit=False, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            consumer.assign([self._place])
            consumer.seek(self._place, self._next)
            while True:
                batches = await consumer.getmany(timeout_ms=200)
                for record in batches.get(self._place, ()):
                    self._take(record)
                async with self._moved:
                    self._next = await consumer.position(self._place)
                    self._moved.notify_all()
        finally:
            await consumer.stop()

    def _take(self, record: ConsumerRecord) -> None:
        try:
            message = decode(STAGES, record.value, record.key)
        except UnreadableError as error:
            log.error("unreadable stage: taken as not open", offset=record.offset, exc_info=error)
            self._close((record.key or b"").decode(errors="replace"))
            return
        if isinstance(message, StageSet):
            self.opening.set_stage(message.authority, message.stage)
        elif isinstance(message, OrganisationAdmitted | OrganisationDismissed):
            admitted = isinstance(message, OrganisationAdmitted)
            self.opening.admit(message.authority, message.organisation, admitted=admitted)

    def _close(self, key: str) -> None:
        kind, _, rest = key.partition("/")
        if kind == "authority":
            self.opening.set_stage(rest, "loading")
        elif kind == "organisation":
            authority, _, organisation = rest.partition("/")
            self.opening.admit(authority, organisation, admitted=False)
