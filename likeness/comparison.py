"""Two persons compared, field by field: how far each agrees, and on what. What it is worth is said elsewhere."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from likeness import dates, homes
from likeness.codes import STRONG_SYSTEMS
from likeness.dates import Born
from likeness.homes import Place
from likeness.naming import Family, Given, Words, are_swapped, compare_family, compare_given
from likeness.person import Carer, Person


class Gender(IntEnum):
    """How genders agree; those of children whose given names agree are a matter apart."""

    DIFFERENT = 0
    MISSING = 1
    SAME = 2
    DIFFERENT_NAMESAKES = 3
    SAME_NAMESAKES = 4


class Carers(IntEnum):
    """How those who care for two children agree at best."""

    DIFFERENT = 0
    MISSING = 1
    FAMILY = 2
    SAME = 3


class Numbers(IntEnum):
    """How identifiers agree at best; two numbers of one national system that differ are a conflict."""

    CONFLICT = 0
    MISSING = 1
    LOCAL = 2
    STRONG = 3


class Named(NamedTuple):
    """How the names agree in the pairing that agrees best, and the words that are agreed upon."""

    given: Given
    family: Family
    given_word: str
    family_word: str


class Comparison(NamedTuple):
    """A level for each field."""

    named: Named
    born: Born
    gender: Gender
    home: Place
    carers: Carers
    numbers: Numbers


def compare(one: Person, other: Person) -> Comparison:
    """Symmetric: who comes first makes no difference."""
    named = compare_names(one, other)
    return Comparison(
        named,
        dates.compare(one.born, other.born),
        _genders(one.gender, other.gender, named.given),
        homes.compare(one.homes, other.homes),
        _carers(one.carers, other.carers),
        _numbers(one, other),
    )


def compare_names(one: Person, other: Person) -> Named:
    """The best pairing of any name of one with any of the other: former names and known-as names count."""
    if len(one.names) == 1 == len(other.names):
        mine, theirs = one.names[0], other.names[0]
        return _named(mine.given, mine.family, theirs.given, theirs.family)
    return max(
        (_named(a.given, a.family, b.given, b.family) for a in one.names for b in other.names),
        key=lambda each: (each.given + each.family, each),
    )


@lru_cache(maxsize=1 << 18)
def _named(given: Words, family: Words, other_given: Words, other_family: Words) -> Named:
    given_level, given_word = compare_given(given, other_given)
    family_level, family_word = compare_family(family, other_family)
    straight = Named(given_level, family_level, given_word, family_word)
    if given_level + family_level <= Given.MISSING + Family.EXACT and are_swapped(
        given, family, other_given, other_family
    ):
        return max(
            straight, Named(Given.SWAPPED, Family.SWAPPED, "", ""), key=lambda each: each.given + each.family
        )
    return straight


def _genders(one: str, other: str, given: Given) -> Gender:
    if one not in ("female", "male") or other not in ("female", "male"):
        return Gender.MISSING
    if given >= Given.NEAR:
        return Gender.SAME_NAMESAKES if one == other else Gender.DIFFERENT_NAMESAKES
    return Gender.SAME if one == other else Gender.DIFFERENT


def _carers(one: tuple[Carer, ...], other: tuple[Carer, ...]) -> Carers:
    if not one or not other:
        return Carers.MISSING
    return max(_carer(mine, theirs) for mine in one for theirs in other)


def _carer(one: Carer, other: Carer) -> Carers:
    if one.words == other.words or (one.contacts and not set(one.contacts).isdisjoint(other.contacts)):
        return Carers.SAME
    if one.words and other.words and one.words[-1] == other.words[-1]:
        return Carers.FAMILY
    return Carers.DIFFERENT


def _numbers(one: Person, other: Person) -> Numbers:
    if not one.identifiers or not other.identifiers:
        return Numbers.MISSING
    if conflicting(one, other):
        return Numbers.CONFLICT
    if not one.strong.isdisjoint(other.strong):
        return Numbers.STRONG
    return Numbers.MISSING if one.identifiers.isdisjoint(other.identifiers) else Numbers.LOCAL


def conflicting(one: Person, other: Person) -> str | None:
    """The national system of which the two have valid numbers, and none in common."""
    if not one.strong or not other.strong:
        return None
    for system in sorted(STRONG_SYSTEMS):
        mine = {each for each in one.strong if each.startswith(system)}
        theirs = {each for each in other.strong if each.startswith(system)}
        if mine and theirs and mine.isdisjoint(theirs):
            return system
    return None
