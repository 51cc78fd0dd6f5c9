"""What is repeated goes on after an error, and ends when it is stopped."""

from __future__ import annotations

import asyncio

import pytest

from runtime.repeating import Repeating


async def test_an_error_does_not_end_it() -> None:
    done = asyncio.Event()
    times: list[int] = []

    async def act() -> None:
        times.append(len(times))
        if len(times) == 1:
            raise OSError
        done.set()

    repeating = Repeating(act, 0.001, "it went wrong", at_once=True)
    await repeating.start()
    await asyncio.wait_for(done.wait(), 20)
    await repeating.stop()
    assert len(times) > 1


@pytest.mark.parametrize("at_once", [True, False])
async def test_the_first_time_is_at_once_or_after_one_interval(at_once: bool) -> None:
    times: list[bool] = []

    async def act() -> None:
        times.append(True)

    repeating = Repeating(act, 3600, "it went wrong", at_once=at_once)
    await repeating.start()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await repeating.stop()
    assert times == [True] * at_once


async def test_what_was_never_started_can_be_stopped() -> None:
    async def act() -> None:
        raise AssertionError

    await Repeating(act, 3600, "it went wrong").stop()
