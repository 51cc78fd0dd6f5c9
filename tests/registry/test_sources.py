"""A source record is what its newest usable version says; in whatever order the versions came."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from contracts.sources import ChildSupplied, SourceChange
from runtime import clock
from services.registry.golden import assemble
from services.registry.matching import Judge
from services.registry.sources import SourceRecord, arrived, taken
from tests.children import address, involvement, nhs, supplied
from tests.registry.settled import POLICY, Area, change


def held(*changes: SourceChange) -> SourceRecord:
    """The source record after these changes."""
    record: SourceRecord | None = None
    for each in changes:
        record = taken(record, arrived(each, clock.now())) or record
    assert record is not None
    return record


def work(*refs: str, version: int = 1, **more: Any) -> SourceChange:
    """A version of the school's record that tells of these involvements."""
    told = [involvement("education", f"School {ref} v{version}", ref=ref) for ref in refs]
    return change("school", version, involvements=told, **more)


VERSIONS = [
    work("a", "b", version=1),
    work("b", version=2, given="Amelie"),
    change("school", 3, born="1900-01-01"),
    work("b", "c", version=4, given="Amy"),
    change("school", 5, gone=True),
    work("c", version=6),
    change("school", 7, born="1899-01-01"),
]
TELLING = [
    *VERSIONS[:2],
    change("school", 3, given="Ann", identifiers=[nhs("9990000018"), nhs("9990000026")]),
    *VERSIONS[3:6],
    change("school", 7, identifiers=[nhs("9990000018"), nhs("9990000034")]),
]


def said(record: SourceRecord) -> Any:
    """All of it that can be compared."""
    refusal = record.refusal and (record.refusal.version, record.refusal.reason)
    formers = [each.text for each in record.formers]
    refused = [each.text for each in record.refused]
    return record.version, record.live and record.likeness.text, formers, refusal, refused, record.confirmed


@pytest.mark.parametrize("versions", [VERSIONS, TELLING], ids=["refused", "refused and telling"])
def test_the_outcome_is_the_same_in_whatever_order_the_versions_come(versions: list[SourceChange]) -> None:
    wanted = said(held(*versions))
    for order in itertools.permutations(versions):
        assert said(held(*order)) == wanted


def test_under_a_shield_all_that_was_refused_is_remembered_in_whatever_order_it_comes() -> None:
    def covered(order: Iterable[SourceChange]) -> SourceRecord:
        record = arrived(work(), clock.now()).record
        for each in order:
            record = taken(record, arrived(each, clock.now()), forget=False) or record
        return record

    wanted = covered(TELLING[1:])
    assert len(wanted.refused) == 2
    for order in itertools.permutations(TELLING[1:]):
        assert said(covered(order)) == said(wanted)


@pytest.mark.parametrize("occurred", ["2046-03-01T00:00:00Z", "9999-12-31T00:00:00Z", "1970-01-01T00:00:00Z"])
def test_who_a_child_is_said_to_be_by_a_clock_that_is_wrong_still_covers_it(occurred: str) -> None:
    wrong = supplied("school", "1", 2) | {"occurred_at": occurred}
    record = taken(held(work()), arrived(ChildSupplied.model_validate(wrong, strict=False), clock.now()))
    assert record is not None
    assert record.refusal is not None
    assert record.likeness.text in {each.text for each in record.refused}


def test_a_version_that_came_is_no_news_when_it_comes_again() -> None:
    record = held(*VERSIONS)
    assert [taken(record, arrived(each, clock.now())) for each in VERSIONS] == [None] * len(VERSIONS)


def test_an_involvement_that_is_told_of_no_more_is_kept_apart_with_its_last_confirmation() -> None:
    golden = assemble([held(work("a", "b", version=1), work("b", version=3))])
    shown = {each.involvement.ref: each for each in golden.involvements}
    assert (shown["b"].lapsed, shown["b"].first.minute, shown["b"].last.minute) == (False, 1, 3)
    assert (shown["a"].lapsed, shown["a"].first.minute, shown["a"].last.minute) == (True, 1, 1)
    assert shown["a"].involvement.organisation == "School a v1"


def test_an_ended_involvement_is_confirmed_as_ended() -> None:
    ended = involvement("education", "Mill Lane", until="2025-07-20")
    golden = assemble([held(change("school", 1, involvements=[ended]))])
    (shown,) = golden.involvements
    assert shown.involvement.until is not None
    assert not shown.lapsed


def test_who_the_child_is_is_as_a_source_says_that_knows_a_verified_identifier() -> None:
    known = held(change("gp", 1, given="Amelia", identifiers=[nhs("9990000018")]))
    wrong = held(change("school", 2, given="Amelie", identifiers=[nhs("9990000019")]))
    newest = held(change("visitor", 3, given="Amy"))
    golden = assemble([known, wrong, newest])
    assert golden.names[0].value.given == "Amelia"
    assert [each.value.use for each in golden.names[1:]] == ["known-as", "known-as"]


def test_where_the_child_lives_is_as_the_newest_statement_says() -> None:
    known = held(change("gp", 1, identifiers=[nhs("9990000018")], addresses=[address("4 Mill Lane", "NW7 4QT")]))
    newest = held(change("visitor", 3, addresses=[address("9 Other Street", "SE1 1AA")]))
    golden = assemble([known, newest])
    assert [each.value.postcode for each in golden.addresses] == ["SE1 1AA", "NW7 4QT"]
    assert golden.addresses[0].sources == ("visitor/1",)


def test_of_two_as_new_the_source_counts_whose_people_register_every_child() -> None:
    gp = held(change("z-gp", 1, given="Amelia", involvements=[involvement("primary-care", "Surgery")]))
    club = held(change("a-club", 1, given="Amy", involvements=[involvement("voluntary", "Open Door")]))
    assert assemble([club, gp]).names[0].value.given == "Amelia"


def ahead(change: SourceChange, by: timedelta) -> SourceChange:
    """The same by a clock that is ahead of ours."""
    return change.model_copy(update={"occurred_at": clock.now() + by})


HOME, AWAY = [address("4 Mill Lane", "NW7 4QT")], [address("9 Other Street", "SE1 1AA")]


def test_what_has_not_occurred_yet_is_refused_and_what_was_said_before_stays() -> None:
    before = work("a", version=1, addresses=HOME)
    record = held(before, ahead(work("b", version=2, addresses=AWAY), timedelta(days=30000)))
    assert record.refusal is not None
    assert (record.version, record.refusal.version, record.refusal.reason) == (1, 2, "occurred-in-the-future")
    assert assemble([record]).addresses == assemble([held(before)]).addresses
    assert held(before, ahead(work("b", version=2), timedelta(hours=23))).version == 2
    mended = held(before, ahead(work("b", version=2), timedelta(days=2)), work("c", version=3))
    assert (mended.version, mended.refusal) == (3, None)


def test_a_clock_that_is_ahead_wins_over_nobody_and_makes_no_child_of_one_not_yet_born() -> None:
    late = timedelta(days=30000)
    area = Area()
    area.settle(change("gp", born="2015-04-09", addresses=HOME))
    area.settle(
        ahead(change("school", born="2015-04-09", addresses=AWAY, responsible_authority="elsewhere"), late)
    )
    golden = area.of("gp/1").golden
    assert golden is not None
    assert golden.responsible_authority.value == "northshire"
    area.settle(ahead(change("visitor", ref="2", born="2098-01-01"), late))
    assert [area.of(each).visible for each in ("gp/1", "school/1", "visitor/2")] == [True, False, False]


def test_once_its_day_has_come_it_is_taken_and_never_refused_again() -> None:
    said = work("b", version=2)
    early, late = (arrived(said, said.occurred_at + timedelta(days=days)) for days in (-2, 400))
    refused = taken(held(work("a", version=1)), early)
    assert refused is not None
    assert refused.refusal is not None
    come = taken(refused, late)
    assert come is not None
    assert (come.version, come.refusal) == (2, None)
    assert taken(come, early) is None


def test_a_withdrawal_counts_whatever_the_clock_says() -> None:
    gone = change("school", 2, gone=True)
    assert not held(work("a", version=1), ahead(gone, timedelta(days=30000))).live


@pytest.fixture
def near() -> tuple[SourceChange, SourceChange, SourceChange]:
    """A record, one that surely is the same child's, and a later version of that within the margin."""
    who = {"given": "Jonathan", "family": "Okonkwo", "born": "2014-03-02"}
    one, sure = change("gp", **who), change("school", 1, **who)
    for family, born in itertools.product(("Okonkwo", "Okonkwa", "Okonwo", "Okon"), ("2014-03-02", "2014-03-03")):
        for given in ("Jonathan", "Jon", "Johnathan", "J"):
            later = change("school", 2, given=given, family=family, born=born)
            bits = Judge(POLICY).bits(arrived(one, clock.now()).record, arrived(later, clock.now()).record)
            if POLICY.part <= bits < POLICY.join:
                return one, sure, later
    raise AssertionError("no version lies within the margin")


def test_within_the_margin_two_stay_one_child_and_would_not_have_become_one(
    near: tuple[SourceChange, SourceChange, SourceChange],
) -> None:
    one, sure, later = near
    joined = Area()
    joined.settle(one)
    joined.settle(sure)
    assert len(joined.parts()) == 1
    joined.settle(later)
    assert len(joined.parts()) == 1
    apart = Area()
    apart.settle(one)
    apart.settle(later)
    assert len(apart.parts()) == 2
    # The earlier version comes late: what was once sure counts, in whatever order it comes.
    apart.settle(sure)
    assert len(apart.parts()) == 1


def test_below_the_margin_two_part(near: tuple[SourceChange, SourceChange, SourceChange]) -> None:
    one, sure, _ = near
    area = Area()
    area.settle(one, sure)
    area.settle(change("school", 2, given="Zbigniew", family="Kowalski", born="2011-01-30"))
    assert len(area.parts()) == 2


def test_a_record_that_two_children_draw_alike_stays_where_it_is() -> None:
    area = Area()
    who = {"given": "Amelia", "family": "Okafor", "born": "2015-04-09"}
    contacts = [{"kind": "phone", "value": "0161 496 0123"}]
    carers = [{"name": "Grace Okafor", "relationship": "mother", "contacts": contacts}]
    homes = ([address("4 Mill Lane", "NW7 4QT")], [address("9 Other Street", "SE1 1AA")])
    for source, home, number in zip(("gp", "school"), homes, ("9990000018", "9990000026"), strict=True):
        area.settle(change(source, addresses=home, identifiers=[nhs(number)], carers=carers, **who))
    where = []
    for version in range(1, 9):
        area.settle(change("visitor", version, addresses=homes[version % 2], carers=carers, **who))
        where.append(area.of("visitor/1").number)
    assert len(set(where[1:])) == 1
