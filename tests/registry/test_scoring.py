"""Scores are symmetric and explained to the bit; what no machine may join over is named."""

from __future__ import annotations

import pytest
from hypothesis import given

from likeness.person import Person
from services.registry.policy import load
from services.registry.scoring import contradiction, explain, may_be, score
from tests.likeness.persons import persons

POLICY = load()


@given(persons(), persons())
def test_who_comes_first_makes_no_difference(one: Person, other: Person) -> None:
    assert score(one, other, POLICY) == pytest.approx(score(other, one, POLICY))
    assert may_be(one, other, POLICY) == pytest.approx(may_be(other, one, POLICY))
    assert contradiction(one, other) == contradiction(other, one)


@given(persons(), persons())
def test_an_explanation_adds_up_to_the_score(one: Person, other: Person) -> None:
    steps = explain(one, other, POLICY)
    assert sum(step.bits + step.adjustment for step in steps) == pytest.approx(score(one, other, POLICY))
