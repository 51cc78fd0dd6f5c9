"""Measures how fast generated changes go from Kafka through the registry into the index, with everything running.

From the first change's publishing until the registry, its echo and search have handled all there is to handle.
The limits are what each engine does alone with the very same data, measured right after with the services
stopped: see ``limits``.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from time import monotonic

import httpx
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from bench import limits
from bench.changes import Change, made_up, publish
from bench.cost import Cost
from bench.figures import Figure
from bench.people import connected
from bench.place import Place, Sizes, say
from cli.kafka import producer
from contracts.records import RECORDS
from deploy.stack import Stack
from runtime import kafka

_SEED = 5
_PATIENCE = 120.0
_LOOK_EVERY = 0.25
_COUNTED = re.compile(r'^signpost_events_handled_total\{group="([^"]+)",stream="([^"]+)"\} (\S+)$', re.MULTILINE)
_LETTERS = re.compile(r"^signpost_dead_letters_total\{.*\} (\S+)$", re.MULTILINE)


@dataclass
class Run:
    """How a load went; ``done`` are the seconds from its start at which each group had handled all."""

    began: float = field(default_factory=monotonic)
    published: float = 0.0
    done: dict[str, float] = field(default_factory=dict)
    records: int = 0
    dead_letters: int = 0


def measure(place: Place, sizes: Sizes) -> list[Figure]:
    """Rates, the limits, and where the processor time went."""
    changes = made_up(sizes.children, _SEED)
    cost = Cost(place.processes)
    run = uvloop.run(_load(place.stack, changes))
    spent = cost.figures(len(changes), "changes")
    resident = place.processes.resident()
    place.stack.stop()
    say("load: what the engines do alone")
    alone = uvloop.run(limits.measured(place.stack))
    seconds = max(run.done.values())
    rate, sources = len(changes) / seconds, len({change.key for change in changes})
    return [
        Figure("source changes", len(changes), ""),
        Figure("source changes handled", rate, "/s", 1000, "asked for, if changes are meant"),
        Figure("source records handled", sources / seconds, "/s", 1000, "asked for, if records are meant"),
        *(
            Figure("source changes handled", rate, "/s", len(changes) / taken, name)
            for name, taken in alone.items()
        ),
        Figure("all published after", run.published, "s"),
        *(Figure(f"{group}: all handled after", at, "s") for group, at in run.done.items()),
        Figure("records announced", run.records, ""),
        Figure("dead letters", run.dead_letters, ""),
        *spent,
        *(Figure(f"{name}: resident after", resident[name], "MB") for name in ("registry", "search")),
    ]


async def _load(stack: Stack, changes: list[Change]) -> Run:
    run = Run()
    async with producer(stack.kafka) as client:
        # Somebody else publishes as a rule, but on two cores it would be these two all the same.
        feeding = asyncio.create_task(_feed(run, client, stack, changes))
        await _handled(run, stack, len(changes))
        await feeding
    return run


async def _feed(run: Run, client: AIOKafkaProducer, stack: Stack, changes: list[Change]) -> None:
    await publish(client, stack.kafka, changes)
    run.published = monotonic() - run.began


async def _handled(run: Run, stack: Stack, changes: int) -> None:
    """Return once all groups have handled all, with what the registry announced on the way."""
    reader = AIOKafkaConsumer(**kafka.connection(stack.kafka), enable_auto_commit=False)
    await reader.start()
    moved, before = monotonic(), -1.0
    try:
        async with connected() as http:
            while len(run.done) < 3:
                await asyncio.sleep(_LOOK_EVERY)
                counts, run.dead_letters = await _counts(http, stack)
                now = monotonic()
                run.records = await _end(reader, kafka.topic(stack.kafka, RECORDS))
                _note(run, counts, changes, now)
                if sum(counts.values()) != before:
                    moved, before = now, sum(counts.values())
                if now - moved > _PATIENCE:
                    raise TimeoutError(f"nothing is handled any more; so far {counts}")
    finally:
        await reader.stop()


def _note(run: Run, counts: dict[str, float], changes: int, now: float) -> None:
    goals = {"registry": changes}
    if "registry" in run.done:
        # Only now is it known how much there is for those who read what it announced.
        goals |= {"search": run.records, "registry-echo": run.records}
    for group, goal in goals.items():
        if counts.get(group, 0) >= goal:
            run.done.setdefault(group, now - run.began)


async def _counts(http: httpx.AsyncClient, stack: Stack) -> tuple[dict[str, float], int]:
    """How many messages each group has handled since its process started, and how many were set aside."""
    counts: dict[str, float] = {}
    letters = 0.0
    for name in ("registry", "search"):
        page = (await http.get(f"{stack.url(name)}/metrics")).text
        for group, _, count in _COUNTED.findall(page):
            counts[group] = counts.get(group, 0.0) + float(count)
        letters += sum(map(float, _LETTERS.findall(page)))
    return counts, int(letters)


async def _end(reader: AIOKafkaConsumer, topic: str) -> int:
    places = [TopicPartition(topic, partition) for partition in range(RECORDS.partitions)]
    ends: dict[TopicPartition, int] = await reader.end_offsets(places)
    return sum(ends.values())
