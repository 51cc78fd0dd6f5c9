"""Where measures are taken: engines of the bench's own, and a fresh Signpost on them for every measure."""

from __future__ import annotations

import asyncio
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from elasticsearch import Elasticsearch
from motor.motor_asyncio import AsyncIOMotorClient
from pydantic import SecretStr

from bench.people import ORGANISATION
from bench.processes import Processes
from contracts import STREAMS
from deploy.engines import Engines, LocalEngines, Ports, choose
from deploy.stack import ServicePorts, Stack
from generator.places import BY_SLUG
from runtime import kafka, mongo
from runtime.mongo import Database, MongoSettings


@dataclass(frozen=True)
class Place:
    """A running Signpost that holds nothing yet."""

    stack: Stack
    processes: Processes


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    samples: int = 40
    shields: int = 300
    hidden: int = 2000
    calls: int = 2000
    schedules: int = 10_000
    children: int = 5000
    resent: int = 1000
    indexed: int = 100_000
    stored: int = 10_000
    rate: int = 50
    seconds: int = 60
    crowd: int = 100_000


def database(stack: Stack, name: str) -> Database:
    """A database of the measure's own."""
    uri = SecretStr(stack.endpoints.mongo)
    return mongo.connect(MongoSettings(uri=uri, database=f"{stack.prefix}{name}"))


def say(line: str) -> None:
    """Progress, beside the result."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def own_engines() -> Iterator[tuple[Engines, Path]]:
    """Engines with a state folder and ports of their own, wiped at the end; SIGNPOST_ENGINES chooses which."""
    with tempfile.TemporaryDirectory(prefix="signpost-bench-", ignore_cleanup_errors=True) as folder:
        state = Path(folder)
        engines = choose(state / "engines", Ports.free())
        try:
            engines.start(say)
            yield engines, state
        finally:
            if engines.kind != "external":
                engines.wipe()


@contextmanager
def fresh_stack(engines: Engines, state: Path) -> Iterator[Place]:
    """Signpost's processes on topics, indexes and databases of their own, all gone at the end."""
    prefix = f"bench-{secrets.token_hex(4)}-"
    # One reader asks for many.
    unhurried = {"search": {"SIGNPOST_PACE__EVERY": "0"}}
    stack = Stack(state / prefix, engines.endpoints, ServicePorts.free(), prefix, unhurried)
    records = {name: process.record for name, process in stack.processes.items()}
    if isinstance(engines, LocalEngines):
        each = {"kafka": engines.kafka, "elasticsearch": engines.elasticsearch, "documents": engines.documents}
        records |= {name: engine.home / "process.json" for name, engine in each.items()}
    try:
        stack.start(lambda _: None)
        stack.open(BY_SLUG, [ORGANISATION])
        yield Place(stack, Processes(records))
    finally:
        stack.stop()
        asyncio.run(_forget(stack))


async def _forget(stack: Stack) -> None:
    """Remove what the stack left in the engines, so that neither the next measure nor a shared engine has it."""
    admin = AIOKafkaAdminClient(**kafka.connection(stack.kafka))
    await admin.start()
    try:
        await admin.delete_topics([kafka.topic(stack.kafka, stream) for stream in STREAMS])
    finally:
        await admin.close()
    with Elasticsearch(stack.endpoints.elasticsearch) as index:
        for name in index.indices.get(index=f"{stack.prefix}*"):
            index.indices.delete(index=name)
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(stack.endpoints.mongo)
    for name in await client.list_database_names():
        if name.startswith(stack.prefix):
            await client.drop_database(name)
    client.close()
