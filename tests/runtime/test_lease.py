"""The lease never outlasts what is known, and says so from the moment the question was sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.lease import Lease, StreamShrankError


def test_a_lease_runs_from_the_sending_of_the_poll_not_from_its_answer() -> None:
    lease = Lease(length=0.8)
    lease.consumed(10)
    lease.polled(sent=100.0, end=10, position=10)
    assert lease.valid(100.79)
    assert not lease.valid(100.8)


def test_a_poll_counts_only_once_its_end_is_consumed() -> None:
    lease = Lease(length=0.8)
    lease.polled(sent=100.0, end=11, position=0)
    lease.consumed(10)
    assert not lease.valid(100.1)
    lease.consumed(11)
    assert lease.valid(100.1)


def test_a_stream_that_shrank_ends_the_lease_at_once() -> None:
    lease = Lease(length=0.8)
    lease.consumed(10)
    lease.polled(sent=100.0, end=10, position=10)
    with pytest.raises(StreamShrankError):
        lease.polled(sent=100.1, end=3, position=10)
    assert not lease.valid(100.2)


def test_a_stream_that_shrank_is_not_trusted_again_however_far_it_grows() -> None:
    lease = Lease(length=0.8)
    lease.consumed(10)
    with pytest.raises(StreamShrankError):
        lease.polled(sent=100.0, end=3, position=10)
    lease.polled(sent=101.0, end=11, position=10)
    lease.consumed(11)
    assert not lease.valid(101.1)
    assert lease.broken


def test_a_message_that_is_consumed_before_an_older_poll_is_answered_is_no_shrunken_stream() -> None:
    lease = Lease(length=0.8)
    lease.consumed(11)
    lease.polled(sent=100.0, end=10, position=10)
    assert lease.valid(100.1)


def test_without_a_poll_there_is_no_lease() -> None:
    lease = Lease(length=0.8)
    lease.consumed(99)
    assert not lease.valid(0.0)


events = st.lists(
    st.tuples(st.sampled_from(["append", "poll", "consume", "look"]), st.floats(0.01, 0.5)), max_size=60
)


@given(events=events)
def test_a_valid_lease_means_that_every_shield_older_than_its_length_has_been_consumed(
    events: list[tuple[str, float]],
) -> None:
    lease, now, end, consumed = Lease(length=0.8), 0.0, 0, 0
    written: list[float] = []
    for what, passes in events:
        now += passes
        if what == "append":
            end += 1
            written.append(now)
        elif what == "poll":
            lease.polled(sent=now, end=end, position=lease.position)
        elif what == "consume":
            consumed = min(end, consumed + 1)
            lease.consumed(consumed)
        elif lease.valid(now):
            assert all(at > now - 0.8 for at in written[consumed:])
