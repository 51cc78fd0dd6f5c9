"""Source changes to feed in: generated ones in bulk, and single children made to order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from contracts.codec import read
from contracts.sources import SOURCE_CHANGES, ChildSupplied, ChildWithdrawn
from generator import generate
from runtime import kafka
from runtime.settings import KafkaSettings

_AHEAD = 2000


@dataclass(frozen=True)
class Change:
    """A source change as it goes to Kafka."""

    key: bytes
    body: bytes


def made_up(children: int, seed: int) -> list[Change]:
    """All that sources publish about so many children, in the order of its arrival."""
    return [change(message) for message in generate(children, seed)]


def decoded(message: Mapping[str, Any]) -> ChildSupplied | ChildWithdrawn:
    """A message as the registry reads it."""
    change = read(SOURCE_CHANGES, orjson.dumps(message))
    assert isinstance(change, (ChildSupplied, ChildWithdrawn))
    return change


def first_report(number: int) -> tuple[Change, dict[str, Any]]:
    """A child that nobody has reported before, and the criteria that find this child alone."""
    nhs = f"9{number:09}"
    return report("northshire-schools", f"bench-{number}", nhs), {"identifier": identifier(nhs)}


def report(source: str, ref: str, nhs: str, *, family: str = "Okafor", line: str = "4 Mill Lane") -> Change:
    """What a source has of a girl with this NHS number, the first time it tells of her."""
    return change(
        {
            "type": "child-supplied",
            "message_id": ref,
            "occurred_at": "2026-03-01T09:30:00Z",
            "source": source,
            "source_ref": ref,
            "source_version": 1,
            "child": {
                "names": [{"given": "Amelia", "family": family}],
                "date_of_birth": "2015-04-09",
                "gender": "female",
                "addresses": [{"lines": [line], "town": "Northwick", "postcode": "NW7 4QT"}],
                "identifiers": [identifier(nhs)],
                "responsible_authority": "northshire",
            },
        }
    )


def identifier(nhs: str) -> dict[str, str]:
    """An NHS number as it is reported and searched for."""
    return {"system": "nhs-number", "value": nhs}


async def publish(producer: AIOKafkaProducer, settings: KafkaSettings, changes: Sequence[Change]) -> None:
    """Publish in order; returns once all is acknowledged by all in-sync replicas."""
    topic = kafka.topic(settings, SOURCE_CHANGES)
    for at in range(0, len(changes), _AHEAD):
        part = changes[at : at + _AHEAD]
        await asyncio.gather(*[await producer.send(topic, each.body, each.key) for each in part])


def change(message: dict[str, Any]) -> Change:
    """A message of a source as it is published."""
    return Change(f"{message['source']}/{message['source_ref']}".encode(), orjson.dumps(message))
