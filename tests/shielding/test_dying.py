"""Whatever dies at whichever step, what an officer decided is carried out whole by whoever comes after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from contracts.base import Message
from contracts.child_number import new_child_number
from runtime import clock
from runtime.mongo import Database
from services.shielding.carrying_out import CarryingOut
from services.shielding.copies import Receipt
from services.shielding.decisions import with_numbers, with_withheld
from services.shielding.shield import Shield
from services.shielding.showing import hidden
from services.shielding.store import Shields
from tests.shielding.test_carrying_out import LEASE, Stream


class DiedError(Exception):
    """The process died."""


class Life:
    """So many steps, each before or after something is kept or published; then the process is dead."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    @property
    def over(self) -> bool:
        """Whether it has died."""
        return self._left <= 0

    def step(self) -> None:
        """Take one, or die."""
        self._left -= 1
        if self.over:
            raise DiedError


class MortalStream(Stream):
    """A stream that a process writes to until it dies."""

    def __init__(self, life: Life, written: Stream) -> None:
        super().__init__()
        self._life, self._written = life, written

    async def publish_all(self, messages: Iterable[Message]) -> list[Any]:
        self._life.step()
        found = await self._written.publish_all(messages)
        self._life.step()
        return found


class MortalShields(Shields):
    """A store that a process writes to until it dies."""

    def __init__(self, life: Life, database: Database) -> None:
        super().__init__(database)
        self._life = life

    async def change(self, before: Shield, after: Shield) -> Shield | None:
        self._life.step()
        kept = await super().change(before, after)
        self._life.step()
        return kept


def decided(*, ending: bool) -> Shield:
    """A child with another number and somebody who may be the child, as the registry has named them."""
    now = clock.now()
    shield = Shield(str(uuid4()), new_child_number(), "adoption", None, date(2099, 1, 1), "officer-1", now)
    named = with_withheld(with_numbers(shield, [new_child_number()], now), {new_child_number(): 4}, now)
    receipts = {"registry": Receipt(99, 2, now)}
    return replace(named, receipts=receipts, lift_approved_at=now if ending else None)


async def carried_out(database: Database, shield: Shield, steps: int) -> tuple[bool, Shield, dict[str, str]]:
    """Whether who began it died after so many steps; the shield in the end, and the last word under each key."""
    life, stream, shields, audited = Life(steps), Stream(), Shields(database), []
    await shields.add(shield)

    async def record(each: Shield) -> None:
        audited.append(each.shield_id)

    first = CarryingOut(MortalStream(life, stream), MortalShields(life, database), LEASE, record)  # type: ignore[arg-type]
    await first.carry_out(shield, within=20.0)
    await first.stop()
    await CarryingOut(stream, shields, LEASE, record).sweep()  # type: ignore[arg-type]
    done = await shields.get(shield.shield_id)
    assert done is not None
    assert audited
    return life.over, done, {each.key: type(each).__name__ for each in stream.messages}


@pytest.mark.parametrize("ending", [False, True], ids=["placed", "lifted"])
async def test_whatever_dies_at_any_step_the_decision_is_carried_out_whole(
    database: Database, ending: bool
) -> None:
    for steps in count(1):
        shield = decided(ending=ending)
        (also,), (twin,) = shield.also, shield.withheld
        died, done, said = await carried_out(database, shield, steps)
        assert not done.unfinished
        numbers = shield.child_number, also
        if ending:
            assert done.status() == "lifted"
            assert {said[each] for each in numbers} == {"ShieldLifted"}
        else:
            assert hidden(done)
            assert said == {**dict.fromkeys(numbers, "ShieldPlaced"), f"withheld/{twin}": "RecordWithheld"}
        if not died:
            break
    assert steps > 12
