"""What waits for an authority is what its data managers can decide, the worst first; it tells of no shield."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from services.registry import queue
from services.registry.children import ChildRecord, Verdict
from services.registry.matters import Matter, matter_of
from tests.children import Change, address, nhs
from tests.registry.settled import Area, change
from tests.registry.waiting import in_doubt

AMELIA: Change = {"given": "Amelia", "family": "Okafor", "addresses": [address("4 Mill Lane", "NW7 4QT")]}
NUMBERS = ("9990000018", "9990000026")


def two(authority: str = "westvale") -> Area:
    """Two who may be one child: one is northshire's, the other that authority's."""
    area = Area()
    for source, number, whose in zip(("gp", "school"), NUMBERS, ("northshire", authority), strict=True):
        area.settle(change(source, identifiers=[nhs(number)], responsible_authority=whose, **AMELIA))
    return area


def hold_and_doubt(*, shielded: Iterable[str] = ()) -> Area:
    """northshire's may be southshire's child, and has a number in common with one of eastmoor's two."""
    area = Area()
    number, her = [nhs(NUMBERS[0])], {"given": "Marguerite", "born": "2014-05-06"}
    area.settle(change("gp", family="Vandersloot", responsible_authority="southshire", **her))
    area.settle(
        change("school", family="Abernathy", identifiers=number, responsible_authority="northshire", **her)
    )
    area.settle(change("visitor", identifiers=number, responsible_authority="eastmoor", **AMELIA))
    area.settle(
        change("care", given="Zbigniew", family="Else", born="2011-01-30", responsible_authority="eastmoor")
    )
    for key in shielded:
        area.shield(area.of(key).number)
    return area


def waiting(children: Iterable[ChildRecord]) -> Iterator[tuple[ChildRecord, Matter]]:
    """The records that are kept as matters."""
    yield from ((child, matter) for child in children if (matter := matter_of(child)) is not None)


def test_a_held_child_is_not_even_counted_among_what_its_own_authority_has_to_decide() -> None:
    area = two()
    assert {matter.authority for _, matter in waiting(area.children.values())} == {"northshire", "westvale"}
    area.shield(area.of("gp/1").number)
    assert area.of("school/1").held
    ((child, matter),) = waiting(area.children.values())
    assert (child.number, matter.authority, matter.harm) == (area.of("gp/1").number, "northshire", 3)
    # Of what it supplied and could not be used nothing is shown either, while it is held.
    area.settle(change("school", 2, born="1900-01-01"))
    assert {matter.authority for _, matter in waiting(area.children.values())} == {"northshire"}


def test_a_hold_within_one_authority_waits_once_with_the_shielded_child() -> None:
    area = two("northshire")
    area.shield(area.of("gp/1").number)
    ((child, matter),) = waiting(area.children.values())
    assert (child.number, matter.harm) == (area.of("gp/1").number, 3)
    others = [each for each in area.children.values() if each.number != child.number]
    assert [each.kind for each in queue.reviews([child], others, "northshire")] == ["hold"]


def test_a_held_child_waits_in_nobodys_queue_for_what_else_is_in_doubt_about_it() -> None:
    area = hold_and_doubt(shielded=["gp/1"])
    held, other = area.of("school/1"), area.of("visitor/1")
    assert held.held
    assert not other.held
    assert {theirs for _, theirs in held.doubts} == {"gp/1", "visitor/1"}
    assert matter_of(held) is None
    for authority in ("northshire", "eastmoor"):
        assert queue.reviews([held], [other], authority) == []
    (hold,) = queue.reviews([area.of("gp/1")], [held], "southshire")
    assert hold.kind == "hold"
    at = datetime(2026, 3, 1, tzinfo=UTC)
    area.say(Verdict("v", "different", frozenset({"gp/1"}), frozenset({"school/1"}), "a-manager", at, "because"))
    released = area.of("school/1")
    assert matter_of(released) is not None
    assert [each.kind for each in queue.reviews([released], [other], "northshire")] == ["review"]


def test_whoever_is_in_doubt_with_a_held_child_shows_nothing_of_it_until_that_is_released() -> None:
    area = hold_and_doubt()
    before = area.of("visitor/1")
    assert (queue.status_of(before, "visitor/1"), matter_of(before) is None) == ("probable", False)
    for offset in range(1, 4):
        placed = offset % 2 == 1
        area.shield(area.of("gp/1").number, placed=placed, offset=offset)
        other = area.of("visitor/1")
        assert (area.of("school/1").held, queue.status_of(other, "visitor/1") == "joined") == (placed, placed)
        assert (matter_of(other) is None) is placed
    # Who comes while it is held shows nothing of it either, not even in the history.
    area.settle(
        change("justice", identifiers=[nhs(NUMBERS[0])], responsible_authority="eastmoor", born="2012-09-30")
    )
    newcomer = area.of("justice/1")
    assert {theirs for _, theirs in newcomer.doubts} >= {"school/1"}
    told = {theirs for _, theirs in newcomer.doubts_told}
    assert told == {"visitor/1"}
    assert queue.status_of(newcomer, "justice/1") == "probable"


@pytest.mark.parametrize("shielded", [[], ["gp/1"], ["school/1"], ["gp/1", "school/1"], ["visitor/1"]])
def test_what_cannot_be_decided_does_not_push_out_what_can(shielded: list[str]) -> None:
    area = two()
    area.settle(change("visitor", born="2016-12-31", responsible_authority="midholme", **AMELIA))
    area.settle(change("school", 2, born="1900-01-01"))
    for key in shielded:
        area.shield(area.of(key).number)
    children = list(area.children.values())
    for child, matter in waiting(children):
        found = queue.reviews([child], children, matter.authority)
        about = [each for each in found if child.number in each.child_numbers]
        refused = list(queue.refusals([child], matter.authority))
        assert about or refused
        assert matter.harm == max([each.harm for each in about] + [2] * len(refused))


def test_a_hold_of_which_nobody_could_tell_keeps_its_place_and_a_review_sinks() -> None:
    area = two("northshire")
    ones, others = frozenset({"gp/1"}), frozenset({"school/1"})
    area.say(Verdict("v", "cannot-tell", ones, others, "a-manager", datetime(2026, 3, 1, tzinfo=UTC), "because"))
    assert {matter.harm for _, matter in waiting(area.children.values())} == {0}
    area.shield(area.of("gp/1").number)
    assert [matter.harm for _, matter in waiting(area.children.values())] == [3]


def test_what_can_be_decided_is_told_in_order_of_harm_however_long_the_lesser_has_waited() -> None:
    # The worse, the newer: by their dates alone they would come the other way round.
    harms = {harm: in_doubt(harm, datetime(2026, 3, 1 + harm, tzinfo=UTC)) for harm in (1, 3, 0, 2)}
    ones, others = zip(*harms.values(), strict=True)
    found = queue.reviews(ones, others, "northshire")
    assert [each.harm for each in found] == [3, 2, 1, 0]
    assert [each.since.day for each in found] == [4, 3, 2, 1]


def test_of_what_does_the_same_harm_the_one_that_waits_longest_comes_first() -> None:
    first = datetime(2026, 3, 1, tzinfo=UTC)
    pairs = [in_doubt(1, first + timedelta(days=days), ref=str(days)) for days in (2, 0, 1)]
    ones, others = zip(*pairs, strict=True)
    assert [each.since.day for each in queue.reviews(ones, others, "northshire")] == [1, 2, 3]
