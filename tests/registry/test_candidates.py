"""Records that may be one child find each other by their keys, whichever comes first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import product

import orjson
import pytest
from hypothesis import given

from likeness.dates import UNKNOWN
from likeness.homes import home_of
from likeness.person import Carer, Person, PersonName, pack
from runtime import clock
from services.registry.candidates import (
    CAP,
    CROWDED,
    index_keys,
    is_capped,
    refined,
    seek_keys,
    wide_keys,
    wide_seek_keys,
)
from services.registry.children import ChildRecord, Doubt, ShieldMark
from services.registry.documents import child_of, document_of
from services.registry.neighbourhood import Neighbourhood
from services.registry.policy import load
from services.registry.scoring import may_be
from services.registry.sources import Likeness, SourceRecord
from services.registry.wanted import Wanted
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
        replace(named(STRIPPED, "zara", "bello"), carers=AMELIA.carers, born=date(2011, 1, 1)),
        named(STRIPPED, "millie", "bello"),
        replace(named(STRIPPED, "millie", "bello"), born=date(2015, 9, 4)),
        replace(named(STRIPPED, "zara", "bello"), homes=(home_of("", "4 Mill Lane"),), born=date(2011, 1, 1)),
        replace(named(STRIPPED, "amelia", "bello"), born=date(2015, 11, 9)),
        replace(named(STRIPPED, "amelia", "bello"), born=date(2015, 1, 1)),
        replace(named(STRIPPED, "amelia", "okafor"), born=date(2001, 1, 30)),
        replace(named(STRIPPED, "zara", "bello"), homes=(home_of("NW74QT", ""),), born=date(2011, 1, 1)),
    ],
)
def test_among_shielded_children_a_record_is_found_by_less(other: Person) -> None:
    assert not finds(other, AMELIA)
    assert not wide_keys(other).isdisjoint(wide_keys(AMELIA))


GIVEN = ("amelia rose", "amelia", "millie", "mel", "ame", "ameila", "emelia", "rose", "a", "okafor", "zara", "")
FAMILY = ("okafor", "okaofr", "ogafor", "okaphor", "okafor ward", "bello", "amelia")
BORN = (
    AMELIA.born,
    date(2015, 9, 4),  # day and month swapped
    date(2015, 4, 19),  # slips of day, month and year
    date(2015, 10, 9),
    date(2005, 4, 9),
    date(2015, 4, 30),
    date(2011, 1, 30),
    date(2015, 11, 27),  # of the year alone, as it is and as somebody writes who knows no more
    date(2015, 1, 1),
    UNKNOWN,
)
CHURCH_WAY = home_of("EH11AA", "9 Church Way")
HOMES = (
    AMELIA.homes,
    (CHURCH_WAY,),
    (CHURCH_WAY, *AMELIA.homes),
    (home_of("", "4 Mill Lane"),),
    (home_of("NW74QT", ""),),
    (home_of("NE74QT", "4 Mill Lane"),),
)
CARERS = (
    AMELIA.carers,
    (Carer(("dan", "bello"), ("07700900111",)),),
    (Carer(("grace", "okafor"), ()),),
    (Carer(("mum",), ("01614960123",)),),
)
SOCIAL_CARE = frozenset({"social-care-id:NO1"})


@pytest.mark.parametrize(
    "shielded",
    [
        replace(AMELIA, identifiers=AMELIA.identifiers | SOCIAL_CARE),
        replace(named(AMELIA, "millie", "okafor"), homes=(home_of("", "4 Mill Lane"),), identifiers=SOCIAL_CARE),
        replace(AMELIA, born=date(2015, 1, 1), identifiers=SOCIAL_CARE),
    ],
)
def test_whoever_must_be_held_for_a_shielded_child_is_found_whichever_comes_first(shielded: Person) -> None:
    policy = load()
    index, wide = index_keys(shielded), wide_keys(shielded)
    seek = seek_keys(shielded) | wide_seek_keys(shielded)
    held = 0
    names = [PersonName(tuple(given.split()), tuple(family.split()), True) for given in GIVEN for family in FAMILY]
    for name, born, homes, carers, numbers in product(names, BORN, HOMES, CARERS, (frozenset(), SOCIAL_CARE)):
        other = Person((name,), born, "female", homes, frozenset(), numbers, carers)
        if may_be(shielded, other, policy) >= policy.hold:
            held += 1
            assert not (seek_keys(other).isdisjoint(index) and wide_keys(other).isdisjoint(wide)), other
            assert not seek.isdisjoint(index_keys(other)), other
    assert held > 10_000


def test_a_shielded_child_without_a_birth_date_is_found_by_house_and_street_without_a_postcode() -> None:
    other = replace(named(STRIPPED, "emelia", "ogafor"), homes=(home_of("", "4 Mill Lane"),))
    assert not wide_seek_keys(replace(AMELIA, born=UNKNOWN)).isdisjoint(index_keys(other))


def test_a_stranger_is_not_found() -> None:
    stranger = replace(named(STRIPPED, "noah", "smith"), born=date(2012, 1, 2), gender="male")
    assert wide_keys(stranger).isdisjoint(wide_keys(AMELIA))
    assert wide_seek_keys(AMELIA).isdisjoint(index_keys(stranger))


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
    assert not any("1900" in key or "01-01" in key for key in wide_keys(replace(AMELIA, born=UNKNOWN)))


@given(persons())
def test_every_key_by_which_a_shield_alone_seeks_has_no_cap_and_every_other_has_one(person: Person) -> None:
    seek = seek_keys(person)
    assert {key for key in index_keys(person) if is_capped(key)} == index_keys(person) & seek


def with_key(key: str, children: int) -> list[ChildRecord]:
    """So many children who are found by that key."""
    records = (SourceRecord(f"school/{at}", 1, clock.now(), None, keys=frozenset({key})) for at in range(children))
    return [ChildRecord(str(at), 1, clock.now(), each.key, (each,)) for at, each in enumerate(records)]


def amelia() -> SourceRecord:
    """What a source has of her."""
    like = Likeness(orjson.dumps(pack(AMELIA)).decode())
    return SourceRecord("gp/1", 1, clock.now(), like)


@pytest.mark.parametrize(("there", "looks_further"), [(CROWDED - 1, False), (CROWDED, True), (CAP - 1, True)])
def test_who_came_to_a_full_key_is_looked_for_also_once_others_have_left_it(
    there: int, looks_further: bool
) -> None:
    key = min(each for each in seek_keys(AMELIA) if each.startswith("d:"))
    hood = Neighbourhood(with_key(key, there), Wanted(keys={key: None}))
    hood.near(amelia())
    assert any(word.startswith(f"{key}/") for word in hood.missing.keys) is looks_further


def test_everybody_born_on_a_day_is_found_by_a_shield_however_many_they_are() -> None:
    day = next(each for each in index_keys(AMELIA) if each.startswith("b:"))
    hood = Neighbourhood(with_key(day, 2 * CAP), Wanted(sources={"gp/1"}, keys={day: None}))
    assert day in hood.index_keys(amelia())
    assert len(hood.near(amelia(), shielded=True)) == 2 * CAP


def test_who_is_at_hand_is_found_by_keys_that_are_asked_of_the_store_only_later() -> None:
    key = min(each for each in seek_keys(AMELIA) if each.startswith("d:"))
    hood = Neighbourhood(with_key(key, 1), Wanted())
    assert hood.near(amelia()) == []
    assert key in hood.missing.keys
    hood.learn((), hood.missing)
    assert [child.number for child in hood.near(amelia())] == ["0"]


def test_who_is_shielded_and_at_hand_is_found_by_wide_keys_that_are_asked_only_later() -> None:
    like = amelia().likeness
    shielded = SourceRecord("school/1", 1, clock.now(), like)
    child = ChildRecord("1", 1, clock.now(), "school/1", (shielded,), marks={"1": ShieldMark.in_force({"s": 1})})
    hood = Neighbourhood([child], Wanted())
    assert hood.near(amelia()) == []
    hood.learn((), hood.missing)
    assert hood.near(amelia()) == [child]


def test_a_child_that_was_kept_meanwhile_is_known_as_it_is_by_now() -> None:
    (child,) = with_key("d:1", 1)
    hood = Neighbourhood([child], Wanted())
    moved = replace(child.sources[0], key="school/2")
    doubt = Doubt("school/0", "gp/1", 1.0, False, None, False, "p", clock.now())
    hood.learn([replace(child, doubts={doubt.pair: doubt})], Wanted())
    assert hood.doubted(doubt.pair) == doubt
    hood.learn([replace(child, sources=(moved,), revision=2)], Wanted())
    assert hood.at_hand("school/0") == []
    assert [each.revision for each in hood.at_hand("school/2")] == [2]
    assert hood.doubted(doubt.pair) is None
    assert not hood.changed("0")


def test_a_doubt_that_goes_from_one_child_to_another_is_still_known() -> None:
    one, other = with_key("d:1", 2)
    doubt = Doubt("school/1", "gp/1", 1.0, False, None, False, "p", clock.now())
    hood = Neighbourhood([one, replace(other, doubts={doubt.pair: doubt})], Wanted())
    joined = replace(one, sources=(*one.sources, *other.sources), doubts={doubt.pair: doubt})
    hood.learn([joined, replace(other, sources=())], Wanted())
    assert hood.doubted(doubt.pair) == doubt
    assert hood.at_hand("school/1") == [joined]


def test_a_key_that_others_have_left_meanwhile_is_not_full_any_more() -> None:
    key = min(each for each in index_keys(AMELIA) if each.startswith("d:"))
    there = with_key(key, CAP)
    hood = Neighbourhood(there, Wanted(sources={"gp/1"}, keys={key: None}))
    assert key not in hood.index_keys(amelia())
    hood.learn([replace(there[0], sources=())], Wanted())
    assert key in hood.index_keys(amelia())


def test_the_wide_keys_that_are_read_with_a_child_are_its_own_until_it_changes() -> None:
    record = SourceRecord("school/1", 1, clock.now(), amelia().likeness)
    child = ChildRecord("1", 1, clock.now(), "school/1", (record,), marks={"1": ShieldMark.in_force({"s": 1})})
    read = child_of(document_of(child))
    assert read.wide_keys == wide_keys(AMELIA)
    moved = replace(AMELIA, homes=(home_of("NW99 9ZZ", "9 Other Lane"),))
    like = Likeness(orjson.dumps(pack(moved)).decode())
    assert replace(read, sources=(replace(record, like=like),)).wide_keys == wide_keys(moved) != wide_keys(AMELIA)
