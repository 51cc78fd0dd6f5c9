"""Whether somebody else has kept something meanwhile, told by counts."""

from __future__ import annotations

import pytest

from services.registry.intentions import Tally


@pytest.mark.parametrize(
    ("before", "now", "mine", "crossed"),
    [
        ({}, {}, 0, False),
        ({}, {"me": 1}, 1, False),
        ({"other": 3}, {"other": 3, "me": 2}, 2, False),
        ({"other": 3}, {"other": 4, "me": 2}, 2, True),
        ({}, {"other": 1, "me": 1}, 1, True),
        ({"other": 3}, {"me": 1}, 1, True),
        ({"me": 5}, {"me": 7}, 1, True),
        ({"me": 5}, {"me": 7}, None, False),
        ({"me": 5, "other": 1}, {"me": 7, "other": 2}, None, True),
    ],
    ids=[
        "nobody",
        "only this process",
        "only this process, another known",
        "another once more",
        "another for the first time",
        "another forgotten: it may have been counted anew",
        "something else in this process",
        "nothing else is at work in this process",
        "nothing else in this process, and another",
    ],
)
def test_who_has_kept_something_meanwhile_is_told_by_counts(
    before: dict[str, int], now: dict[str, int], mine: int | None, crossed: bool
) -> None:
    assert Tally(now, "me").crossed(Tally(before, "me"), mine) is crossed
