"""Decisions that could not be carried out at once come into force together once they can be."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from contracts.base import Message
from contracts.child_number import new_child_number
from runtime import clock
from runtime.mongo import Database
from runtime.settings import LeaseSettings
from services.shielding.carrying_out import CarryingOut
from services.shielding.shield import Shield
from services.shielding.store import Shields

DECISIONS = 201
"""More than a list for people has."""
LEASE = LeaseSettings(length=0.02, write_within=0.01)


class Stream:
    """Takes what is published, and tells when everybody's shield has been."""

    def __init__(self) -> None:
        self.everybody = asyncio.Event()
        self._published: set[str] = set()

    async def publish_all(self, messages: Iterable[Message]) -> list[Any]:
        """Where they are."""
        keys = [each.key for each in messages]
        self._published |= set(keys)
        if len(self._published) == DECISIONS:
            self.everybody.set()
        return [SimpleNamespace(offset=len(self._published)) for _ in keys]


async def test_what_was_decided_while_kafka_was_down_is_published_before_anybody_waits_for_a_fence(
    database: Database,
) -> None:
    shields, stream = Shields(database), Stream()
    for _ in range(DECISIONS):
        number, now = new_child_number(), clock.now()
        await shields.add(Shield(str(uuid4()), number, "adoption", None, date(2099, 1, 1), "officer-1", now))

    async def record(_: Shield) -> None:
        await stream.everybody.wait()

    carrying_out = CarryingOut(stream, shields, LEASE, record)  # type: ignore[arg-type]
    async with asyncio.timeout(20):
        await carrying_out.sweep()
    assert await shields.unfinished() == []
