"""The outcome of settling depends on what the sources now say, never on how their changes came."""

from __future__ import annotations

import itertools
import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.child_number import new_child_number
from contracts.sources import ChildSupplied, ChildWithdrawn, SourceChange
from runtime import clock
from services.registry import matching
from services.registry.children import ChildRecord, ShieldMark, SourceRecord
from services.registry.settling import Neighbourhood
from services.registry.shielding import marked
from tests.children import nhs, supplied, withdrawn

BORN = ("2015-04-09", "2015-04-10")
NUMBERS = ("9990000018", "9990000026", "9990000034")


def change(ref: str, version: int, born: str, numbers: tuple[str, ...] | None) -> SourceChange:
    """A change of one source record; without numbers it is withdrawn."""
    if numbers is None:
        return ChildWithdrawn.model_validate(withdrawn("gp", ref, version), strict=False)
    made = supplied("gp", ref, version, born=born, identifiers=[nhs(number) for number in numbers])
    return ChildSupplied.model_validate(made, strict=False)


changes = st.lists(
    st.builds(
        change,
        ref=st.sampled_from("abcdef"),
        version=st.integers(1, 6),
        born=st.sampled_from(BORN),
        numbers=st.none() | st.lists(st.sampled_from(NUMBERS), max_size=2, unique=True).map(tuple),
    ),
    max_size=24,
    unique_by=lambda each: (each.source_ref, each.source_version),
)


def settle(
    batches: list[list[SourceChange]], children: dict[str, ChildRecord] | None = None
) -> dict[str, ChildRecord]:
    """The children after these batches, each kept before the next is read."""
    kept = dict(children or {})
    for batch in batches:
        hood = Neighbourhood(dict(kept), new_child_number, clock.now())
        hood.settle(batch)
        for step in hood.steps():
            kept |= {child.number: child for child in step}
    return kept


def parts(children: dict[str, ChildRecord]) -> set[frozenset[tuple[str, int]]]:
    """Which source records, in which version, are one child."""
    live = (frozenset((each.key, each.version) for each in child.live) for child in children.values())
    return {part for part in live if part}


def expected(came: list[SourceChange]) -> set[frozenset[tuple[str, int]]]:
    """The same, from nothing but the newest version of each source record."""
    newest: dict[str, SourceRecord] = {}
    for record in map(SourceRecord.of, came):
        if record.key not in newest or newest[record.key].version < record.version:
            newest[record.key] = record
    live = [record for record in newest.values() if record.supplied is not None]
    return {frozenset((each.key, each.version) for each in part) for part in matching.clusters(live)}


@settings(max_examples=300, deadline=None)
@given(came=changes, seed=st.integers(0, 1000), size=st.integers(1, 9))
def test_any_order_any_batches_and_any_repetition_end_in_the_same_children(
    came: list[SourceChange], seed: int, size: int
) -> None:
    dice = random.Random(seed)
    shuffled = dice.sample(came, len(came)) + dice.sample(came, len(came) // 2)
    batches = [shuffled[at : at + size] for at in range(0, len(shuffled), size)]
    assert parts(settle(batches)) == expected(came)


@settings(max_examples=200, deadline=None)
@given(came=changes, size=st.integers(1, 9))
def test_no_source_record_is_ever_in_two_children_and_none_is_lost(came: list[SourceChange], size: int) -> None:
    children = settle([came[at : at + size] for at in range(0, len(came), size)])
    held = Counter(record.key for child in children.values() for record in child.sources)
    assert set(held) == {each.key for each in came}
    assert not held or max(held.values()) == 1


@settings(max_examples=200, deadline=None)
@given(came=changes, more=changes)
def test_whoever_descends_from_a_shielded_child_is_shielded(
    came: list[SourceChange], more: list[SourceChange]
) -> None:
    children = settle([came])
    shielded = next((child for child in children.values() if child.live), None)
    if shielded is None:
        return
    covered = {record.key for record in shielded.live}
    words = {shielded.number: ShieldMark(offset=5, placed=True)}
    children[shielded.number] = marked(shielded, words)
    newer = [
        each.model_copy(update={"source_version": each.source_version + 10})
        for each in more
        if each.key in covered
    ]
    for change_ in newer:
        children = settle([[change_]], children)
        for child in children.values():
            if any(record.key in covered for record in child.live):
                assert child.shielded


def test_a_child_that_takes_in_a_record_of_a_shielded_child_is_shielded() -> None:
    children = settle([[change("a", 1, BORN[0], NUMBERS[:1]), change("b", 1, BORN[0], NUMBERS[:1])]])
    (hidden,) = children
    children[hidden] = marked(children[hidden], {hidden: ShieldMark(offset=5, placed=True)})
    children = settle([[change("c", 1, BORN[0], NUMBERS[1:2])]], children)
    children = settle([[change("b", 2, BORN[0], NUMBERS[1:2])]], children)
    assert all(child.shielded for child in children.values() if child.live)
    assert len([child for child in children.values() if child.live]) == 2


def test_a_shield_in_force_that_is_not_marked_yet_covers_both_sides_of_a_split() -> None:
    children = settle([[change("a", 1, BORN[0], NUMBERS[:1]), change("b", 1, BORN[0], NUMBERS[:1])]])
    (hidden,) = children
    hood = Neighbourhood(children, new_child_number, clock.now())
    hood.shield({hidden: ShieldMark(offset=5, placed=True)})
    hood.settle([change("b", 2, BORN[0], NUMBERS[1:2])])
    assert [child.shielded for step in hood.steps() for child in step] == [True, True]


def test_two_children_made_at_the_same_moment_become_one_when_looked_at_again() -> None:
    one, other = settle([[change("a", 1, BORN[0], NUMBERS[:1])]]), settle([[change("b", 1, BORN[0], NUMBERS[:1])]])
    hood = Neighbourhood({**one, **other}, new_child_number, clock.now())
    hood.look_again(other)
    after = {child.number: child for step in hood.steps() for child in step}
    elder, younger = sorted([*one.values(), *other.values()], key=lambda child: (child.created_at, child.number))
    assert after[younger.number].superseded_by == elder.number
    assert {record.key for record in after[elder.number].live} == {"gp/a", "gp/b"}
    assert after[elder.number].supersedes == {younger.number: 2}


def test_the_same_source_record_placed_twice_becomes_one_in_its_newer_version() -> None:
    one, other = settle([[change("a", 1, BORN[0], ())]]), settle([[change("a", 2, BORN[0], ())]])
    hood = Neighbourhood({**one, **other}, new_child_number, clock.now())
    hood.look_again(one)
    live = [child for step in hood.steps() for child in step if child.live]
    assert [[(record.key, record.version) for record in child.live] for child in live] == [[("gp/a", 2)]]


def test_a_repeated_change_changes_nothing_and_is_announced_again() -> None:
    first = change("a", 1, BORN[0], NUMBERS[:1])
    hood = Neighbourhood(settle([[first]]), new_child_number, clock.now())
    hood.settle([first])
    assert hood.steps() == []
    assert [child.revision for child in hood.announced()] == [1]


def test_a_child_number_that_is_taken_is_not_given_again() -> None:
    taken = settle([[change("a", 1, BORN[0], ())]])
    number = next(iter(taken))
    fresh = new_child_number()
    hood = Neighbourhood(taken, itertools.chain([number, number], itertools.repeat(fresh)).__next__, clock.now())
    hood.settle([change("b", 1, BORN[0], ())])
    assert set(hood.children) == {number, fresh}


def test_a_record_that_loses_what_joined_it_parts_again_and_keeps_its_number() -> None:
    children = settle([[change("a", 1, BORN[0], NUMBERS[:1])], [change("b", 1, BORN[0], NUMBERS[:1])]])
    (number,) = children
    after = settle([[change("b", 2, BORN[0], NUMBERS[1:2])]], children)
    assert {record.key for record in after[number].live} == {"gp/a"}
    assert parts(after) == {frozenset({("gp/a", 1)}), frozenset({("gp/b", 2)})}
