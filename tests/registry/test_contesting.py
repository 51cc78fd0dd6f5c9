"""A word that records are one child stands, and once more speaks against it than at first, it is asked about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.sources import SourceChange
from services.registry import queue
from services.registry.children import ChildRecord, Verdict
from services.registry.contesting import contested, halves
from services.registry.documents import child_of, document_of
from services.registry.matching import Judge
from services.registry.matters import matter_of
from services.registry.shielding import pending_holds
from services.registry.sources import SourceRecord
from tests.children import Change, address, nhs
from tests.registry.changes import changes
from tests.registry.settled import POLICY, Area, change

HOME, AWAY = [address("4 Mill Lane", "NW7 4QT")], [address("9 Other Street", "SE1 1AA")]
AMELIA: Change = {"given": "Amelia", "family": "Okafor", "born": "2015-04-09", "addresses": HOME}
ZBIGNIEW: Change = {"given": "Zbigniew", "family": "Kowalski", "born": "2011-01-30", "addresses": AWAY}
FIRST, OTHER = [nhs("9990000018")], [nhs("9990000026")]
START = datetime(2026, 3, 1, tzinfo=UTC)

Said = Literal["same", "different", "cannot-tell"]


def word(said: Said, one: str = "gp/1", other: str = "school/1", at: int = 1) -> Verdict:
    """A word on two source records."""
    when = START + timedelta(hours=at)
    return Verdict(f"v{at}", said, frozenset({one}), frozenset({other}), "a-manager", when, "because")


def merged(**school: object) -> Area:
    """Two whom no machine would join, since they live apart, and of whom a person said that they are one child."""
    area = Area()
    area.settle(change("gp", identifiers=FIRST, **AMELIA))
    area.settle(change("school", **{**AMELIA, "addresses": AWAY, **school}))
    assert len(area.parts()) == 2
    area.say(word("same"))
    assert len(area.parts()) == 1
    assert area.of("gp/1").contested is None
    return area


def corrected() -> Area:
    """The same, once the school knows another national number."""
    area = merged()
    area.settle(change("school", 2, identifiers=OTHER, **{**AMELIA, "addresses": AWAY}))
    return area


def again(area: Area, said: Said, at: int = 2) -> Verdict:
    """A data manager decides on what is asked about the child of the gp's record."""
    ones, others = (frozenset(r.key for r in half.sources) for half in halves(area.of("gp/1"), Judge(POLICY)))
    verdict = Verdict(f"v{at}", said, ones, others, "a-manager", START + timedelta(hours=at), "because")
    area.say(verdict)
    return verdict


def whats(child: ChildRecord) -> list[str]:
    """What happened to the child."""
    return [event.what for event in child.history]


def test_a_correction_that_contradicts_a_word_parts_nobody_and_is_asked_about() -> None:
    area = corrected()
    (child,) = (each for each in area.children.values() if each.live)
    assert len(child.live) == 2
    assert child.contested is not None
    assert (child.contested.pair, child.contested.contradiction) == (
        ("gp/1", "school/1"),
        "different-nhs-numbers",
    )
    assert not child.doubts
    matter = matter_of(child)
    assert matter is not None
    assert (matter.authority, matter.harm, matter.since) == ("northshire", 2, child.contested.since)
    (review,) = queue.reviews([child], [], "northshire")
    assert (review.id, review.kind, review.harm) == (f"{child.number}-{child.number}", "review", 2)
    assert review.contradiction == "different-nhs-numbers"
    assert queue.reviews([child], [], "eastmoor") == []
    assert queue.status_of(child, "gp/1") == "probable"
    last = child.history[-1]
    assert (last.what, last.keys, last.policy) == ("contested", ("gp/1", "school/1"), POLICY.version)
    assert child_of(document_of(child)) == child


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ({**AMELIA, "identifiers": OTHER}, "different-nhs-numbers"),
        ({**AMELIA, "given": "Zara"}, "twins"),
        (ZBIGNIEW, "hardly-alike"),
        ({**ZBIGNIEW, "identifiers": FIRST}, "identifier-shared-by-others"),
    ],
)
def test_whatever_comes_to_speak_against_a_word_is_asked_about(what: Change, why: str) -> None:
    area = merged()
    area.settle(change("school", 2, **what))
    found = area.of("school/1").contested
    assert found is not None
    assert found.contradiction == why
    assert area.of("gp/1").number == area.of("school/1").number


def test_what_spoke_against_it_when_it_was_said_is_not_asked_about_and_what_else_comes_is() -> None:
    area = merged(identifiers=OTHER)
    area.settle(change("school", 2, identifiers=OTHER, **AMELIA))
    area.settle(change("gp", 2, identifiers=FIRST, **{**AMELIA, "given": "Amelie"}))
    assert area.of("gp/1").contested is None
    # The numbers agree by now, and the names do not.
    area.settle(change("school", 3, identifiers=FIRST, **{**AMELIA, "given": "Zara"}))
    found = area.of("gp/1").contested
    assert found is not None
    assert found.contradiction == "identifier-shared-by-others"


def test_two_who_were_as_unlike_when_it_was_said_are_not_asked_about() -> None:
    area = merged(**ZBIGNIEW)
    area.settle(change("school", 2, **{**ZBIGNIEW, "addresses": HOME}))
    area.settle(change("visitor", **ZBIGNIEW))
    assert area.of("visitor/1").number == area.of("gp/1").number
    assert area.of("gp/1").contested is None


def test_what_is_said_anew_is_known_and_not_asked_about_again() -> None:
    area = corrected()
    again(area, "same")
    child = area.of("gp/1")
    assert len(area.parts()) == 1
    assert child.contested is None
    assert matter_of(child) is None
    assert queue.reviews([child], [], "northshire") == []
    assert whats(child)[-2:] == ["no-longer-contested", "said-same"]
    area.settle(change("gp", 2, identifiers=FIRST, **{**AMELIA, "given": "Amelie"}))
    assert area.of("gp/1").contested is None
    assert child_of(document_of(child)) == child


def test_who_is_said_to_be_another_child_after_all_parts_and_is_in_doubt_no_more() -> None:
    area = corrected()
    again(area, "different")
    gp, school = area.of("gp/1"), area.of("school/1")
    assert gp.number != school.number
    assert [(child.contested, dict(child.doubts), matter_of(child)) for child in (gp, school)] == [
        (None, {}, None)
    ] * 2
    # Both were new in the same millisecond, perhaps: then chance decides which of them kept the number.
    assert ["parted", "said-different"] in [whats(child)[-2:] for child in (gp, school)]


def test_who_cannot_tell_takes_the_word_back_and_the_two_are_in_doubt_as_of_old() -> None:
    area = merged()
    area.settle(change("school", 2, identifiers=OTHER, **AMELIA))
    again(area, "cannot-tell")
    gp = area.of("gp/1")
    assert gp.number != area.of("school/1").number
    assert gp.contested is None
    matter = matter_of(gp)
    assert matter is not None
    assert matter.harm == 0


@pytest.mark.parametrize("said", ["same", "different", "cannot-tell"])
def test_an_answer_that_is_taken_back_leaves_the_question_as_old_as_it_was(said: Said) -> None:
    area = corrected()
    before = area.of("gp/1").contested
    area.say(again(area, said), undo=True)
    assert len(area.parts()) == 1
    assert area.of("gp/1").contested == before


def test_what_a_source_takes_back_is_asked_about_no_more() -> None:
    area = corrected()
    area.settle(change("school", 3, **{**AMELIA, "addresses": AWAY}))
    child = area.of("gp/1")
    assert (child.contested, matter_of(child)) == (None, None)
    assert whats(child)[-1] == "no-longer-contested"
    area = corrected()
    area.settle(change("school", 3, gone=True))
    assert area.of("gp/1").contested is None


@pytest.mark.parametrize("decided", ["same", "different"])
def test_an_identifier_that_a_third_record_brings_is_asked_about_and_it_goes_with_its_like(decided: Said) -> None:
    area = merged()
    area.settle(change("visitor", identifiers=OTHER, **{**AMELIA, "addresses": AWAY}))
    child = area.of("gp/1")
    assert len(child.live) == 3
    assert child.contested is not None
    assert child.contested.pair == ("gp/1", "visitor/1")
    assert [[r.key for r in half.sources] for half in halves(child, Judge(POLICY))] == [
        ["gp/1"],
        ["school/1", "visitor/1"],
    ]
    again(area, decided)
    assert area.of("gp/1").contested is None
    assert area.of("visitor/1").number == area.of("school/1").number
    assert (area.of("gp/1").number == area.of("school/1").number) is (decided == "same")


def test_a_record_that_is_less_alike_by_now_is_not_asked_about_while_others_speak_for_the_word() -> None:
    area = Area()
    area.settle(change("gp", identifiers=FIRST, **AMELIA), change("visitor", identifiers=FIRST, **AMELIA))
    area.settle(change("school", **{**AMELIA, "addresses": AWAY}))
    area.say(
        Verdict("v1", "same", frozenset({"gp/1", "visitor/1"}), frozenset({"school/1"}), "m", START, "because")
    )
    renamed = {**AMELIA, "family": "Ward", "addresses": [address("1 Harbour Road", "PL1 2AB")]}
    area.settle(change("visitor", 2, identifiers=FIRST, **renamed))
    assert Judge(POLICY).bits(*(record_of(area, key) for key in ("visitor/1", "school/1"))) < POLICY.probable
    assert area.of("visitor/1").contested is None


def record_of(area: Area, key: str) -> SourceRecord:
    """A source record."""
    return next(each for each in area.of(key).sources if each.key == key)


def test_of_a_shielded_child_it_is_asked_within_its_own_authority_alone_and_holds_nobody() -> None:
    area = merged()
    area.shield(area.of("gp/1").number)
    area.settle(change("school", 2, identifiers=OTHER, **{**AMELIA, "addresses": AWAY}))
    child = area.of("gp/1")
    assert child.shielded
    assert child.contested is not None
    assert (child.held, pending_holds(child)) == (False, 0)
    matter = matter_of(child)
    assert matter is not None
    assert (matter.authority, matter.harm) == ("northshire", 2)
    assert [each.kind for each in queue.reviews([child], [], "northshire")] == ["review"]
    assert queue.reviews([child], [], "eastmoor") == []
    again(area, "different")
    assert area.of("gp/1").number != area.of("school/1").number
    assert area.of("gp/1").shielded
    assert area.of("school/1").shielded


def test_of_a_held_child_it_is_asked_once_it_is_released() -> None:
    area = corrected()
    area.settle(change("care", identifiers=FIRST, responsible_authority="southshire", **ZBIGNIEW))
    area.shield(area.of("care/1").number)
    held = area.of("gp/1")
    assert held.held
    assert held.contested is not None
    assert matter_of(held) is None
    assert queue.reviews([held], [area.of("care/1")], "northshire") == []
    for key in ("gp/1", "school/1"):
        area.say(word("different", key, "care/1", at=2 if key == "gp/1" else 3))
    released = area.of("gp/1")
    assert not released.held
    assert [each.harm for each in queue.reviews([released], [], "northshire")] == [2]


def test_what_comes_again_changes_nothing_of_what_is_asked() -> None:
    area = corrected()
    before = area.of("gp/1")
    area.settle(change("school", 2, identifiers=OTHER, **{**AMELIA, "addresses": AWAY}))
    assert area.of("gp/1") == before


def test_it_is_asked_since_it_was_first_asked_whoever_comes_to_the_child_meanwhile() -> None:
    area = corrected()
    before = area.of("gp/1").contested
    area.settle(change("visitor", identifiers=FIRST, **AMELIA))
    assert area.of("visitor/1").number == area.of("gp/1").number
    assert area.of("gp/1").contested == before


def test_by_other_weights_it_is_still_asked_about_the_two_alone() -> None:
    area = merged()
    area.settle(change("school", 2, **ZBIGNIEW))
    easygoing = Judge(replace(POLICY, hold=-103.0, probable=-102.0, part=-101.0, join=-100.0))
    sides = halves(area.of("gp/1"), easygoing)
    assert [[r.key for r in half.sources] for half in sides] == [["gp/1"], ["school/1"]]


@settings(max_examples=60, deadline=None)
@given(came=changes, more=changes, size=st.integers(1, 9))
def test_in_any_batches_the_same_is_asked_and_of_records_of_the_child_alone(
    came: list[SourceChange], more: list[SourceChange], size: int
) -> None:
    later = [each.model_copy(update={"source_version": each.source_version + 10}) for each in more]
    one, other = (joined(came, later, batch) for batch in (size, 1))
    assert asked(one) == asked(other)
    for child in one.children.values():
        found = contested(child, Judge(POLICY), START)
        assert (found is None) is (child.contested is None)
        if child.contested is not None:
            assert found is not None
            assert (child.contested.pair, child.contested.same_as(found)) == (found.pair, True)
            assert set(child.contested.pair) <= {each.key for each in child.live}


def joined(came: list[SourceChange], later: list[SourceChange], size: int) -> Area:
    """All children that came first are said to be one, then more comes."""
    area = Area()
    for at in range(0, len(came), size):
        area.settle(*came[at : at + size])
    first, *others = sorted((c for c in area.children.values() if c.live), key=lambda c: c.live[0].key) or [None]
    for at, other in enumerate(others):
        if first is not None:
            ones = area.of(first.live[0].key)
            groups = (frozenset(each.key for each in child.live) for child in (ones, other))
            when = START + timedelta(hours=at)
            area.say(Verdict(f"v{at}", "same", *groups, "a-manager", when, "because"))
    for at in range(0, len(later), size):
        area.settle(*later[at : at + size])
    return area


def asked(area: Area) -> set[tuple[tuple[str, str], str | None]]:
    """Which two records are asked about in some child, and why."""
    found = (child.contested for child in area.children.values())
    return {(each.pair, each.contradiction) for each in found if each is not None}
