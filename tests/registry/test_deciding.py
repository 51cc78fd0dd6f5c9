"""A data manager's word counts above the machine's, can be taken back, and carries shields with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from services.registry.access import may_undo
from services.registry.children import ChildRecord, Verdict
from services.registry.documents import child_of, document_of
from tests.children import Change, address, nhs
from tests.registry.settled import Area, change

HOME = [address("4 Mill Lane", "NW7 4QT")]
AWAY = [address("9 Other Street", "SE1 1AA")]
FAR = [address("1 Harbour Road", "PL1 2AB")]
FIRST, OTHER = [nhs("9990000018")], [nhs("9990000026")]
START = datetime(2026, 3, 1, tzinfo=UTC)


def word(said: Literal["same", "different", "cannot-tell"], *pairs: str, at: int = 1) -> Verdict:
    """A word on two source records."""
    one, other = pairs
    when = START + timedelta(hours=at)
    return Verdict(f"v{at}", said, frozenset({one}), frozenset({other}), "a-manager", when, "because")


def probable() -> Area:
    """Two children of whom a person must say whether they are one."""
    area = Area()
    area.settle(change("gp", given="Amelia", family="Okafor", addresses=HOME, identifiers=FIRST))
    area.settle(change("school", given="Amelia", family="Okafor", addresses=HOME, identifiers=OTHER))
    assert len(area.parts()) == 2
    return area


def test_two_with_different_nhs_numbers_are_never_joined_by_machine_however_alike() -> None:
    area = probable()
    (doubt,) = area.of("gp/1").doubts.values()
    assert doubt.contradiction == "different-nhs-numbers"
    assert doubt.theirs == "school/1"


def test_a_word_joins_two_and_no_later_change_parts_them() -> None:
    area = probable()
    area.say(word("same", "gp/1", "school/1"))
    assert len(area.parts()) == 1
    area.settle(change("school", 2, given="Zbigniew", family="Kowalski", born="2011-01-30", addresses=AWAY))
    assert len(area.parts()) == 1


def test_a_word_parts_two_and_no_later_change_joins_them() -> None:
    area = Area()
    area.settle(change("gp", identifiers=[nhs("9990000018")]), change("school", identifiers=[nhs("9990000018")]))
    assert len(area.parts()) == 1
    area.say(word("different", "gp/1", "school/1"))
    assert len(area.parts()) == 2
    assert not area.of("gp/1").doubts
    area.settle(change("school", 2, identifiers=[nhs("9990000018")], addresses=HOME))
    area.settle(change("gp", 2, identifiers=[nhs("9990000018")], addresses=HOME))
    assert len(area.parts()) == 2


def test_a_third_record_does_not_bridge_what_a_word_has_parted() -> None:
    area = Area()
    area.settle(change("gp", identifiers=[nhs("9990000018")]), change("school", identifiers=[nhs("9990000018")]))
    area.say(word("different", "gp/1", "school/1"))
    area.settle(change("visitor", identifiers=[nhs("9990000018")]))
    assert area.of("gp/1").number != area.of("school/1").number


def test_the_newest_word_on_two_records_counts() -> None:
    area = probable()
    area.say(word("same", "gp/1", "school/1", at=1))
    area.say(word("different", "gp/1", "school/1", at=2))
    assert len(area.parts()) == 2
    area.say(word("same", "gp/1", "school/1", at=3))
    assert len(area.parts()) == 1


def test_a_merge_is_undone_to_exactly_what_was_before() -> None:
    area = probable()
    same: Change = {"given": "Amelia", "family": "Okafor", "addresses": HOME, "identifiers": OTHER}
    area.settle(*(change(source, **same) for source in ("visitor", "care", "justice")))
    # Sources that hold nothing any more; the last word of one of them could not even be used.
    area.settle(
        change("visitor", 2, gone=True), change("care", 2, gone=True), change("care", 3, born="1900-01-01")
    )
    before = {number: substance(child) for number, child in area.children.items()}
    said = word("same", "gp/1", "school/1")
    area.say(said)
    assert len(area.parts()) == 1
    numbers = set(before)
    assert {area.of("gp/1").number} | area.of("gp/1").supersedes.keys() == numbers
    area.say(said, undo=True)
    assert {number: substance(child) for number, child in area.children.items()} == before


def test_of_two_merged_one_after_the_other_each_takes_its_withdrawn_records_back() -> None:
    area = Area()
    for source, number in (("gp", "9990000018"), ("school", "9990000026"), ("visitor", "9990000034")):
        same: Change = {"given": "Amelia", "family": "Okafor", "addresses": HOME, "identifiers": [nhs(number)]}
        area.settle(change(source, **same), change(source, ref="2", **same))
        area.settle(change(source, 2, ref="2", gone=True))
    first, second = word("same", "school/1", "visitor/1", at=1), word("same", "gp/1", "school/1", at=2)
    for undone in ((second, first), (first, second)):
        area.say(first)
        area.say(second)
        assert len(area.parts()) == 1
        for each in undone:
            area.say(each, undo=True)
        for source in ("gp", "school", "visitor"):
            assert area.of(f"{source}/1").number == area.of(f"{source}/2").number


def test_what_was_withdrawn_while_two_were_merged_goes_back_to_whom_it_came_from() -> None:
    area = probable()
    area.settle(change("visitor", given="Amelia", family="Okafor", addresses=HOME, identifiers=OTHER))
    younger = area.of("visitor/1").number
    said = word("same", "gp/1", "school/1")
    area.say(said)
    area.settle(change("visitor", 2, gone=True))
    area.say(said, undo=True)
    assert area.of("visitor/1").number == area.of("school/1").number == younger


def test_numbers_that_led_to_a_merged_child_lead_to_it_again_once_it_is_back() -> None:
    area = Area()
    for source, number in (("gp", "9990000018"), ("school", "9990000026"), ("visitor", "9990000034")):
        area.settle(change(source, given="Amelia", family="Okafor", addresses=HOME, identifiers=[nhs(number)]))
    middle, last = area.of("school/1").number, area.of("visitor/1").number
    area.say(word("same", "school/1", "visitor/1", at=1))
    assert area.children[last].superseded_by == middle
    said = word("same", "gp/1", "school/1", at=2)
    area.say(said)
    assert area.of("visitor/1").number == area.of("gp/1").number
    area.say(said, undo=True)
    assert area.of("school/1").number == middle
    assert area.of("school/1").supersedes.keys() == {last}
    assert area.of("gp/1").supersedes == {}


def substance(child: ChildRecord) -> object:
    """All but revisions and history, which only grow."""
    doubts = {(d.pair, d.bits, d.tied, d.shielded, d.since) for d in child.doubts.values()}
    sources = tuple((each.key, each.version, each.refusal) for each in child.sources)
    supersedes = child.supersedes.keys()
    return (
        child.number,
        child.founder,
        sources,
        child.marks,
        supersedes,
        child.superseded_by,
        doubts,
        child.verdicts,
    )


def test_a_merged_child_is_shielded_if_either_was_and_both_are_once_it_is_split() -> None:
    area = probable()
    area.shield(area.of("school/1").number)
    area.say(word("same", "gp/1", "school/1", at=1))
    assert area.of("gp/1").shielded
    area.say(word("different", "gp/1", "school/1", at=2))
    assert area.of("gp/1").number != area.of("school/1").number
    assert area.of("gp/1").shielded
    assert area.of("school/1").shielded


def test_whoever_may_be_a_shielded_child_is_held_until_a_person_says_that_they_are_different() -> None:
    area = probable()
    area.shield(area.of("gp/1").number)
    assert area.of("school/1").held
    area.say(word("cannot-tell", "gp/1", "school/1", at=1))
    assert area.of("school/1").held
    area.say(word("different", "gp/1", "school/1", at=2))
    assert not area.of("school/1").held
    assert area.of("school/1").visible
    # Nothing new came to light: a change that says no more does not hold it again.
    area.settle(change("school", 2, given="Amelia", family="Okafor", addresses=HOME, identifiers=OTHER))
    assert not area.of("school/1").held


@pytest.mark.parametrize("parted_by", ["a word", "a correction"])
def test_each_part_of_a_held_child_is_held_whichever_of_its_records_was_the_likest(parted_by: str) -> None:
    area = probable()
    mother = {"name": "Grace Okafor", "relationship": "mother", "contacts": []}
    also: Change = {"given": "Amelia", "family": "Okafor", "addresses": HOME, "identifiers": OTHER}
    area.settle(change("visitor", carers=[mother], **also))
    area.shield(area.of("gp/1").number)
    ((likest, _),) = area.of("school/1").doubts
    (rest,) = (each.key for each in area.of("school/1").live if each.key != likest)
    if parted_by == "a word":
        area.say(word("different", likest, rest))
        assert area.of(likest).held
    else:
        source = likest.split("/")[0]
        area.settle(change(source, 2, given="Zbigniew", family="Kowalski", born="2011-01-30", addresses=AWAY))
    assert area.of(likest).number != area.of(rest).number
    assert area.of(rest).held


GRACE = [{"name": "Grace Okafor", "relationship": "mother", "contacts": [{"kind": "phone", "value": "0161 1"}]}]


@pytest.mark.parametrize(
    "other",
    [
        {"given": "Millie", "family": "Bello", "born": "2015-04-09", "addresses": FAR},
        {"given": "Zara", "family": "Bello", "born": "2015-09-04", "addresses": FAR, "carers": GRACE},
    ],
)
@pytest.mark.parametrize("first", ["shield", "other"])
def test_who_has_little_in_common_with_a_shielded_child_is_held_whichever_comes_first(
    first: str, other: Change
) -> None:
    area = Area()
    area.settle(change("gp", given="Amelia", family="Okafor", born="2015-04-09", addresses=HOME, carers=GRACE))
    if first == "other":
        area.settle(change("school", **other))
    area.shield(area.of("gp/1").number)
    if first == "shield":
        area.settle(change("school", **other))
    assert area.of("school/1").held


def test_what_is_held_leaves_a_trace_in_the_history_and_so_does_what_releases_it() -> None:
    area = probable()
    area.shield(area.of("gp/1").number)
    area.shield(area.of("gp/1").number, placed=False, offset=2)
    assert [event.what for event in area.of("school/1").history] == ["created", "in-doubt", "held", "released"]
    assert [event.what for event in area.of("gp/1").history][-2:] == ["shielded", "unshielded"]


def test_every_child_record_comes_back_from_its_document_as_it_was() -> None:
    area = probable()
    area.shield(area.of("gp/1").number)
    area.say(word("cannot-tell", "gp/1", "school/1"))
    area.settle(change("gp", 9, born="1900-01-01"))
    for child in area.children.values():
        assert child_of(document_of(child)) == child


def told_apart(**child: Any) -> Area:
    """A shielded child, and one of nearly her name who was held for her until a person told them apart."""
    area = Area()
    area.settle(change("gp", given="Amelia", family="Okafor", addresses=HOME, identifiers=FIRST))
    area.shield(area.of("gp/1").number)
    area.settle(change("school", given="Amelia", family="Ward", addresses=AWAY, **child))
    assert area.of("school/1").held
    area.say(word("different", "gp/1", "school/1"))
    assert area.of("school/1").visible
    return area


@pytest.mark.parametrize("who", ["school", "gp"])
def test_whoever_was_told_apart_is_held_again_once_more_speaks_against_that_and_joined_by_no_machine(
    who: str,
) -> None:
    area = told_apart()
    if who == "school":
        found_out = {"family": "Okafor", "addresses": [*AWAY, *HOME], "identifiers": FIRST}
        area.settle(change("school", 2, given="Amelia", **found_out))
    else:
        area.settle(change("gp", 2, given="Amelia", family="Ward", addresses=[*AWAY, *HOME]))
    assert area.of("school/1").number != area.of("gp/1").number
    assert area.of("school/1").held
    area.say(word("different", "gp/1", "school/1", at=2))
    assert area.of("school/1").visible
    # What was known when that was said is not asked about again, whatever else a source says anew.
    area.settle(change("school", 3, given="Amelia", family="Okafor", addresses=HOME, identifiers=FIRST))
    assert area.of("school/1").visible
    child = area.of("school/1")
    assert child_of(document_of(child)) == child


def test_two_who_were_told_apart_and_turn_out_alike_are_asked_about_again() -> None:
    area = Area()
    area.settle(change("gp", given="Amelia", family="Okafor", addresses=HOME))
    area.settle(change("school", given="Amelia", family="Okafor", addresses=AWAY))
    area.say(word("different", "gp/1", "school/1"))
    assert not area.of("gp/1").doubts
    area.settle(change("school", 2, given="Amelia", family="Okafor", addresses=[*AWAY, *HOME]))
    (doubt,) = area.of("gp/1").doubts.values()
    assert (doubt.theirs, len(area.parts())) == ("school/1", 2)


def test_who_cannot_tell_any_more_takes_an_older_word_back() -> None:
    area = told_apart()
    area.say(word("cannot-tell", "gp/1", "school/1", at=2))
    assert area.of("school/1").held


def test_a_mistaken_release_is_taken_back_by_those_whose_shielded_child_it_may_be() -> None:
    area = told_apart(responsible_authority="eastmoor")
    both = [area.of("gp/1"), area.of("school/1")]
    assert [may_undo(both, authority) for authority in ("northshire", "eastmoor")] == [True, False]
    assert not may_undo([], "northshire")
