"""Measures how long a change takes from Kafka's acknowledgement to being found in a search, one at a time.

Nothing else goes on. The limit is Elasticsearch alone: from its acknowledgement of one document to that
document's being found, with the same refresh interval, measured in the same run. Most of both is waiting for the
next refresh.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import uvloop
from aiokafka import AIOKafkaProducer

from bench.changes import first_report, publish
from bench.figures import Figure, percentile
from bench.people import Person, connected, person, until
from bench.place import Place, Sizes
from cli.kafka import producer
from deploy.stack import Stack
from services.search.index import Index
from services.search.settings import ElasticsearchSettings

_WARM_UP = 3


def measure(place: Place, sizes: Sizes) -> list[Figure]:
    """Percentiles through Signpost, each beside the same of Elasticsearch alone."""
    whole, bare = uvloop.run(_measure(place.stack, sizes.samples))
    figures = []
    for name, percent in (("p50", 50), ("p95", 95), ("max", 100)):
        ours, floor = percentile(whole, percent) * 1000, percentile(bare, percent) * 1000
        figures.append(Figure(f"acknowledged to findable, {name}", ours, "ms", floor, "Elasticsearch alone"))
    return figures


async def _measure(stack: Stack, samples: int) -> tuple[list[float], list[float]]:
    async with connected() as http, producer(stack.kafka) as client:
        asking = await person(http, stack, "practitioner", "bench")
        whole = await _sampled(samples, lambda number: _through_signpost(stack, client, asking, number))
    settings = ElasticsearchSettings(url=stack.endpoints.elasticsearch, prefix=stack.prefix)
    index = Index(settings)
    try:
        name = await index.create("bare", f"{stack.prefix}bare")
        bare = await _sampled(samples, lambda number: _bare(index, name, number))
    finally:
        await index.close()
    return whole, bare


async def _sampled(samples: int, sample: Callable[[int], Awaitable[float]]) -> list[float]:
    taken = []
    for number in range(samples + _WARM_UP):
        taken.append(await sample(number))
        # A random pause, so that samples fall anywhere between two refreshes.
        await asyncio.sleep(random.uniform(0.1, 0.8))
    return taken[_WARM_UP:]


async def _through_signpost(stack: Stack, client: AIOKafkaProducer, asking: Person, number: int) -> float:
    change, criteria = first_report(number)
    await publish(client, stack.kafka, [change])
    acknowledged = monotonic()
    await until(lambda: asking.found(criteria))
    return monotonic() - acknowledged


async def _bare(index: Index, name: str, number: int) -> float:
    query = {"term": {"child_number": str(number)}}

    async def found() -> bool:
        return bool((await index.client.search(index=name, query=query))["hits"]["hits"])

    document: dict[str, Any] = {"child_number": str(number), "removed": False}
    await index.client.index(index=name, id=str(number), document=document)
    acknowledged = monotonic()
    await until(found)
    return monotonic() - acknowledged
