"""Finishing what was set out to be done; and who else has kept something meanwhile, told by counts."""

from __future__ import annotations

import pytest

from contracts.child_number import new_child_number
from runtime import clock
from services.registry.batches import SETTLED_TOGETHER
from services.registry.intentions import Intention, Tally
from services.registry.matching import Judge
from services.registry.neighbourhood import Neighbourhood
from services.registry.settling import Settling
from services.registry.wanted import Wanted
from tests.children import address
from tests.registry.settled import POLICY, Area, change


@pytest.mark.parametrize("news", [None, {"somebody"}], ids=["finishing", "others were near"])
def test_looking_again_at_who_is_not_shielded_asks_for_no_more_than_its_arrival_did(
    news: set[str] | None,
) -> None:
    (child,) = Area().settle(change("schools", addresses=[address("4 Mill Lane", "NW7 4QT")]))
    (record,) = child.sources
    hood = Neighbourhood([child], Wanted())
    settling = Settling(hood, Judge(POLICY), new_child_number, clock.now())
    settling.look_again(frozenset({record.key}), news)
    assert settling.missing.keys
    assert settling.missing.keys.keys() <= record.likeness.seek_keys


def test_what_is_finished_is_settled_some_at_a_time() -> None:
    assert len(list(Intention("", frozenset(map(str, range(2 * SETTLED_TOGETHER + 1)))).acts())) == 3


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
