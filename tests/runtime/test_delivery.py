"""The failure policy: retry what may succeed, set aside what cannot, stop at a flood."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from contracts.codec import encode
from contracts.dead_letters import DeadLetterSetAside, Origin
from contracts.heartbeats import Heartbeat
from contracts.shields import SHIELDS, ShieldPlaced
from runtime import clock
from runtime.delivery import Delivered, Delivery, Flood, FloodError, Raw, RetryLaterError
from runtime.health import Progress
from runtime.settings import DeliverySettings

FAST = DeliverySettings(retry_first=0.001, retry_longest=0.002, retry_in_place=0.05, flood_limit=3)
NUMBERS = ("4010232137", "9434765919", "9990000018", "9990000026")


def raw(offset: int, body: bytes | None = None) -> Raw:
    """A good message, or the given body."""
    number = NUMBERS[offset % len(NUMBERS)]
    message = ShieldPlaced(child_number=number, shield_id=str(offset), occurred_at=clock.now())
    return Raw(
        encode(message) if body is None else body,
        number.encode(),
        Origin(topic="t", partition=0, offset=offset),
        clock.now().timestamp(),
    )


class Aside:
    """Collects dead letters."""

    def __init__(self) -> None:
        self.offsets: list[int] = []

    async def __call__(self, letters: Sequence[DeadLetterSetAside]) -> None:
        self.offsets += [each.origin.offset for each in letters]


def delivery(handler: Callable[[Any], Awaitable[None]], aside: Aside, **changed: Any) -> Delivery:
    """A delivery to this handler."""
    limits = FAST.model_copy(update=changed)
    return Delivery(
        SHIELDS, "g", handler, settings=limits, transient=lambda _: False, set_aside=aside, flood=Flood(limits)
    )


async def test_what_cannot_be_read_is_set_aside_and_the_rest_is_handled_in_order() -> None:
    handled: list[int] = []

    async def handler(batch: Sequence[Delivered[Any]]) -> None:
        handled.extend(each.origin.offset for each in batch)

    aside = Aside()
    count = await delivery(handler, aside).take([raw(0), raw(1, b"{"), raw(2)])
    assert (handled, aside.offsets, count) == ([0, 2], [1], 1)


async def test_a_heartbeat_is_neither_handed_to_the_handler_nor_set_aside() -> None:
    handled: list[int] = []

    async def handler(batch: Sequence[Delivered[Any]]) -> None:
        handled.extend(each.origin.offset for each in batch)

    aside = Aside()
    beat = replace(raw(1, encode(Heartbeat(occurred_at=clock.now()))), key=b"heartbeat")
    assert await delivery(handler, aside).take([raw(0), beat, raw(2)]) == 0
    assert await delivery(handler, aside).take([beat]) == 0
    assert (handled, aside.offsets) == ([0, 2], [])


async def test_the_one_message_that_a_handler_can_never_take_is_found_and_set_aside() -> None:
    handled: list[int] = []

    async def handler(batch: Sequence[Delivered[Any]]) -> None:
        if any(each.origin.offset == 5 for each in batch):
            raise KeyError
        handled.extend(each.origin.offset for each in batch)

    aside = Aside()
    await delivery(handler, aside).take([raw(n) for n in range(9)])
    assert handled == [0, 1, 2, 3, 4, 6, 7, 8]
    assert aside.offsets == [5]


async def test_what_may_succeed_later_is_tried_again_in_place() -> None:
    tries = 0

    async def handler(_: Sequence[Delivered[Any]]) -> None:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise ConnectionError

    aside = Aside()
    taking = delivery(handler, aside, retry_in_place=30.0)
    await taking.take([raw(0)])
    assert (tries, aside.offsets, taking.retrying_since) == (4, [], None)


async def test_retrying_in_place_ends_and_hands_the_batch_back() -> None:
    async def handler(_: Sequence[Delivered[Any]]) -> None:
        raise ConnectionError

    aside = Aside()
    with pytest.raises(RetryLaterError):
        await delivery(handler, aside).take([raw(0)])
    assert aside.offsets == []


async def test_a_flood_stops_before_anything_more_is_set_aside() -> None:
    async def handler(_: Sequence[Delivered[Any]]) -> None: ...

    aside = Aside()
    taking = delivery(handler, aside)
    await taking.take([raw(n, b"{") for n in range(3)])
    with pytest.raises(FloodError):
        await taking.take([raw(3, b"{")])
    assert len(aside.offsets) == 3


def test_the_watchdog_calls_a_consumer_stalled_that_has_work_and_does_not_move() -> None:
    progress = Progress(position=0, moved_at=0.0)
    progress.seen(position=5, lag=3, excused=False, now=10.0)
    progress.seen(position=5, lag=3, excused=False, now=39.0)
    assert not progress.stalled(now=39.0, patience=30.0)
    assert progress.stalled(now=41.0, patience=30.0)


def test_the_watchdog_lets_those_be_that_are_done_or_wait_knowingly() -> None:
    progress = Progress(position=0, moved_at=0.0)
    progress.seen(position=5, lag=0, excused=False, now=10.0)
    progress.seen(position=5, lag=0, excused=False, now=100.0)
    progress.seen(position=5, lag=9, excused=True, now=150.0)
    assert not progress.stalled(now=160.0, patience=30.0)
