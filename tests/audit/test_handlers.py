"""Audit's handler on FastStream's in-memory broker: every entry is handed to the store, nothing else is."""

from __future__ import annotations

from collections.abc import Sequence

from faststream.kafka import TestKafkaBroker

from contracts.access import ACCESS, AccessRecorded
from contracts.codec import encode
from runtime import clock
from runtime.bus import Bus
from runtime.settings import DeliverySettings, KafkaSettings
from services.audit import handlers


class Kept:
    """Stands where the store is, and remembers."""

    def __init__(self) -> None:
        self.entries: list[str] = []

    async def keep(self, entries: Sequence[AccessRecorded]) -> None:
        self.entries += [each.event_id for each in entries]


def entry(event_id: str) -> AccessRecorded:
    """An entry."""
    return AccessRecorded(
        event_id=event_id,
        producer="search-1",
        sequence=1,
        occurred_at=clock.now(),
        actor="somebody",
        role="practitioner",
        action="view",
        outcome="shown",
    )


async def test_each_entry_on_the_stream_reaches_the_store() -> None:
    bus = Bus("audit", KafkaSettings(), DeliverySettings())
    kept = Kept()
    handlers.attach(bus, kept)  # type: ignore[arg-type]
    async with TestKafkaBroker(bus.broker) as broker:
        for event_id in ("one", "two"):
            message = entry(event_id)
            await broker.publish(encode(message), ACCESS.name, key=message.key.encode())
    assert kept.entries == ["one", "two"]
