"""Words on shields are kept by shield: none undoes another's; and who is held for a child's sake is counted."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from contracts.shields import Withheld
from runtime import clock
from runtime.overlay import Overlay
from services.registry.batches import SHIELDED_TOGETHER
from services.registry.children import ChildRecord, ShieldMark
from services.registry.handlers import holds, named, receipts, some_at_a_time
from services.registry.history import origins
from services.registry.shielding import leading_to, pending_holds, uncovered
from services.registry.showing import shown
from services.registry.wanted import Wanted
from tests.children import nhs
from tests.registry.settled import Area, change
from tests.registry.test_deciding import FIRST, HOME, OTHER, probable, word

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EVER = datetime(2000, 1, 1, tzinfo=UTC)
NUMBER = "9990000018"


def mark(*words: tuple[str, int, bool]) -> ShieldMark:
    """A mark that has taken these words in."""
    mark = ShieldMark({})
    for shield_id, offset, placed in words:
        mark |= ShieldMark.said(shield_id, offset, placed=placed)
    return mark


def test_a_late_lift_of_an_earlier_shield_undoes_no_later_one() -> None:
    late = mark(("s1", 0, True), ("s1", 1, False), ("s2", 2, True), ("s1", 3, False))
    assert (late.placed, late.offset) == (True, 2)


@pytest.mark.parametrize("order", [*permutations([("s1", 0, True), ("s1", 4, False), ("s2", 2, True)])])
def test_in_whatever_order_words_are_taken_in_the_mark_is_the_same(order: list[tuple[str, int, bool]]) -> None:
    assert mark(*order) == mark(("s1", 4, False), ("s2", 2, True))


@pytest.mark.parametrize("placed", [True, False])
def test_a_word_that_could_not_be_read_hides_until_one_is_placed_that_could_be(placed: bool) -> None:
    words = [("", 0, True), ("s1", 1, placed)]
    overlay = Overlay()
    for shield_id, offset, is_placed in words:
        overlay.take(offset, NUMBER, shield_id, lifted=not is_placed)
    assert mark(*words).placed == overlay.any([NUMBER])
    lifted = mark(*words, ("s1", 2, False))
    assert lifted.placed != placed


def test_who_is_held_because_it_may_be_a_shielded_child_is_counted_on_that_child() -> None:
    area = probable()
    area.shield(area.of("gp/1").number)
    girl = area.of("gp/1")
    assert area.of("school/1").held
    assert (pending_holds(girl), pending_holds(area.of("school/1"))) == (1, 0)
    (counted,) = holds({}, [girl, area.of("school/1")], NOW)
    assert (counted.child_number, counted.pending, counted.occurred_at) == (girl.number, 1, NOW)
    area.say(word("different", "gp/1", "school/1", at=2))
    assert pending_holds(area.of("gp/1")) == 0


def test_who_was_published_and_is_held_now_is_named_to_be_withheld_also_when_the_word_comes_again() -> None:
    area = probable()
    number = area.of("gp/1").number
    first, again = area.shield(number), area.shield(number)
    held = area.of("school/1")
    assert held.held
    for announced in (first, again):
        assert held in announced
        (said,) = receipts({number: mark(("s", 1, True))}, announced)
        assert said.withheld == (Withheld(child_number=held.number, revision=held.revision),)
    # Who comes only now was never shown to anybody.
    area.settle(change("nursery", given="Amelia", family="Okafor"))
    (said,) = receipts({number: mark(("s", 1, True))}, area.shield(number))
    assert [each.child_number for each in said.withheld or ()] == [held.number]
    # What is said of it while it is held publishes nothing: it is withheld as of when that began.
    area.settle(change("school", 2, given="Amelie", family="Okafor", addresses=HOME, identifiers=OTHER))
    later = area.of("school/1")
    assert later.held
    assert later.revision > held.revision
    (said,) = receipts({number: mark(("s", 1, True))}, area.shield(number))
    assert Withheld(child_number=held.number, revision=held.revision) in (said.withheld or ())
    area.say(word("different", "gp/1", "school/1", at=2))
    assert area.of("school/1").held_since is None
    (said,) = receipts({number: mark(("s", 1, True))}, area.shield(number))
    assert held.number not in {each.child_number for each in said.withheld or ()}


def test_who_is_held_is_named_when_the_child_is_heard_of_again_by_every_number_it_was_published_under() -> None:
    area = probable()
    area.shield(area.of("gp/1").number)
    girl, held = area.of("gp/1"), replace(area.of("school/1"), seen=False, supersedes={"9434765919": 4})
    assert named([girl]) == []
    (said,) = named([girl], [held])
    assert said.withheld == (Withheld(child_number="9434765919", revision=4),)


def test_who_is_held_by_what_comes_after_the_shield_is_named_once_the_child_is_heard_of_again() -> None:
    area = Area()
    amelia = {"given": "Amelia", "family": "Okafor", "addresses": HOME}
    area.settle(change("gp", identifiers=FIRST, **amelia), change("school", given="Zara", family="Bello"))
    area.shield(area.of("gp/1").number)
    assert not area.of("school/1").held
    announced = area.settle(change("school", 2, identifiers=OTHER, **amelia))
    girl, held = area.of("gp/1"), area.of("school/1")
    assert held.held
    # So the registry reads back that she was, and names who may be her.
    assert girl in announced
    (said,) = named([girl], [held])
    assert said.withheld == (Withheld(child_number=held.number, revision=held.revision),)


def test_of_a_shielded_number_without_a_record_nothing_is_held() -> None:
    words = {"4010232137": mark(("s", 1, True)), "9434765919": mark(("t", 2, False))}
    assert [(each.child_number, each.pending) for each in holds(words, (), NOW)] == [("4010232137", 0)]


def parted() -> Area:
    """A child, and one who has just been split off."""
    area = Area()
    area.settle(change("gp", identifiers=[nhs(NUMBER)]), change("school", identifiers=[nhs(NUMBER)]))
    area.say(word("different", "gp/1", "school/1", at=1))
    assert area.of("gp/1").number != area.of("school/1").number
    return area


def sides(area: Area) -> tuple[ChildRecord, ChildRecord]:
    """The one who kept her number, and the one who was split off."""
    girl, other = sorted(area.children.values(), key=lambda child: bool(origins(child, EVER)))
    return girl, other


def test_who_was_split_off_unaware_of_a_shield_is_covered_by_it_before_it_is_told() -> None:
    area = parted()
    girl, other = sides(area)
    marks = uncovered(other, lambda number: {"s": 7} if number == girl.number else {}, EVER)
    asyncio.run(area.keeper.settle(lambda all_: all_.cover({other.number: marks}), Wanted(numbers={other.number})))
    assert area.children[other.number].shielded
    assert not uncovered(area.children[other.number], lambda _: {"s": 7}, EVER)
    assert not uncovered(girl, lambda _: {"s": 7}, EVER)


def test_a_record_does_not_show_from_whom_it_was_split_off() -> None:
    girl, other = sides(parted())
    assert other.golden is not None
    assert girl.number not in str(shown(other, other.golden, lambda _: ()))


def test_a_shield_of_long_after_the_split_covers_nobody_else() -> None:
    area = parted()
    later = clock.now() + timedelta(minutes=1)
    assert not any(uncovered(child, lambda _: {"s": 7}, later) for child in area.children.values())


def test_a_shield_is_told_by_every_number_that_leads_to_what_it_rules() -> None:
    marks = {NUMBER: mark(("s1", 0, True))}
    elder = ChildRecord("1", 2, NOW, "gp/1", (), marks=marks, supersedes={NUMBER: 2, "3": 1})
    split_off = ChildRecord("4", 1, NOW, "gp/2", (), marks=marks)
    younger = ChildRecord(NUMBER, 2, NOW, "gp/3", (), superseded_by="1")
    stranger = ChildRecord("5", 1, NOW, "gp/4", ())
    assert leading_to(NUMBER, [elder, split_off, younger, stranger]) == {"1", NUMBER, "3", "4"}


def test_a_shielded_child_that_has_come_to_more_numbers_is_told_by_all_of_them() -> None:
    former, other = "9434765919", "4010232137"
    marks = {NUMBER: mark(("s1", 7, True)), former: mark(("s2", 5, True), ("s2", 6, False))}
    alone = ChildRecord(NUMBER, 2, NOW, "gp/1", (), marks=marks)
    assert named([alone]) == []
    merged = ChildRecord(NUMBER, 3, NOW, "gp/1", (), marks=marks, supersedes={former: 1, other: 1})
    (told,) = named([merged])
    assert (told.child_number, told.shield_offset, told.record_revision) == (NUMBER, 7, 3)
    assert told.numbers == (other, former)


def test_words_that_come_together_are_noted_some_at_a_time() -> None:
    words = {str(number): ShieldMark.said("s", number, placed=True) for number in range(2 * SHIELDED_TOGETHER + 1)}
    parts = list(some_at_a_time(words))
    assert [len(part) for part in parts] == [SHIELDED_TOGETHER, SHIELDED_TOGETHER, 1]
    assert {number: word for part in parts for number, word in part.items()} == words
