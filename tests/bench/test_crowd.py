"""The crowd among whom candidates are counted: some of it is shielded, and found by wide keys too."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bench.crowd import ONE_SHIELDED_IN, Index, candidates
from likeness.person import Person, PersonName

AMELIA = Person(
    names=(PersonName(("amelia",), ("okafor",), True),),
    born=date(2015, 4, 9),
    gender="female",
    homes=(),
    strong=frozenset(),
    identifiers=frozenset(),
    carers=(),
)

WAYS = ("by the keys of all", "among the shielded by wide keys", "in all")


def test_who_is_shielded_is_a_candidate_of_one_with_a_name_and_two_parts_of_the_date_in_common() -> None:
    index, other = (
        Index(),
        replace(AMELIA, names=(PersonName(("zoe",), ("okafor",), True),), born=date(2015, 4, 30)),
    )
    index.add(1, AMELIA)
    assert index.found(other) == index.found_shielded(other) == set()
    index.shield(1, AMELIA)
    assert index.found(other) == set()
    assert index.found_shielded(other) == {1}


def test_candidates_are_counted_by_either_way_and_together() -> None:
    figures = {each.name: each for each in candidates(2 * ONE_SHIELDED_IN)}
    assert figures["shielded children among 400"].value == 2
    most = {way: figures[f"candidates a change among 400, {way}, max"].value for way in WAYS}
    assert most["by the keys of all"] > 0
    assert max(most.values()) == most["in all"] <= sum(most.values()) - most["in all"]
    assert [name for name, each in figures.items() if each.limit] == [
        "candidates a change among 400, in all, p50",
        "candidates a change among 400, in all, p99",
    ]
