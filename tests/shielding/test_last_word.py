"""The last word in the stream on a child is what was decided, whoever was late."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.shielding.copies import Copies
from services.shielding.last_word import Word, beside, overtaken, undecided
from services.shielding.shield import Shield
from tests.shielding.test_decisions import DECIDED, FENCED, LIFTED, NOW

NUMBER = FENCED.child_number


def test_a_word_that_came_after_a_newer_decision_makes_the_decision_be_said_again() -> None:
    late_lift = Word(NUMBER, "s1", placed=False, offset=8)
    assert overtaken(late_lift, FENCED, LIFTED) == (FENCED,)
    late_place = Word(NUMBER, "s1", placed=True, offset=8)
    assert overtaken(late_place, FENCED, LIFTED) == (LIFTED, FENCED)
    assert overtaken(late_place, None, LIFTED) == (LIFTED,)


def test_a_word_that_comes_while_another_is_on_its_way_is_judged_once_that_has_its_place() -> None:
    late_lift = Word(NUMBER, "s1", placed=False, offset=8)
    ending = replace(FENCED, lift_approved_at=NOW)
    assert undecided(late_lift, DECIDED)
    assert undecided(Word(NUMBER, "s2", True, 9), ending)
    assert not undecided(Word(NUMBER, "s2", True, 7), DECIDED)
    assert undecided(Word(NUMBER, "s2", False, 9), ending)
    assert not undecided(late_lift, FENCED)
    assert not undecided(late_lift, None)


@pytest.mark.parametrize(
    ("word", "present", "named"),
    [
        pytest.param(Word(NUMBER, "s2", True, 7), FENCED, FENCED, id="the present word itself"),
        pytest.param(Word(NUMBER, "s2", True, 9), FENCED, FENCED, id="the present word once more"),
        pytest.param(Word(NUMBER, "s1", False, 5), FENCED, LIFTED, id="a lift of before"),
        pytest.param(Word(NUMBER, "s2", True, 7), DECIDED, DECIDED, id="a word not noted yet"),
        pytest.param(
            Word(NUMBER, "s2", False, 9), replace(FENCED, lift_approved_at=NOW), FENCED, id="a lift on its way"
        ),
        pytest.param(Word(NUMBER, "s1", True, 3), None, LIFTED, id="a shield lifted since"),
        pytest.param(Word(NUMBER, "s1", False, 5), None, LIFTED, id="its lift"),
        pytest.param(Word(NUMBER, "s9", True, 9), None, None, id="a shield that the store has forgotten"),
    ],
)
def test_a_word_that_says_what_is_so_is_left_alone(word: Word, present: Shield | None, named: Shield) -> None:
    assert overtaken(word, present, named) == ()


def test_two_shields_of_one_child_come_to_rest_each_the_last_word_under_its_own_number() -> None:
    expected = replace(FENCED, shield_id="s1", child_number="0289107067", also=("4010232137",), offset=0)
    found = replace(FENCED, also=("0289107067",), offset=2)
    shields = {each.shield_id: each for each in (expected, found)}
    stream = [(each.shield_id, number) for each in (expected, found) for number in (each.child_number, *each.also)]
    for place, (shield_id, number) in enumerate(stream):
        assert place < 20
        word, named = Word(number, shield_id, True, place), shields[shield_id]
        present = next(each for each in shields.values() if each.child_number == number)
        for again in overtaken(word, present, named):
            shields[again.shield_id] = replace(again, offset=len(stream))
            also = () if beside(word, named) else again.also
            stream += [(again.shield_id, each) for each in (again.child_number, *also)]
    last = {number: shield_id for shield_id, number in stream}
    assert last == {each.child_number: each.shield_id for each in shields.values()}


def test_a_lift_of_one_of_two_shields_is_not_the_last_word_under_a_number_that_the_other_is_on() -> None:
    also = "9434765919"
    other = replace(
        FENCED, shield_id="s1", child_number=also, also=(NUMBER,), offset=6, others={NUMBER: Copies(3)}
    )
    lift = Word(NUMBER, "s2", placed=False, offset=4)
    # Said again under its own number since, it is behind all the same under this one.
    assert overtaken(lift, other, replace(FENCED, lifted_at=NOW, lift_offset=4)) == (other,)
    # And whose lift is on its way must not be taken for the child's only shield.
    assert undecided(lift, replace(FENCED, lift_approved_at=NOW))
