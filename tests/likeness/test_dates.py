"""Birth dates: what is a slip, what is the order of day and month, and what is another date."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likeness.dates import UNKNOWN, Born, compare, mistaken_for, says_more, swapped


@pytest.mark.parametrize(
    ("other", "level"),
    [
        (date(2015, 4, 9), Born.EXACT),
        (date(2015, 9, 4), Born.SWAPPED),
        (date(2015, 4, 8), Born.SLIP),
        (date(2016, 4, 9), Born.SLIP),
        (date(2051, 4, 9), Born.SLIP),
        (date(2015, 11, 9), Born.PARTLY),
        (date(2008, 4, 9), Born.PARTLY),
        (date(2015, 4, 27), Born.PARTLY),
        (date(2014, 4, 27), Born.DIFFERENT),
        (date(2015, 1, 1), Born.PARTLY),
        (date(2014, 1, 1), Born.DIFFERENT),
        (UNKNOWN, Born.MISSING),
    ],
)
def test_two_dates_agree_as_far_as_a_slip_explains(other: date, level: Born) -> None:
    assert compare(date(2015, 4, 9), other) == level
    assert compare(other, date(2015, 4, 9)) == level


def test_the_date_that_stands_for_none_agrees_with_nothing_not_even_itself() -> None:
    assert compare(UNKNOWN, UNKNOWN) == Born.MISSING


@given(st.dates())
def test_swapping_day_and_month_twice_changes_nothing(born: date) -> None:
    other = swapped(born)
    assert other is None or (swapped(other) == born and other != born)


def test_what_a_date_is_mistaken_for_has_day_and_month_or_two_digits_the_other_way_round() -> None:
    found = mistaken_for(date(2015, 4, 12))
    assert {date(2015, 12, 4), date(2015, 4, 21), date(2051, 4, 12)} <= found
    assert date(2015, 4, 12) not in found
    assert all(compare(date(2015, 4, 12), each) >= Born.SLIP for each in found)
    assert not mistaken_for(date(2016, 2, 29))


@pytest.mark.parametrize(
    ("one", "other", "more"),
    [
        (date(2015, 4, 9), UNKNOWN, True),
        (date(2015, 1, 1), UNKNOWN, True),
        (UNKNOWN, UNKNOWN, False),
        (UNKNOWN, date(2015, 1, 1), False),
        (date(2015, 4, 9), date(2015, 1, 1), True),
        (date(2015, 1, 1), date(2015, 4, 9), False),
        (date(2014, 4, 9), date(2015, 1, 1), False),
        (date(2015, 4, 9), date(2015, 4, 1), False),
    ],
)
def test_a_date_says_more_than_none_and_a_day_than_the_year_alone(one: date, other: date, more: bool) -> None:
    assert says_more(one, other) is more
