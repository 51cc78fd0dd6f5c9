"""A consumer that silently stopped is noticed, on real Kafka; one that others stand in for is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from contracts.child_number import new_child_number
from contracts.dead_letters import dead_letters_of
from contracts.shields import SHIELDS, ShieldPlaced
from deploy.engines import Engines
from runtime import clock, metrics, topics
from runtime.bus import Bus
from runtime.delivery import Delivered
from runtime.health import Watchdog
from runtime.settings import DeliverySettings, Horizons, KafkaSettings
from tests.world import await_

GROUP = "registry-shields"
OFTEN, PATIENCE = 0.1, 1.0


class Reading:
    """A process that reads the shields' stream, and hangs when told to."""

    def __init__(self, settings: KafkaSettings) -> None:
        self.bus = Bus("registry", settings, DeliverySettings())
        self.bus.on(SHIELDS, group=GROUP)(self._handle)
        self.watchdog = Watchdog(self.bus, OFTEN, PATIENCE)
        self.handled = 0
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    @property
    def consumer(self) -> Any:
        """The consumer that is watched."""
        (found,) = (each.consumer for each in self.bus.subscriptions if each.delivery.group == GROUP)
        return found

    async def _handle(self, words: Sequence[Delivered[ShieldPlaced]]) -> None:
        await self.goes_on.wait()
        self.handled += len(words)


@asynccontextmanager
async def reading(settings: KafkaSettings) -> AsyncIterator[Reading]:
    """One process that reads, watched."""
    process = Reading(settings)
    await process.bus.start()
    process.watchdog.start()
    try:
        yield process
    finally:
        process.goes_on.set()
        await process.watchdog.stop()
        await process.bus.stop()


@pytest.fixture
async def settings(engines: Engines) -> KafkaSettings:
    """Topics of their own for each test."""
    settings = KafkaSettings(bootstrap=engines.endpoints.kafka, prefix=f"test-health-{new_child_number()}-")
    await topics.create(settings, [SHIELDS, dead_letters_of("registry")], replicas=1, horizons=Horizons())
    return settings


async def say(settings: KafkaSettings) -> None:
    """One word more in the stream."""
    officers = Bus("shielding", settings, DeliverySettings(), writes=[SHIELDS])
    await officers.connect()
    await officers.publish(ShieldPlaced(child_number=new_child_number(), shield_id="s", occurred_at=clock.now()))
    await officers.stop()


async def until(look: Callable[[], Any]) -> None:
    """Return once it is so, while everything goes on."""
    await asyncio.to_thread(await_, look)


async def hang(process: Reading) -> None:
    """It waits for something that never comes."""
    process.goes_on.clear()


async def leave(process: Reading) -> None:
    """It is in the group no more."""
    await process.consumer.stop()


@pytest.mark.parametrize("stop", [hang, leave])
async def test_a_consumer_that_silently_stopped_is_noticed_and_said(
    settings: KafkaSettings, stop: Callable[[Reading], Awaitable[None]]
) -> None:
    async with reading(settings) as process:
        await say(settings)
        await until(lambda: process.handled == 1)
        await until(lambda: process.watchdog.kafka_answers)
        assert process.watchdog.stalled() == []
        await stop(process)
        await say(settings)
        await until(lambda: process.watchdog.stalled() == [GROUP])
        assert metrics.LAG.labels(SHIELDS.name, GROUP)._value.get() == 1


async def test_who_reads_nothing_because_another_reads_all_has_not_stopped(settings: KafkaSettings) -> None:
    async with reading(settings) as one, reading(settings) as other:
        await until(lambda: one.consumer.assignment() or other.consumer.assignment())
        await say(settings)
        await until(lambda: one.handled + other.handled == 1)
        owner, idle = (one, other) if one.handled else (other, one)
        await hang(owner)
        await say(settings)
        await until(lambda: owner.watchdog.stalled() == [GROUP])
        assert (idle.watchdog.kafka_answers, idle.watchdog.stalled()) == (True, [])
