"""What is told of decided pairs: what they are, and nothing of numbers, nor of anybody who is hidden."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import pytest

from services.registry.children import Verdict
from services.registry.pairs import Decided, decided_of, joined, line_of, said, told
from tests.children import Change, address, nhs, nhs_number
from tests.registry.settled import Area, change

AMELIA: Change = {"given": "Amelia", "family": "Okafor", "addresses": [address("4 Mill Lane", "NW7 4QT")]}
ELSEWHERE = [address("9 Other Street", "SE1 1AA")]
GRACE = [
    {"name": "Grace Okafor", "relationship": "mother", "contacts": [{"kind": "phone", "value": "0161 496 0123"}]}
]


def word(
    what: Literal["same", "different", "cannot-tell"],
    one: str = "gp/1",
    other: str = "school/1",
    day: int = 1,
) -> Verdict:
    """A data manager's word."""
    at = datetime(2026, 3, day, tzinfo=UTC)
    return Verdict(f"{what}-{day}", what, frozenset({one}), frozenset({other}), "a-manager", at, "because")


def all_of(area: Area) -> list[Decided]:
    """What is told of an area's children."""
    children = [child for child in area.children.values() if told(child)]
    return [*said(children), *(pair for child in children for pair in joined(child))]


def labels(area: Area) -> list[str]:
    return [each.label for each in all_of(area)]


def two(mine: Change, theirs: Change) -> Area:
    """Two sources' reports."""
    area = Area()
    area.settle(change("gp", **mine))
    area.settle(change("school", **theirs))
    return area


def test_a_national_number_tells_that_two_are_one_child_and_is_not_told_itself() -> None:
    numbers = [nhs(nhs_number())]
    (pair,) = all_of(two({**AMELIA, "identifiers": numbers}, {**AMELIA, "identifiers": numbers}))
    assert pair.label == "same"
    for each in (pair.one, pair.other):
        assert not each.identifiers
        assert not each.strong
        assert each.homes


def test_who_was_joined_by_likeness_alone_teaches_nothing() -> None:
    area = two(AMELIA, AMELIA)
    assert len(area.children) == 1
    assert all_of(area) == []


@pytest.mark.parametrize(
    ("theirs", "label"),
    [
        ({**AMELIA, "given": "Beatrice"}, "twins"),
        ({**AMELIA, "given": "Beatrice", "born": "2012-01-30"}, "siblings"),
        ({**AMELIA, "given": "Beatrice", "addresses": ELSEWHERE, "carers": GRACE}, "twins"),
        ({**AMELIA, "addresses": ELSEWHERE}, "strangers"),
    ],
    ids=["one house and birth date", "one house", "a carer in common", "nothing but names"],
)
def test_two_who_are_different_are_what_their_household_says(theirs: Change, label: str) -> None:
    born = {"born": "2015-04-09"}
    area = two({**born, **AMELIA, "carers": GRACE}, {**born, **theirs})
    area.say(word("different"))
    assert labels(area) == [label]


def test_the_newest_word_is_told_once_and_that_nobody_could_tell_is_none() -> None:
    area = two(AMELIA, {**AMELIA, "addresses": ELSEWHERE, "born": "2012-01-30"})
    area.say(word("different", day=1))
    assert labels(area) == ["strangers"]
    area.say(word("same", day=2))
    assert labels(area) == ["same"]
    area.say(word("cannot-tell", day=3))
    assert labels(area) == []


def test_what_a_person_has_said_of_two_counts_more_than_their_number() -> None:
    numbers = [nhs(nhs_number())]
    area = two({**AMELIA, "identifiers": numbers}, {**AMELIA, "identifiers": numbers, "born": "2012-01-30"})
    area.say(word("same"))
    assert labels(area) == ["same"]
    area.say(word("cannot-tell", day=2))
    assert labels(area) == []


def test_nothing_is_told_of_who_is_shielded_or_held() -> None:
    numbers = [nhs(nhs_number())]
    area = two({**AMELIA, "identifiers": numbers}, {**AMELIA, "identifiers": numbers})
    area.settle(change("visitor", **{**AMELIA, "born": "2012-01-30"}, identifiers=[nhs(nhs_number())]))
    area.say(word("different", other="visitor/1"))
    assert len(all_of(area)) == 2
    area.shield(area.of("gp/1").number)
    assert all_of(area) == []


def test_a_held_child_is_told_of_in_no_pair_of_its_own() -> None:
    hers, theirs = [nhs(nhs_number())], [nhs(nhs_number())]
    area = two({**AMELIA, "identifiers": hers}, {**AMELIA, "identifiers": theirs})
    area.settle(change("visitor", **AMELIA, identifiers=theirs))
    assert labels(area) == ["same"]
    area.shield(area.of("gp/1").number)
    assert area.of("school/1").held
    assert labels(area) == []


def test_a_line_is_the_pair_and_one_that_is_none_is_not_quoted() -> None:
    numbers = [nhs(nhs_number())]
    (pair,) = all_of(two({**AMELIA, "identifiers": numbers}, {**AMELIA, "identifiers": numbers}))
    assert decided_of(line_of(pair)) == pair
    for wrong in (b"Zzyzx", b"[]", b'{"label": "same"}', line_of(pair).replace(b"same", b"Zzyzx")):
        with pytest.raises(ValueError, match=r"^not a") as raised:
            decided_of(wrong)
        assert "Zzyzx" not in str(raised.value)
        assert raised.value.__cause__ is None
