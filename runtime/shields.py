"""Every process's own knowledge of the shields: the whole stream, in memory, and a lease on trusting it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from contracts.child_number import is_child_number
from contracts.codec import UnreadableError, decode
from contracts.shields import SHIELDS, WITHHELD, ShieldLifted, ShieldPlaced
from runtime import clock, kafka, metrics
from runtime.delivery import ContentionError
from runtime.lease import Lease
from runtime.overlay import Overlay
from runtime.settings import KafkaSettings, LeaseSettings

log = structlog.get_logger()


_KNOWN_WITHIN = 5.0


class PartitionsError(Exception):
    """The shield stream must have exactly one partition: what is in another would be read by nobody."""


class Shields:
    """The shields in force, kept current, and whether that may be relied on now."""

    def __init__(self, service: str, connection: KafkaSettings, settings: LeaseSettings) -> None:
        SHIELDS.reader(service, None)
        self._connection = connection
        self._settings = settings
        self._lease = Lease(settings.length)
        self._place = TopicPartition(kafka.topic(connection, SHIELDS), 0)
        self._overlay = Overlay()
        self._by_details: dict[str, ShieldPlaced] = {}
        # What is asked of the shields is asked of the overlay; whether it may be believed, of the lease.
        self.of = self._overlay.of
        self.any = self._overlay.any
        self.holds = self._overlay.holds
        self.withholding = self._overlay.withholding
        self.in_force = self._overlay.in_force
        self._next = 0
        self._moved = asyncio.Event()
        self._caught_up = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def taken(self) -> int:
        """How many words were taken in so far: while it stays the same, so do the shields in force."""
        return self._overlay.taken

    def by_details(self) -> list[ShieldPlaced]:
        """The shields in force of children who were expected: each as it was last placed."""
        return list(self._by_details.values())

    def broken(self) -> bool:
        """Whether nothing that was read may be trusted again: the process is to read the stream anew."""
        return self._lease.broken

    def trusted(self) -> bool:
        """Whether the lease holds now: only then may a protected field be shown."""
        return self._lease.valid(clock.monotonic())

    async def trusted_soon(self) -> bool:
        """Whether the lease holds, after waiting for it a short while if need be."""
        deadline = clock.monotonic() + self._settings.wait
        while not self.trusted():
            left = deadline - clock.monotonic()
            if left <= 0:
                return False
            self._moved.clear()
            try:
                await asyncio.wait_for(self._moved.wait(), left)
            except TimeoutError:
                return self.trusted()
        return True

    async def known_as_of_now(self) -> None:
        """Return once every word has been taken in that is in the stream at this moment.

        Raises :class:`ContentionError` where that takes too long: Kafka may be away.
        """
        asked, deadline = clock.monotonic(), clock.monotonic() + _KNOWN_WITHIN
        while self._lease.proven < asked:
            self._moved.clear()
            try:
                await asyncio.wait_for(self._moved.wait(), max(0.0, deadline - clock.monotonic()))
            except TimeoutError:
                raise ContentionError from None

    async def start(self) -> None:
        """Read the stream from its beginning; returns once its end, as it was at the start, is consumed."""
        self._tasks = [asyncio.create_task(self._always(task)) for task in (self._consume, self._poll)]
        await self._caught_up.wait()

    async def stop(self) -> None:
        """Stop reading; the lease runs out."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _always(self, task: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await task()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                log.warning("shield stream: trying again", exc_info=error)
                await asyncio.sleep(self._settings.poll_every)

    async def _consume(self) -> None:
        consumer = AIOKafkaConsumer(
            **kafka.connection(self._connection), enable_auto_commit=False, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            found = await self._partitions(consumer)
            if found != {0}:
                raise PartitionsError
            consumer.assign([self._place])
            # Where reading broke off: from the beginning again, a lift of long ago would undo a shield of now.
            consumer.seek(self._place, self._next)
            while True:
                batches = await consumer.getmany(timeout_ms=200)
                for record in batches.get(self._place, ()):
                    self._take(record)
                    self._next = record.offset + 1
                self._lease.consumed(await consumer.position(self._place))
                self._advanced()
        finally:
            await consumer.stop()

    async def _partitions(self, consumer: AIOKafkaConsumer) -> set[int]:
        # The client keeps metadata of the topics that it is told of.
        await consumer._client.set_topics([self._place.topic])
        return set(consumer.partitions_for_topic(self._place.topic) or ())

    async def _poll(self) -> None:
        # A client of its own: Kafka answers a connection's requests in order, and the other one long-polls.
        client = AIOKafkaConsumer(**kafka.connection(self._connection), enable_auto_commit=False)
        await client.start()
        try:
            while True:
                sent, position = clock.monotonic(), self._lease.position
                ends = await client.end_offsets([self._place])
                self._lease.polled(sent, ends[self._place], position)
                self._advanced()
                await asyncio.sleep(max(0.0, sent + self._settings.poll_every - clock.monotonic()))
        finally:
            await client.stop()

    def _advanced(self) -> None:
        trusted = self.trusted()
        metrics.LEASE_VALID.set(trusted)
        if trusted:
            self._caught_up.set()
            self._moved.set()

    def _take(self, record: ConsumerRecord) -> None:
        number = (record.key or b"").decode(errors="replace")
        try:
            message = decode(SHIELDS, record.value, record.key)
        except UnreadableError as error:
            log.error("unreadable shield: taken as one that hides", offset=record.offset, exc_info=error)
            message = None
        if number.startswith(WITHHELD):
            revision = getattr(message, "revision", None)
            self._overlay.withhold(record.offset, number.removeprefix(WITHHELD), revision)
            return
        lifted, shield_id = isinstance(message, ShieldLifted), getattr(message, "shield_id", "")
        if isinstance(message, ShieldPlaced) and message.sealed_details is not None:
            self._by_details[shield_id] = message
        elif lifted:
            self._by_details.pop(shield_id, None)
        if lifted or is_child_number(number):
            self._overlay.take(record.offset, number, shield_id, lifted=lifted)
        metrics.SHIELDS_KNOWN.set(len(self._overlay.placed))
