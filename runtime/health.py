"""Liveness, readiness, and a watchdog that notices consumers which silently stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from runtime import clock, kafka, metrics
from runtime.bus import Bus, Subscription

log = structlog.get_logger()

Check = Callable[[], Awaitable[bool]]

_ANSWERS_WITHIN = 4.0
"""Seconds after which Kafka counts for away."""


@dataclass
class Progress:
    """Where a subscription stood when it last moved; pure, so that the rule can be tested without Kafka."""

    position: int = -1
    moved_at: float = field(default_factory=clock.monotonic)

    def seen(self, position: int, lag: int, excused: bool, now: float) -> None:
        """Note what the watchdog saw; being at the end, or knowingly waiting, counts as moving."""
        if position != self.position or lag == 0 or excused:
            self.position = position
            self.moved_at = now

    def stalled(self, now: float, patience: float) -> bool:
        """Whether there has been work, and no movement, for longer than ``patience`` seconds."""
        return now - self.moved_at > patience


class Watchdog:
    """Compares each group's position with its topic's end, by connections of its own.

    The consumers that are watched are asked for nothing but what they read: one that hangs would not answer. Who
    reads nothing, because others of the group read all, is left to them; where nobody is in the group it counts
    for stopped.
    """

    def __init__(self, bus: Bus, every: float = 2.0, patience: float = 30.0) -> None:
        self.kafka_answers = False
        self._bus = bus
        self._every = every
        self._patience = patience
        self._progress = [Progress() for _ in bus.subscriptions]
        self._task: asyncio.Task[None] | None = None

    def stalled(self) -> list[str]:
        """The groups whose consumer stopped although Kafka answers and there is work."""
        if not self.kafka_answers:
            return []  # not begun yet, or Kafka is away: no restart of ours would help
        now = clock.monotonic()
        return [
            subscription.delivery.group
            for subscription, progress in zip(self._bus.subscriptions, self._progress, strict=True)
            if progress.stalled(now, self._patience)
        ]

    def retrying(self) -> list[str]:
        """The groups that are waiting for a dependency to come back."""
        return [s.delivery.group for s in self._bus.subscriptions if s.delivery.retrying_since is not None]

    def start(self) -> None:
        """Begin to watch."""
        self._excuse_all()
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Stop watching."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            client = AIOKafkaConsumer(**kafka.connection(self._bus.settings), enable_auto_commit=False)
            admin = AIOKafkaAdminClient(**kafka.connection(self._bus.settings))
            try:
                await client.start()
                await admin.start()
                while True:
                    await asyncio.wait_for(self._look(client, admin), _ANSWERS_WITHIN)
                    self.kafka_answers = True
                    await asyncio.sleep(self._every)
            except Exception as error:
                self.kafka_answers = False
                self._excuse_all()
                log.warning("watchdog: Kafka does not answer", exc_info=error)
                await asyncio.sleep(self._every)
            finally:
                await client.stop()
                await admin.close()

    def _excuse_all(self) -> None:
        for progress in self._progress:
            progress.moved_at = clock.monotonic()

    async def _look(self, client: AIOKafkaConsumer, admin: AIOKafkaAdminClient) -> None:
        for subscription, progress in zip(self._bus.subscriptions, self._progress, strict=True):
            await self._look_at(client, admin, subscription, progress)

    async def _look_at(
        self,
        client: AIOKafkaConsumer,
        admin: AIOKafkaAdminClient,
        subscription: Subscription,
        progress: Progress,
    ) -> None:
        consumer, delivery = subscription.consumer, subscription.delivery
        group = kafka.group(self._bus.settings, delivery.group)
        places = sorted(consumer.assignment()) if consumer else []
        if not places and await _nobody_is_in(admin, group):
            places = [TopicPartition(subscription.topic, each) for each in range(delivery.stream.partitions)]
        position, lag = await kafka.stands(client, admin, group, places) if places else (0, 0)
        excused = delivery.retrying_since is not None or self._bus.flood.halted
        progress.seen(position, lag, excused, clock.monotonic())
        labels = delivery.stream.name, delivery.group
        metrics.LAG.labels(*labels).set(lag)
        metrics.STALLED.labels(*labels).set(progress.stalled(clock.monotonic(), self._patience))


async def _nobody_is_in(admin: AIOKafkaAdminClient, group: str) -> bool:
    described = (await admin.describe_consumer_groups([group]))[0].groups[0]
    return described[2] in {"Empty", "Dead"}


@dataclass(frozen=True)
class Health:
    """What the health endpoints answer from."""

    watchdog: Watchdog
    bus: Bus
    checks: Mapping[str, Check]
    broken: Mapping[str, Callable[[], bool]] = field(default_factory=dict)
    """What only a restart would cure, where it is so."""

    def live(self) -> dict[str, str]:
        """What a restart would cure; no engine's absence is among it."""
        broken = (name for name, is_broken in self.broken.items() if is_broken())
        return dict.fromkeys(self.watchdog.stalled(), "consumer stopped") | dict.fromkeys(
            broken, "to be read anew"
        )

    async def ready(self) -> dict[str, str]:
        """What keeps this process from doing its work."""
        troubles = self.live()
        if not self.watchdog.kafka_answers:
            troubles["kafka"] = "does not answer"
        if self.bus.flood.halted:
            troubles["deliveries"] = "stopped by a flood of dead letters"
        troubles |= dict.fromkeys(self.watchdog.retrying(), "waiting for a dependency")
        for name, check in self.checks.items():
            if not await _within(check, 2.0):
                troubles[name] = "does not answer"
        return troubles


async def _within(check: Check, seconds: float) -> bool:
    try:
        return await asyncio.wait_for(check(), seconds)
    except TimeoutError:
        return False
