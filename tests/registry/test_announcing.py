"""What was kept unaware of a shield is covered by it before anybody is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from contracts.base import Message
from contracts.records import RecordPublished
from runtime.overlay import Overlay
from services.registry.announcing import Announcer
from services.registry.children import ChildRecord
from tests.registry.settled import Area
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
