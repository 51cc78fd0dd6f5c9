"""The outcome of settling depends on what the sources now say, never on how their changes came."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.sources import SourceChange
from runtime import clock
from services.registry.matching import Judge, clusters
from services.registry.sources import SourceRecord, arrived, taken
from tests.children import address
from tests.registry.changes import changes
from tests.registry.settled import POLICY, Area, change


def settled(came: list[SourceChange], size: int) -> Area:
    """An area that took these changes in, in batches."""
    area = Area()
    for at in range(0, len(came), size):
        area.settle(*came[at : at + size])
    return area


def expected(came: list[SourceChange]) -> set[frozenset[tuple[str, int]]]:
    """The same, from nothing but the newest usable version of each source record."""
    newest: dict[str, SourceRecord] = {}
    for each in sorted(came, key=lambda one: one.source_version):
        record = taken(newest.get(each.key), arrived(each, clock.now()))
        assert record is not None
        newest[each.key] = record
    parts = clusters((each for each in newest.values() if each.live), Judge(POLICY))
    return {frozenset((each.key, each.version) for each in part) for part in parts}


@settings(max_examples=200, deadline=None)
@given(came=changes, seed=st.integers(0, 1000), size=st.integers(1, 9))
def test_any_order_any_batches_and_any_repetition_end_in_the_same_children(
    came: list[SourceChange], seed: int, size: int
) -> None:
    dice = random.Random(seed)
    shuffled = dice.sample(came, len(came)) + dice.sample(came, len(came) // 2)
    area = settled(shuffled, size)
    assert area.parts() == expected(came)
    assert doubts(area) == doubts(settled(came, 1))


def doubts(area: Area) -> set[tuple[frozenset[str], ...]]:
    """Which children are in doubt with which, by their source records."""
    found = set()
    for child in area.children.values():
        for mine, theirs in child.doubts:
            pair = (area.of(mine), area.of(theirs))
            found.add(tuple(sorted((frozenset(r.key for r in each.live) for each in pair), key=sorted)))
    return found


@settings(max_examples=100, deadline=None)
@given(came=changes, size=st.integers(1, 9))
def test_no_source_record_is_ever_in_two_children_and_none_is_lost(came: list[SourceChange], size: int) -> None:
    held = Counter(record.key for child in settled(came, size).children.values() for record in child.sources)
    assert set(held) == {each.key for each in came}
    assert not held or max(held.values()) == 1


@settings(max_examples=100, deadline=None)
@given(came=changes, more=changes)
def test_whoever_descends_from_a_shielded_child_is_shielded(
    came: list[SourceChange], more: list[SourceChange]
) -> None:
    area = settled(came, 5)
    shielded = next((child for child in area.children.values() if child.live), None)
    if shielded is None:
        return
    area.shield(shielded.number)
    covered = {record.key for record in area.children[shielded.number].live}
    for each in more:
        area.settle(each.model_copy(update={"source_version": each.source_version + 10}))
        for child in area.children.values():
            if any(record.key in covered for record in child.live):
                assert child.shielded


@settings(max_examples=100, deadline=None)
@given(came=changes, shielded_at=st.integers(0, 16), size=st.integers(1, 4))
def test_a_doubt_is_on_both_children_and_tells_which_of_them_is_shielded(
    came: list[SourceChange], shielded_at: int, size: int
) -> None:
    area = settled(came[:shielded_at], size)
    for number in list(area.children)[:2]:
        area.shield(number)
    for each in came[shielded_at:]:
        area.settle(each)
    for child in area.children.values():
        for (mine, theirs), doubt in child.doubts.items():
            other = area.of(theirs)
            assert other.number != child.number
            assert mine in {record.key for record in child.compared}
            assert doubt.shielded == other.shielded
            assert (theirs, mine) in other.doubts


def test_a_record_that_nothing_can_be_made_of_leaves_what_was_known_and_is_noted() -> None:
    area = Area()
    area.settle(change("gp", 1))
    area.settle(change("gp", 3, born="1900-01-01"))
    (child,) = area.children.values()
    assert child.live[0].version == 1
    assert child.visible
    assert child.sources[0].refusal is not None
    assert child.sources[0].refusal.reason == "born-too-long-ago"
    area.settle(change("gp", 2, given="Amelie"))
    assert area.of("gp/1").live[0].version == 2
    area.settle(change("gp", 4))
    assert area.of("gp/1").sources[0].refusal is None


@pytest.mark.parametrize(("born", "joined"), [("2015-01-01", True), ("2015-04-01", True), ("2014-01-01", False)])
def test_a_birth_date_known_to_the_year_or_month_alone_keeps_nobody_apart(born: str, joined: bool) -> None:
    area = Area()
    at_home = [address("4 Mill Lane", "NW7 4QT")]
    area.settle(change("school", given="Amelia", family="Okafor", born="2015-04-09", addresses=at_home))
    area.settle(change("gp", given="Amelia", family="Okafor", born=born, addresses=at_home))
    assert (area.of("school/1").number == area.of("gp/1").number) is joined
