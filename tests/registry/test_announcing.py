"""What was kept unaware of a shield is covered by it before anybody is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta

import pytest

from contracts.base import Message
from contracts.records import RecordPublished
from runtime import clock
from runtime.overlay import Overlay
from services.registry.announcing import Announcer
from services.registry.children import ChildRecord
from services.registry.intentions import Intention
from tests.registry.settled import Area, change
from tests.registry.test_shielding import parted, sides


class Told:
    """A bus that remembers what was published."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def publish_all(self, messages: Iterable[Message]) -> None:
        """Publish."""
        self.messages += messages


class ReadLate(Overlay):
    """Shields of which this process learns only when it reads the stream up to its end."""

    def __init__(self, *numbers: str) -> None:
        super().__init__()
        self._numbers = numbers
        self.reads = 0

    async def known_as_of_now(self) -> None:
        """Read up to the end."""
        self.reads += 1
        for offset, number in enumerate(self._numbers):
            self.take(offset, number, "s", lifted=False)


def announced(area: Area, shields: ReadLate, child: ChildRecord) -> RecordPublished:
    """What is published of the child."""
    told = Told()
    announcer = Announcer(told, area.records, area.keeper, shields, lambda _: ())  # type: ignore[arg-type]
    asyncio.run(announcer.publish([child]))
    (message,) = told.messages
    assert isinstance(message, RecordPublished)
    return message


def test_who_was_split_off_as_the_shield_came_is_announced_shielded_and_kept_so() -> None:
    area = parted()
    girl, other = sides(area)
    message = announced(area, ReadLate(girl.number), other)
    assert message.shielded
    assert message.identity.addresses is None
    kept = area.children[other.number]
    assert (kept.shielded, kept.revision) == (True, message.revision)


@pytest.mark.parametrize("shielded", [(), ("4010232137",)], ids=["nobody", "somebody else"])
def test_where_none_of_those_it_came_from_is_shielded_it_is_announced_whole(shielded: tuple[str, ...]) -> None:
    area = parted()
    for child in area.children.values():
        assert not announced(area, ReadLate(*shielded), child).shielded


def test_nobody_waits_for_the_shields_where_nothing_was_split_off() -> None:
    area = parted()
    shields = ReadLate()
    announced(area, shields, sides(area)[0])
    assert shields.reads == 0


class Refusing(Told):
    """A bus that does not take what is said of one child."""

    def __init__(self, number: str) -> None:
        super().__init__()
        self._number = number

    async def publish_all(self, messages: Iterable[Message]) -> None:
        """Publish, or not."""
        said = list(messages)
        if any(isinstance(each, RecordPublished) and each.child_number == self._number for each in said):
            raise ConnectionError
        await super().publish_all(said)


def test_what_cannot_be_finished_keeps_nothing_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    area = Area()
    area.settle(change("gp", ref="1"), change("gp", ref="2"))
    numbers = [area.of(key).number for key in ("gp/1", "gp/2")]
    area.records.intentions.clear()
    for number in numbers:
        asyncio.run(area.records.intend(Intention.new(numbers=[number])))
    told = Refusing(numbers[0])
    announcer = Announcer(told, area.records, area.keeper, ReadLate(), lambda _: ())  # type: ignore[arg-type]
    later = clock.now() + timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(ConnectionError):
        asyncio.run(announcer.finish())
    assert [each.child_number for each in told.messages if isinstance(each, RecordPublished)] == [numbers[1]]
    (left,) = area.records.intentions.values()
    assert left.numbers == (numbers[0],)
