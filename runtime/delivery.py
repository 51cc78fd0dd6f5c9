"""The failure policy of every stream: retry in place, isolate the bad message, set it aside, stop at a flood."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError

from contracts.base import Message, Stream
from contracts.codec import UnreadableError, decode
from contracts.dead_letters import DeadLetterSetAside, Fault, Origin
from contracts.heartbeats import Heartbeat
from runtime import clock, metrics
from runtime.settings import DeliverySettings

M_co = TypeVar("M_co", bound=Message, covariant=True)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Delivered(Generic[M_co]):
    """A message, and where in its stream it came from."""

    message: M_co
    origin: Origin


@dataclass(frozen=True, slots=True)
class Raw:
    """A message as Kafka holds it."""

    body: bytes | None
    key: bytes | None
    origin: Origin
    written_at: float
    """When Kafka took it in, in seconds since 1970."""

    @classmethod
    def of(cls, record: ConsumerRecord) -> Raw:
        """The message that a consumer was given."""
        origin = Origin.model_construct(topic=record.topic, partition=record.partition, offset=record.offset)
        return cls(record.value, record.key, origin, record.timestamp / 1000)


Handler = Callable[[Sequence[Delivered[Message]]], Awaitable[None]]


class RetryLaterError(Exception):
    """Retrying in place took too long: the batch goes back to Kafka and is fetched anew."""


class FloodError(Exception):
    """More dead letters than the limit: the service stops rather than drain the topic."""


class ContentionError(Exception):
    """Others kept changing what was to be written; trying again is all it takes."""


def is_transient(error: Exception) -> bool:
    """Whether an error every service may meet is worth a retry."""
    return isinstance(error, (KafkaError, OSError, TimeoutError, ContentionError))


class Delivery:
    """Hands one group's batches to its handler under the failure policy."""

    def __init__(
        self,
        stream: Stream,
        group: str,
        handler: Handler,
        *,
        settings: DeliverySettings,
        transient: Callable[[Exception], bool],
        set_aside: Callable[[Sequence[DeadLetterSetAside]], Awaitable[object]],
        flood: Flood,
    ) -> None:
        self.stream = stream
        self.group = group
        self.retrying_since: float | None = None
        self._handler = handler
        self._settings = settings
        self._transient = transient
        self._set_aside = set_aside
        self._flood = flood

    async def take(self, batch: Sequence[Raw]) -> int:
        """Handle a batch; when this returns, each message's effect is durable or its dead letter is.

        Returns how many were set aside.
        """
        letters: list[DeadLetterSetAside] = []
        readable: list[Delivered[Message]] = []
        for raw in batch:
            try:
                message = self._decode(raw)
                if not isinstance(message, Heartbeat):
                    readable.append(Delivered(message, raw.origin))
            except UnreadableError as error:
                letters.append(self._letter(raw.origin, error.reason, error.faults))
        if readable:
            await self._handle(readable, letters)
        if letters:
            self._flood.count(len(letters))
            await self._persist(lambda: self._set_aside(letters))
        self._measure(batch)
        return len(letters)

    async def _handle(self, batch: Sequence[Delivered[Message]], letters: list[DeadLetterSetAside]) -> None:
        try:
            await self._persist(lambda: self._handler(batch))
        except (RetryLaterError, FloodError):
            raise
        except Exception as error:
            # Not transient: one of these can never succeed. Halving finds it and keeps the order.
            if len(batch) > 1:
                middle = len(batch) // 2
                await self._handle(batch[:middle], letters)
                await self._handle(batch[middle:], letters)
            else:
                log.error("message set aside", stream=self.stream.name, group=self.group, exc_info=error)
                letters.append(self._letter(batch[0].origin, type(error).__name__, ()))

    async def _persist(self, act: Callable[[], Awaitable[object]]) -> None:
        """Do it, and while what fails may succeed later, do it again."""
        pause = self._settings.retry_first
        while True:
            try:
                await act()
            except Exception as error:
                if not (is_transient(error) or self._transient(error)):
                    raise
                now = clock.monotonic()
                self.retrying_since = self.retrying_since or now
                metrics.RETRIES.labels(self.stream.name, self.group, type(error).__name__).inc()
                log.warning("trying again", stream=self.stream.name, group=self.group, exc_info=error)
                if now - self.retrying_since > self._settings.retry_in_place:
                    self.retrying_since = None
                    raise RetryLaterError from error
                await asyncio.sleep(pause)
                pause = min(2 * pause, self._settings.retry_longest)
            else:
                self.retrying_since = None
                return

    def _decode(self, raw: Raw) -> Message:
        limit = self._settings.largest_message
        if limit is not None and raw.body is not None and len(raw.body) > limit:
            raise UnreadableError("too-large")
        return decode(self.stream, raw.body, raw.key)

    def _letter(self, origin: Origin, error: str, faults: tuple[Fault, ...]) -> DeadLetterSetAside:
        metrics.DEAD_LETTERS.labels(self.stream.name, self.group, error).inc()
        return DeadLetterSetAside(
            origin=origin, group=self.group, occurred_at=clock.now(), error=error, faults=faults
        )

    def _measure(self, batch: Sequence[Raw]) -> None:
        metrics.EVENTS_HANDLED.labels(self.stream.name, self.group).inc(len(batch))
        age = max(0.0, clock.now().timestamp() - batch[-1].written_at)
        metrics.EVENT_AGE.labels(self.stream.name, self.group).set(age)


class Flood:
    """Counts dead letters of the whole service; beyond the limit it stays closed until a person restarts it."""

    def __init__(self, settings: DeliverySettings) -> None:
        self.halted = False
        self._settings = settings
        self._times: deque[float] = deque()

    def count(self, letters: int) -> None:
        """Count ``letters`` more; raises :class:`FloodError` beyond the limit within the window."""
        now = clock.monotonic()
        self._times.extend([now] * letters)
        while self._times and self._times[0] < now - self._settings.flood_window:
            self._times.popleft()
        if self.halted or len(self._times) > self._settings.flood_limit:
            self.halted = True
            metrics.HALTED.set(1)
            log.critical("flood of dead letters: consumption stopped; look at them, then restart")
            raise FloodError
