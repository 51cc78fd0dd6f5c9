"""The fence hands over what was recorded and may still be shown, within a deadline, or nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import Request

from contracts.codec import encode
from contracts.shields import ShieldPlaced
from runtime import clock
from runtime.face import Face, TooLateError
from runtime.fence import Fence, checked
from runtime.problems import ProblemError
from runtime.settings import KafkaSettings, LeaseSettings
from runtime.shields import Shields

CHILD = "4010232137"


class Record:
    """A message as Kafka's client hands it over."""

    def __init__(self, offset: int) -> None:
        placed = ShieldPlaced(child_number=CHILD, shield_id="s1", occurred_at=clock.now())
        self.offset, self.key, self.value = offset, CHILD.encode(), encode(placed)


class Known:
    """What a process knows of the shields: the code's own, fed by hand instead of by Kafka."""

    def __init__(self) -> None:
        self.lease = LeaseSettings(wait=0.0, write_within=0.3)
        self.shields = Shields("search", KafkaSettings(), self.lease)
        self.fence = Fence(self.shields, self.lease)
        self.request = Request({"type": "http"})

    def trust(self) -> None:
        self.shields._lease.polled(clock.monotonic(), 0, 0)

    def place(self) -> None:
        record: Any = Record(offset=0)
        self.shields._take(record)

    def decide(self, trusted: bool) -> str:
        return "whole" if trusted and not self.shields.any([CHILD]) else "restricted"


POST = {"type": "http", "method": "POST", "headers": []}


async def receive() -> Any:
    """Nobody is asked for more of the request."""
    raise AssertionError


async def nothing(_: str) -> None:
    """An audit entry that is acknowledged at once."""


def test_the_deadline_counts_from_before_the_check() -> None:
    assert checked("whole", lambda _: "whole", trusted=True, now=10.0, write_within=0.3) == 10.3
    assert checked("whole", lambda _: "restricted", trusted=False, now=10.0, write_within=0.3) is None


async def test_under_the_lease_the_whole_is_shown_and_must_leave_within_the_deadline() -> None:
    known = Known()
    known.trust()
    before = clock.monotonic()
    assert await known.fence.pass_through(known.request, known.decide, nothing) == "whole"
    assert before + 0.3 <= known.request.scope["signpost_deadline"] <= clock.monotonic() + 0.3


async def test_without_a_lease_only_the_restricted_view_passes() -> None:
    known = Known()
    assert await known.fence.pass_through(known.request, known.decide, nothing) == "restricted"


async def test_a_shield_that_comes_while_the_audit_entry_is_written_is_seen_by_the_check() -> None:
    known, recorded = Known(), []
    known.trust()

    async def record(shown: str) -> None:
        recorded.append(shown)
        known.place()

    assert await known.fence.pass_through(known.request, known.decide, record) == "restricted"
    assert recorded == ["whole", "restricted"]


async def test_an_answer_that_never_settles_is_not_given() -> None:
    known = Known()
    answers = iter(range(100))
    with pytest.raises(ProblemError, match="shields-unsettled"):
        await known.fence.pass_through(known.request, lambda _: str(next(answers)), nothing)


async def test_what_has_not_left_by_its_deadline_does_not_leave() -> None:
    left: list[Any] = []

    async def answer(scope: Any, _: Any, send: Any) -> None:
        scope["signpost_deadline"] = clock.monotonic() - 0.001
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        left.append(message)

    with pytest.raises(TooLateError):
        await Face(answer)(dict(POST), receive, send)
    assert left == []


async def test_what_waits_until_its_deadline_for_a_caller_that_does_not_read_does_not_leave() -> None:
    reads, left = asyncio.Event(), list[Any]()

    async def answer(scope: Any, _: Any, send: Any) -> None:
        scope["signpost_deadline"] = clock.monotonic() + 0.02
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        await reads.wait()
        left.append(message)

    async with asyncio.timeout(10):
        with pytest.raises(TooLateError):
            await Face(answer)(dict(POST), receive, send)
    reads.set()
    assert left == []
