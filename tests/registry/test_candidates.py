"""Records that may be one child find each other by their keys, whichever comes first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given

from likeness.dates import UNKNOWN
from likeness.homes import home_of
from likeness.person import Carer, Person, PersonName
from services.registry.candidates import index_keys, refined, seek_keys, wide_keys, wide_seek_keys
from tests.likeness.persons import persons

AMELIA = Person(
    names=(PersonName(("amelia", "rose"), ("okafor",), True),),
    born=date(2015, 4, 9),
    gender="female",
    homes=(home_of("NW74QT", "4 Mill Lane"),),
    strong=frozenset({"nhs-number:9434765919"}),
    identifiers=frozenset({"nhs-number:9434765919"}),
    carers=(Carer(("grace", "okafor"), ("01614960123",)),),
)
STRIPPED = replace(AMELIA, strong=frozenset(), identifiers=frozenset(), homes=(), carers=())


def named(person: Person, given: str, family: str) -> Person:
    return replace(person, names=(PersonName((given,), (family,), True),))


def finds(one: Person, other: Person) -> bool:
    return not seek_keys(one).isdisjoint(index_keys(other))


@given(persons(), persons())
def test_one_finds_the_other_exactly_when_the_other_finds_it(one: Person, other: Person) -> None:
    assert finds(one, other) == finds(other, one)


@given(persons(), persons())
def test_whoever_is_found_for_a_join_is_found_for_a_hold(one: Person, other: Person) -> None:
    if finds(one, other):
        assert not wide_keys(one).isdisjoint(wide_keys(other))
        assert not wide_seek_keys(one).isdisjoint(index_keys(other))


@pytest.mark.parametrize(
    "mistake",
    [
        lambda person: named(person, "amelia", "ward"),
        lambda person: named(person, "millie", "okafor"),
        lambda person: named(person, "okafor", "amelia"),
        lambda person: named(person, "ameila", "okaofr"),
        lambda person: replace(person, born=date(2015, 9, 4)),
        lambda person: replace(named(person, "amelia", "ward"), born=date(2015, 9, 4)),
        lambda person: replace(person, born=date(2015, 4, 19)),
        lambda person: replace(person, born=date(2015, 11, 9)),
    ],
)
def test_a_record_is_found_despite_a_mistake_without_any_help_of_home_or_identifier(
    mistake: Callable[[Person], Person],
) -> None:
    assert finds(mistake(STRIPPED), AMELIA)


@pytest.mark.parametrize(
    "other",
    [
        replace(named(STRIPPED, "zara", "bello"), identifiers=frozenset({"nhs-number:9434765919"})),
        replace(named(STRIPPED, "zara", "bello"), homes=AMELIA.homes),
        replace(named(STRIPPED, "zara", "bello"), homes=AMELIA.homes, born=date(2011, 1, 1)),
        replace(
            named(STRIPPED, "amelia", "bello"), homes=(home_of("WN74QT", "4 Mill Lane"),), born=date(2011, 1, 1)
        ),
        replace(
            named(STRIPPED, "amelia", "okafor"), homes=(home_of("NW71AA", "9 Church Way"),), born=date(2011, 1, 1)
        ),
    ],
)
def test_a_record_is_found_by_what_it_kept(other: Person) -> None:
    assert finds(other, AMELIA)


@pytest.mark.parametrize(
    "other",
    [
        replace(named(STRIPPED, "zara", "bello"), carers=AMELIA.carers),
        named(STRIPPED, "millie", "bello"),
        replace(named(STRIPPED, "amelia", "bello"), born=date(2015, 11, 27)),
        replace(named(STRIPPED, "amelia", "okafor"), born=date(2001, 1, 30)),
        replace(named(STRIPPED, "zara", "bello"), homes=(home_of("NW74QT", ""),), born=date(2011, 1, 1)),
    ],
)
def test_among_shielded_children_a_record_is_found_by_less(other: Person) -> None:
    assert not finds(other, AMELIA)
    assert not wide_keys(other).isdisjoint(wide_keys(AMELIA))


def test_a_stranger_is_not_found() -> None:
    stranger = replace(named(STRIPPED, "noah", "smith"), born=date(2012, 1, 2), gender="male")
    assert wide_keys(stranger).isdisjoint(wide_keys(AMELIA))


@given(persons())
def test_a_full_key_is_replaced_by_narrower_ones_that_the_same_child_is_sought_by(person: Person) -> None:
    for key in index_keys(person):
        narrower = refined(key, person)
        assert all(each.startswith(f"{key}/") for each in narrower)
        for each in narrower:
            assert key not in refined(each, person)
            assert len(refined(each, person)) < len(narrower)


def test_narrower_keys_tolerate_different_mistakes() -> None:
    moved = replace(AMELIA, homes=(), born=date(2015, 4, 19))
    for key in (key for key in index_keys(AMELIA) & index_keys(moved) if key.startswith("y:")):
        assert not refined(key, AMELIA).isdisjoint(refined(key, moved))


def test_an_unknown_birth_date_is_no_key() -> None:
    assert not any("1900" in key or "0101" in key for key in wide_keys(replace(AMELIA, born=UNKNOWN)))
