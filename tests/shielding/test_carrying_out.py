"""Decisions come into force once they can be carried out, and everybody whom they are about is hidden by then."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
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
from services.shielding.copies import Receipt
from services.shielding.decisions import with_numbers, with_withheld
from services.shielding.shield import Shield
from services.shielding.showing import hidden
from services.shielding.store import Shields

DECISIONS = 201
"""More than a list for people has."""
NUMBER, OTHER, TWIN = "4010232137", "9434765919", "9990000018"
LEASE = LeaseSettings(length=0.02, write_within=0.01)


class Stream:
    """Takes what is published, and tells when everybody's shield has been."""

    def __init__(self) -> None:
        self.everybody = asyncio.Event()
        self.messages: list[Message] = []
        self.offsets: list[int] = []
        self._published: set[str] = set()

    async def publish_all(self, messages: Iterable[Message]) -> list[Any]:
        """Where they are."""
        came = list(messages)
        self.messages += came
        keys = [each.key for each in came]
        self._published |= set(keys)
        if len(self._published) == DECISIONS:
            self.everybody.set()
        places = [len(self.offsets) + place for place, _ in enumerate(keys)]
        self.offsets += places
        return [SimpleNamespace(offset=place) for place in places]


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


async def test_records_that_may_be_the_child_are_withheld_from_everybody_before_the_officer_is_told(
    database: Database,
) -> None:
    shields, stream, now = Shields(database), Stream(), clock.now()
    fenced = Shield(
        *(str(uuid4()), NUMBER, "adoption", None, date(2099, 1, 1), "officer-1", now),
        audited=True,
        offset=7,
        published_at=now,
        fenced_at=now,
        receipts={"registry": Receipt(7, 2, now)},
    )
    named = with_withheld(with_numbers(fenced, [OTHER], now), {TWIN: 4}, now)
    await shields.add(named)
    assert not hidden(named)
    carrying_out = CarryingOut(stream, shields, LEASE, _recorded)  # type: ignore[arg-type]
    done = await carrying_out.carry_out(named, within=20.0)
    assert hidden(done)
    assert [type(each).__name__ for each in stream.messages] == ["ShieldPlaced", "RecordWithheld"]
    assert (done.also_fenced, done.not_withheld, done.withheld[TWIN].copies.offset) == ((OTHER,), {}, 1)
    assert await shields.get(done.shield_id) == done
    # Whoever has lost the stream learns of them again.
    stream.messages.clear()
    await carrying_out.place_again(done)
    assert [each.key for each in stream.messages] == [NUMBER, OTHER, f"withheld/{TWIN}"]


async def test_with_the_lift_of_one_of_two_shields_the_other_is_said_again_before_and_after(
    database: Database,
) -> None:
    shields, stream, now = Shields(database), Stream(), clock.now()
    one, other = (
        Shield(
            *(str(uuid4()), number, "adoption", None, date(2099, 1, 1), "officer-1", now),
            audited=True,
            offset=7,
            published_at=now,
            fenced_at=now,
            also=(also,),
            also_fenced=(also,),
            sealed_details=f"sealed-{number}",
        )
        for number, also in ((NUMBER, OTHER), (OTHER, NUMBER))
    )
    ending = replace(one, lift_approved_at=now)
    for shield in (ending, other):
        await shields.add(shield)
    carrying_out = CarryingOut(stream, shields, LEASE, _recorded)  # type: ignore[arg-type]
    done = await carrying_out.carry_out(ending, within=20.0)
    assert done.lifted_at is not None
    said = [(type(each).__name__, each.key, each.shield_id) for each in stream.messages]  # type: ignore[attr-defined]
    still = [("ShieldPlaced", number, other.shield_id) for number in (NUMBER, OTHER)]
    lifts = [("ShieldLifted", number, one.shield_id) for number in (NUMBER, OTHER)]
    assert said == [*still, *lifts, *still]
    assert [getattr(each, "sealed_details", None) for each in stream.messages[:2]] == [None, f"sealed-{OTHER}"]
    assert done.lift_offset == stream.offsets[2]
    # With that lifted too, nothing is said but the lift.
    stream.messages.clear()
    await carrying_out.carry_out(await _with_lift(shields, other), within=20.0)
    assert {type(each).__name__ for each in stream.messages} == {"ShieldLifted"}


async def _with_lift(shields: Shields, shield: Shield) -> Shield:
    ending = await shields.change(shield, replace(shield, lift_approved_at=clock.now()))
    assert ending is not None
    return ending


async def _recorded(_: Shield) -> None:
    pass
