"""Nobody asks faster than a person needs to, and nobody waits for another."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.pace import Pace
from tests.search.desks import Found, Log, application

QUESTIONS = {
    "/v1/searches": {"criteria": {"child_number": "9434765919"}},
    "/v1/views": {"child_number": "9434765919"},
}


def test_some_questions_come_at_once_and_then_one_every_so_often() -> None:
    pace = Pace(burst=3, every=10.0)
    assert [pace.wait("a", 0.0) for _ in range(5)] == [0.0, 0.0, 0.0, 10.0, 10.0]
    assert [pace.wait("a", 10.0) for _ in range(2)] == [0.0, 10.0]
    assert [pace.wait("b", 10.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert [pace.wait("a", 500.0) for _ in range(4)] == [0.0, 0.0, 0.0, 10.0]


@given(st.lists(st.floats(0.0, 5.0), min_size=1, max_size=200))
def test_however_questions_come_no_more_are_let_through_than_there_is_time_for(pauses: list[float]) -> None:
    pace, now, asked = Pace(burst=4, every=2.0), 0.0, 0
    for pause in pauses:
        now += pause
        asked += pace.wait("a", now) == 0.0
        assert asked <= 4 + now / 2.0


def test_where_no_pace_is_set_nobody_waits() -> None:
    pace = Pace(burst=1, every=0.0)
    assert {pace.wait("a", 0.0) for _ in range(100)} == {0.0}


def test_whoever_may_ask_as_if_they_never_had_is_forgotten() -> None:
    pace = Pace(burst=1, every=1.0)
    for number in range(20_005):
        pace.wait(str(number), number * 0.01)
    assert len(pace._made_good) < 10_100


@pytest.mark.parametrize("path", QUESTIONS)
async def test_who_asks_too_fast_is_told_when_to_ask_again_and_that_is_audited(path: str) -> None:
    index, log = Found(), Log()
    app = application(index, log, pace=Pace(burst=2, every=30.0))
    asked = {"reason": {"code": "safeguarding"}, **QUESTIONS[path]}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://search") as http:
        headers = {"Authorization": "Bearer x"}
        answers = [await http.post(path, json=asked, headers=headers) for _ in range(3)]
    assert [answer.status_code == 429 for answer in answers] == [False, False, True]
    assert answers[-1].json()["type"] == "urn:signpost:problem:too-fast"
    assert 0 < int(answers[-1].headers["retry-after"]) <= 30
    assert (log.outcomes[-1], len(index.asked)) == ("too-fast", 2)
