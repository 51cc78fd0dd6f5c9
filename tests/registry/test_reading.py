"""What data managers are shown of other authorities' children is under the shield's fence, the queue included."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from fastapi import Request

from contracts.codec import encode
from contracts.shields import ShieldPlaced
from runtime import clock
from runtime.fence import Fence
from runtime.settings import KafkaSettings, LeaseSettings
from runtime.shields import Shields
from runtime.tokens import Caller
from services.registry.children import ChildRecord
from services.registry.matters import authority_of
from services.registry.reading import Reading
from tests.registry.settled import POLICY, Area
from tests.registry.test_matters import two

MANAGER = Caller("a-manager", frozenset({"data-manager"}), "northshire", "northshire", None)


class Waiting:
    """The records, and the audit log: what was said to be shown."""

    def __init__(self, area: Area) -> None:
        self.children = list(area.children.values())
        self.shown: list[Collection[str]] = []

    async def matters(self, authority: str, _: int) -> list[ChildRecord]:
        return [child for child in self.children if authority_of(child) == authority]

    async def near(self, _: object) -> list[ChildRecord]:
        return self.children

    async def record(self, *_: object, children: Collection[str], **__: object) -> None:
        self.shown.append(children)


class Placed:
    """The word on a shield, as Kafka's client hands it over."""

    def __init__(self, number: str) -> None:
        placed = ShieldPlaced(child_number=number, shield_id="s", occurred_at=clock.now())
        self.offset, self.key, self.value = 0, number.encode(), encode(placed)


async def test_whom_another_authority_has_just_shielded_waits_in_nobody_elses_queue_marked_or_not() -> None:
    lease = LeaseSettings(wait=0.0)
    shields, area = Shields("registry", KafkaSettings(), lease), AREA
    waiting: Any = Waiting(area)
    fence = Fence(shields, lease)
    reading = Reading(waiting, shields, fence, waiting, policy=POLICY, central_team=lambda _: ())
    request = Request({"type": "http"})
    assert await reading.queue(MANAGER, request) == []  # without a lease nobody knows
    shields._lease.polled(clock.monotonic(), 0, 0)
    (review,) = await reading.queue(MANAGER, request)
    assert set(review.child_numbers) == set(waiting.shown[-1])
    assert "signpost_deadline" in request.scope
    shields._take(cast("Any", Placed(area.of("school/1").number)))
    assert await reading.queue(MANAGER, request) == []
    assert waiting.shown[-1] == []


AREA = two()
"""Settled before any loop runs: it runs its own."""
