"""Measures searches at a held rate among 100,000 children, through the HTTP API, audit entry included.

Open loop: practitioners' searches arrive at random moments, whether or not earlier ones are answered, and each
one's time counts from the moment it was due. The limit is Elasticsearch alone with the same queries, at the same
moments, in the same run; beside it what is asked for: p95 under 200 ms.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from time import monotonic
from typing import Any

import httpx
import uvloop

from bench.cost import Cost
from bench.figures import Figure, percentile
from bench.people import Person, connected, person
from bench.place import Place, Sizes, say
from bench.questions import criteria, records
from contracts.records import RecordPublished
from deploy.stack import Stack
from generator.places import BY_SLUG
from services.search.criteria import Criteria
from services.search.documents import query
from services.search.index import Index
from services.search.settings import ElasticsearchSettings

_PEOPLE = 100
_ASKED = 0.2
_WARM_UP = 10
_BATCH = 2000
_PERCENTS = (("p50", 50), ("p95", 95), ("p99", 99), ("max", 100))

Ask = Callable[[dict[str, Any]], Awaitable[str]]


@dataclass(frozen=True)
class Held:
    """How searches at a held rate went: seconds of those answered, all outcomes, and the seconds it took."""

    seconds: list[float]
    outcomes: Counter[str]
    lasted: float


def measure(place: Place, sizes: Sizes) -> list[Figure]:
    """Percentiles, the rate achieved, errors, and where the processor time went."""
    return uvloop.run(_measure(place, sizes))


async def _measure(place: Place, sizes: Sizes) -> list[Figure]:
    stack, dice = place.stack, random.Random(1)
    known, took = await _index(stack, sizes.indexed)
    asked = [criteria(dice.choice(known), dice) for _ in range(sizes.rate * (sizes.seconds + _WARM_UP))]
    warm, asked = asked[: sizes.rate * _WARM_UP], asked[sizes.rate * _WARM_UP :]
    async with connected() as http:
        alone = _of_elasticsearch(http, stack)
        await _hold(alone, warm, sizes.rate)
        floor = await _hold(alone, asked, sizes.rate)
        people = [await person(http, stack, "practitioner", f"bench-{n}") for n in range(_PEOPLE)]
        signpost = _of_signpost(people)
        await _hold(signpost, warm, sizes.rate)
        cost = Cost(place.processes)
        held = await _hold(signpost, asked, sizes.rate)
        spent = cost.figures(len(asked), "searches")
    return [
        Figure("children indexed", len(known), ""),
        Figure("indexed directly in", took, "s"),
        Figure("searches a second answered", len(held.seconds) / held.lasted, "/s", sizes.rate, "rate of arrival"),
        *(
            Figure(
                f"search, {name}",
                percentile(held.seconds, percent) * 1000,
                "ms",
                percentile(floor.seconds, percent) * 1000,
                "Elasticsearch alone",
            )
            for name, percent in _PERCENTS
        ),
        Figure("search, p95", percentile(held.seconds, 95) * 1000, "ms", _ASKED * 1000, "asked for"),
        Figure("errors", len(asked) - len(held.seconds), ""),
        *(Figure(f"outcome {name}", count, "") for name, count in held.outcomes.most_common()),
        *spent,
    ]


async def _index(stack: Stack, children: int) -> tuple[list[RecordPublished], float]:
    """Write golden records straight into search's index; returns those worth asking about."""
    index = Index(ElasticsearchSettings(url=stack.endpoints.elasticsearch, prefix=stack.prefix))
    known: list[RecordPublished] = []
    began = monotonic()
    try:
        targets = await index.targets()
        batch: list[RecordPublished] = []
        for record in records(children):
            batch.append(record)
            if len(batch) == _BATCH:
                await index.keep(batch, targets)
                known += batch
                batch = []
                if len(known) % 20_000 == 0:
                    say(f"search: {len(known):,} children indexed")
        await index.keep(batch, targets)
        await index.refresh()
    finally:
        await index.close()
    return known + batch, monotonic() - began


async def _hold(ask: Ask, asked: Sequence[dict[str, Any]], rate: int) -> Held:
    """Ask at random moments, so many a second on average; the same moments every time."""
    dice, due = random.Random(2), monotonic()
    began, seconds, outcomes = due, list[float](), Counter[str]()

    async def one(body: dict[str, Any], due: float) -> None:
        try:
            outcome = await ask(body)
        except httpx.HTTPError as error:
            outcome = type(error).__name__
        else:
            seconds.append(monotonic() - due)
        outcomes[outcome] += 1

    asking = []
    for body in asked:
        due += dice.expovariate(rate)
        await asyncio.sleep(max(0.0, due - monotonic()))
        asking.append(asyncio.create_task(one(body, due)))
    await asyncio.gather(*asking)
    return Held(seconds, outcomes, monotonic() - began)


def _of_signpost(people: Sequence[Person]) -> Ask:
    turns = cycle(people)

    async def ask(body: dict[str, Any]) -> str:
        answer = await next(turns).search(body)
        return str(answer.raise_for_status().json()["outcome"])

    return ask


def _of_elasticsearch(http: httpx.AsyncClient, stack: Stack) -> Ask:
    url = f"{stack.endpoints.elasticsearch}/{stack.prefix}records/_search"

    async def ask(body: dict[str, Any]) -> str:
        wanted = query(Criteria.model_validate(body), (), BY_SLUG)
        # The HTTP interface's name for what the Python client calls source_includes.
        wanted["_source"] = {"includes": wanted.pop("source_includes")}
        answer = await http.post(url, json=wanted)
        return str(answer.raise_for_status().status_code)

    return ask
