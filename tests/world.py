"""A running Signpost as its people and source systems use it, for tests that tell whole stories."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pymongo
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from contracts import STREAMS
from contracts.base import Message, Stream
from contracts.codec import encode
from contracts.sources import SOURCE_CHANGES
from deploy.stack import ROOT, Stack, inherited
from runtime import kafka

AUTHORITIES = ("northshire", "eastmoor", "duefield")
"""The authorities of every world; all are live."""
ORGANISATION = "mill-lane-school"
"""Whom everybody works for; it is admitted."""

T = TypeVar("T")
Change = dict[str, Any]


class World:
    """Signpost, and hands to act on it with."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.http = httpx.Client(timeout=30)
        self._mongo: pymongo.MongoClient[dict[str, Any]] | None = None
        self._tokens: dict[tuple[str, str, str | None, str], str] = {}

    def start(self) -> None:
        """Start everything, and open it to practitioners."""
        self.stack.start(lambda _: None)
        self.stack.open(AUTHORITIES, [ORGANISATION])

    def close(self) -> None:
        """Stop everything; of several worlds one that is done with else takes time from the others."""
        self.http.close()
        if self._mongo is not None:
            self._mongo.close()
        self.stack.stop()

    def rebuilding(self) -> subprocess.Popen[bytes]:
        """The index being built anew; what it writes is how it went."""
        command = [sys.executable, "-m", "services.search", "reindex"]
        environment = inherited() | self.stack.environment("search")
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)

    def publish(self, changes: Sequence[Change | bytes], key: bytes | None = None) -> list[Any]:
        """Send changes (or raw bodies) as a source system would; returns where Kafka put them."""
        bodies = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in changes]
        keys = [key or f"{c['source']}/{c['source_ref']}".encode() for c in changes if key or isinstance(c, dict)]
        return asyncio.run(self._send(SOURCE_CHANGES, list(zip(keys, bodies, strict=True))))

    def publish_message(self, stream: Stream, message: Message) -> None:
        """Send one message to any stream, whoever may do so."""
        asyncio.run(self._send(stream, [(message.key.encode(), encode(message))]))

    async def _send(self, stream: Stream, messages: Sequence[tuple[bytes, bytes]]) -> list[Any]:
        producer = AIOKafkaProducer(
            **kafka.connection(self.stack.kafka), acks="all", enable_idempotence=True, max_request_size=8 * 2**20
        )
        try:
            await producer.start()
            sent = [await producer.send(self.topic(stream), body, key=key) for key, body in messages]
            return list(await asyncio.gather(*sent))
        finally:
            await producer.stop()

    def topic(self, stream: Stream) -> str:
        """The stream's topic in this world."""
        return kafka.topic(self.stack.kafka, stream)

    def read(self, stream: Stream) -> list[bytes]:
        """Every message body in a stream but heartbeats, from its beginning to its end."""
        return asyncio.run(self._read(self.topic(stream)))

    async def _read(self, topic: str) -> list[bytes]:
        consumer = AIOKafkaConsumer(
            topic, **kafka.connection(self.stack.kafka), auto_offset_reset="earliest", enable_auto_commit=False
        )
        await consumer.start()
        try:
            ends = await consumer.end_offsets(consumer.assignment())
            bodies: list[bytes] = []
            while any([await consumer.position(place) < end for place, end in ends.items()]):
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    bodies += [record.value for record in batch if record.key != b"heartbeat"]
            return bodies
        finally:
            await consumer.stop()

    def token(
        self, role: str, subject: str | None = None, authority: str | None = None, acr: str = "level-2"
    ) -> str:
        """A development token; a shield officer who is of no other authority is of the first."""
        if role == "shield-officer":
            authority = authority or AUTHORITIES[0]
        wanted = (role, subject or f"a-{role}", authority, acr)
        if wanted not in self._tokens:
            answer = self.http.post(
                f"{self.stack.url('issuer')}/token",
                json={
                    "role": role,
                    "subject": wanted[1],
                    "authority": authority,
                    "organisation": ORGANISATION,
                    "acr": acr,
                },
            )
            self._tokens[wanted] = answer.raise_for_status().json()["access_token"]
        return self._tokens[wanted]

    def call(
        self,
        service: str,
        method: str,
        path: str,
        role: str,
        body: object = None,
        subject: str | None = None,
        authority: str | None = None,
        acr: str = "level-2",
    ) -> httpx.Response:
        """One request in a role."""
        return self.http.request(
            method,
            self.stack.url(service) + path,
            json=body,
            headers={"Authorization": f"Bearer {self.token(role, subject, authority, acr)}"},
        )

    def search(self, **criteria: Any) -> httpx.Response:
        """A practitioner's search."""
        body = {"reason": {"code": "safeguarding"}, "criteria": criteria}
        return self.call("search", "POST", "/v1/searches", "practitioner", body)

    def view(self, child_number: str) -> httpx.Response:
        """A practitioner's look at a record."""
        body = {"reason": {"code": "safeguarding"}, "child_number": child_number}
        return self.call("search", "POST", "/v1/views", "practitioner", body)

    def find(self, seconds: float = 60, **criteria: Any) -> dict[str, Any]:
        """The one child that fits, as soon as it can be found."""

        def look() -> dict[str, Any] | None:
            answer = self.search(**criteria)
            matches = answer.json().get("matches", []) if answer.status_code == 200 else []
            return matches[0] if len(matches) == 1 else None

        return await_(look, seconds)

    def shield(self, child_number: str, officer: str = "officer-1") -> dict[str, Any]:
        """A shield placed; returns once hidden everywhere."""
        body = {"child_number": child_number, "ground": "domestic-abuse", "review_on": "2099-01-01"}
        answer = self.call("shielding", "POST", "/v1/shields", "shield-officer", body, subject=officer)
        assert answer.status_code in {201, 202}, answer.text
        said = dict(answer.json())

        def look() -> Change | None:
            path = f"/v1/shields/{said['shield_id']}"
            now = dict(self.call("shielding", "GET", path, "shield-officer", subject=officer).json())
            return now if now["hidden"] else None

        # On a slow machine the registry may answer too late for the officer, who looks again.
        return said if said["hidden"] else await_(look)

    def approve_lift(self, shield_id: str, officer: str) -> httpx.Response:
        """The approval of a lift, by an officer who has just looked at the shield."""
        path = f"/v1/shields/{shield_id}"

        def approve() -> httpx.Response | None:
            seen = self.call("shielding", "GET", path, "shield-officer", subject=officer).json()["revision"]
            body = {"revision": seen}
            answer = self.call("shielding", "POST", f"{path}/lift-approvals", "shield-officer", body, officer)
            # A receipt or a count of held records came in between: the officer looks again.
            return None if answer.json().get("type", "").endswith("changed-meanwhile") else answer

        return await_(approve)

    def metric(self, service: str, name: str, **labels: str) -> float:
        """The sum of a service's metric over the given labels."""
        text = self.http.get(self.stack.url(service) + "/metrics").text
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        lines = (line for line in text.splitlines() if line.startswith((f"{name}{{", f"{name} ")))
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if all(each in line for each in wanted))

    def settled(self, seconds: float = 120) -> None:
        """Return once every service has handled all its streams; fails when none gets on for so long."""
        least, moved = float("inf"), time.monotonic()
        while behind := asyncio.run(self._behind()):
            if (left := sum(behind.values())) < least:
                least, moved = left, time.monotonic()
            elif time.monotonic() > moved + seconds:
                raise AssertionError(f"{behind} not handled in {seconds} s; last warnings: {self.warnings()}")
            time.sleep(0.3)

    async def _behind(self) -> dict[str, int]:
        """How many messages each group has not handled yet, where there are any."""
        lags = {
            f"{stream.name} of {reader.group}": await self._lag_of(stream, reader.group)
            for stream in STREAMS
            for reader in stream.readers
            if reader.group is not None and "replays" not in reader.group
        }
        return {name: lag for name, lag in lags.items() if lag}

    async def _lag_of(self, stream: Stream, group: str) -> int:
        consumer = AIOKafkaConsumer(
            **kafka.connection(self.stack.kafka),
            group_id=kafka.group(self.stack.kafka, group),
            enable_auto_commit=False,
        )
        await consumer.start()
        try:
            places = [TopicPartition(self.topic(stream), each) for each in range(stream.partitions)]
            ends = await consumer.end_offsets(places)
            done = [await consumer.committed(place) or 0 for place in places]
            return int(sum(ends.values()) - sum(done))
        finally:
            await consumer.stop()

    def database(self, service: str) -> pymongo.database.Database[dict[str, Any]]:
        """A service's own store, to look into."""
        if self._mongo is None:
            self._mongo = pymongo.MongoClient(self.stack.endpoints.mongo)
        return self._mongo[f"{self.stack.prefix}signpost-{service}"]

    def environment(self) -> dict[str, str]:
        """How the command line finds this world's engines, streams and state; its services listen elsewhere."""
        endpoints = self.stack.endpoints
        return {
            "SIGNPOST_ENGINES": "external",
            "SIGNPOST_STATE": str(self.stack.state),
            "SIGNPOST_PREFIX": self.stack.prefix,
            "SIGNPOST_KAFKA_BOOTSTRAP": endpoints.kafka,
            "SIGNPOST_ELASTICSEARCH_URL": endpoints.elasticsearch,
            "SIGNPOST_MONGO_URI": endpoints.mongo,
        }

    def logs(self) -> str:
        """All that the services have logged."""
        return "".join(path.read_text() for path in sorted(Path(self.stack.state).rglob("*.log")))

    def warnings(self, most: int = 40) -> str:
        """The last lines of warning and worse that the services have logged."""
        lines = (line for line in self.logs().splitlines() if '"level":"info"' not in line)
        return "\n".join(deque(lines, most))


def await_(look: Callable[[], T | None], seconds: float = 60, every: float = 0.05) -> T:
    """What ``look`` returns, as soon as it returns something."""
    began = time.monotonic()
    while True:
        found = look()
        if found is not None and found is not False:
            return found
        waited = time.monotonic() - began
        if waited > seconds:
            raise AssertionError(f"not within {seconds} s")
        # Seldom where it takes long: looking is work, for the services as well that are waited for.
        time.sleep(max(every, waited / 20))
