"""Homes: one dwelling written in several ways, and another dwelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likeness.codes import compact
from likeness.homes import Home, Place, compare, home_of


def home(postcode: str, lines: str) -> Home:
    return home_of(compact(postcode), lines)


@pytest.mark.parametrize(
    ("postcode", "lines", "level"),
    [
        ("nw74qt", "4 MILL LANE", Place.SAME),
        ("NW7 4QT", "Flat 2, 4 Mill Lane", Place.SAME),
        ("NW7 4QT", "4 Mil lLane", Place.SAME),
        ("NW7 4TQ", "4 Mill Lane", Place.MISTYPED),
        ("NW7 4QR", "4 Mill Lane", Place.MISTYPED),
        ("NW7 4QT", "9 Mill Lane", Place.STREET),
        ("NW7 4QT", "4", Place.STREET),
        ("EM1 1AA", "4 Mill Lane", Place.ELSEWHERE),
        ("NW7 4QT", "9 Church Street", Place.POSTCODE),
        ("NW7 4ZZ", "9 Church Street", Place.SECTOR),
        ("EM1 1AA", "4 Mill Road", Place.DIFFERENT),
        ("", "4 Mill Lane", Place.ELSEWHERE),
        ("", "", Place.MISSING),
    ],
)
def test_two_homes_agree_as_far_as_people_would_say(postcode: str, lines: str, level: Place) -> None:
    one, other = home("NW7 4QT", "4 Mill Lane"), home(postcode, lines)
    assert compare((one,), (other,))[0] == level
    assert compare((other,), (one,))[0] == level


def test_of_several_homes_the_best_agreement_counts() -> None:
    old, new = home("NW7 4QT", "4 Mill Lane"), home("EM1 1AA", "9 Church Street")
    assert compare((new, old), (old,))[0] == Place.SAME


@given(st.text(max_size=600), st.text(max_size=600))
def test_no_address_is_too_long_to_compare(one: str, other: str) -> None:
    mine, theirs = home(one, other), home(other, one)
    assert compare((mine,), (theirs,)) == compare((theirs,), (mine,))
    assert max(map(len, (mine.postcode, *mine.house, *mine.street)), default=0) <= 20
