"""Measures how long shield officers wait, and when a shielded child stops being shown to those who keep asking.

A reader has no pause; shields come one after another in a few lanes beside each other. An officer's wait is held
against the fence's promise: the lease and the deadline, 1.1 s, and what Kafka takes to acknowledge a message with
``acks=all``, measured in the same run with heartbeats in the shields' own stream. What is asked for is that p99 is
within 1.1 times that. No answer that shows the child may arrive after the officer was told that she is hidden.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from time import monotonic, time

import uvloop
from aiokafka import AIOKafkaProducer

from bench import watched
from bench.figures import Figure, percentile, spread
from bench.people import Person, connected, person, until_so
from bench.place import Place, Sizes
from bench.watched import Seen, Watched
from contracts.codec import encode
from contracts.heartbeats import Heartbeat
from contracts.shields import SHIELDS
from deploy.stack import Stack
from runtime import clock, kafka
from runtime.settings import LeaseSettings

_LANES = 4
_AFTER = 0.3
_PROMISED = 1.1


@dataclass(frozen=True)
class Shielding:
    """How one shield came into force; all in seconds."""

    hidden_after: float
    """From published to the last answer that showed the child."""
    waited: float
    acknowledged: float
    """What Kafka took for a heartbeat in the same stream, just before."""
    shown_after_told: int
    answers: int


def measure(place: Place, sizes: Sizes) -> list[Figure]:
    """Percentiles over all shields."""
    return list(_figures(uvloop.run(_measure(place.stack, sizes.shields))))


def _figures(found: list[Shielding]) -> Iterator[Figure]:
    fence, name = LeaseSettings().fenced_after, "lease + deadline"
    acknowledged = [each.acknowledged for each in found]
    waited = [each.waited for each in found]
    yield from spread(
        "published to last shown", [e.hidden_after for e in found], 50, 95, limit=fence, limit_is=name
    )
    yield from spread("officer's request to 201", waited, 50, 95, limit=fence, limit_is=name)
    yield from spread("a message acknowledged", acknowledged, 50, 99)
    limit = _PROMISED * (fence + percentile(acknowledged, 99))
    p99 = percentile(waited, 99)
    promise = "1.1 x (lease + deadline + p99 of acknowledgement)"
    yield Figure("officer's request to 201, p99", p99 * 1000, "ms", limit * 1000, promise, broken=p99 > limit)
    yield Figure("shields", len(found), "")
    shown = sum(each.shown_after_told for each in found)
    yield Figure("answers that showed a child after the officer was told", shown, "", broken=bool(shown))
    yield Figure("answers about each child", sum(each.answers for each in found) / len(found), "")


async def _measure(stack: Stack, shields: int) -> list[Shielding]:
    client = AIOKafkaProducer(**kafka.connection(stack.kafka), acks="all", enable_idempotence=True)
    await client.start()
    try:
        async with connected() as http:
            reader = await person(http, stack, "practitioner", "bench")
            officer = await person(http, stack, "shield-officer", "officer")
            children = iter(
                await watched.reported(stack, client, reader, watched.made_to_order(range(1, shields + 1)))
            )
            lanes = [_lane(stack, client, reader, officer, children) for _ in range(_LANES)]
            return [each for lane in await asyncio.gather(*lanes) for each in lane]
    finally:
        await client.stop()


async def _lane(
    stack: Stack, client: AIOKafkaProducer, reader: Person, officer: Person, children: Iterator[Watched]
) -> list[Shielding]:
    return [await _shield(stack, client, reader, officer, child) for child in children]


async def _shield(
    stack: Stack, client: AIOKafkaProducer, reader: Person, officer: Person, child: Watched
) -> Shielding:
    seen = Seen()
    url, dice = stack.url("search"), random.Random(child.serial)
    reading = asyncio.create_task(watched.watch(reader, url, child, seen, dice))
    await until_so(lambda: bool(seen.told))
    acknowledged = await _acknowledged(stack, client)
    # When the shield was published is told by the clock on the wall.
    apart = time() - monotonic()
    shield_id, asked, told = await watched.fenced(officer, child.number)
    await asyncio.sleep(_AFTER)
    seen.stop = True
    await reading
    shown = await officer.look("shielding", f"/v1/shields/{shield_id}")
    published = datetime.fromisoformat(shown["published_at"]).timestamp() - apart
    return Shielding(max(seen.told) - published, told - asked, acknowledged, seen.told_within(told), seen.answers)


async def _acknowledged(stack: Stack, client: AIOKafkaProducer) -> float:
    beat, began = Heartbeat(occurred_at=clock.now()), monotonic()
    await client.send_and_wait(kafka.topic(stack.kafka, SHIELDS), encode(beat), beat.key.encode())
    return monotonic() - began
