"""Two persons compared, field by field: how far each agrees, and on what. What it is worth is said elsewhere."""

from __future__ import annotations

from typing import NamedTuple

from likeness import dates, homes
from likeness.dates import Born
from likeness.homes import Place
from likeness.levels import Level
from likeness.naming import Family, Given, both, compare_family, compare_given, crossings
from likeness.person import Carer, Person, PersonName

_KNOWN = ("female", "male")


class Gender(Level):
    """How genders agree; those of children whose given names agree are a matter apart."""

    DIFFERENT = 0
    MISSING = 1
    SAME = 2
    DIFFERENT_NAMESAKES = 3
    SAME_NAMESAKES = 4


class Carers(Level):
    """How those who care for two children agree at best; a matter apart where the children's surnames do."""

    DIFFERENT = 0
    MISSING = 1
    FAMILY = 2
    """One family name."""
    REACHED = 3
    """One telephone number or address, and another name."""
    NAMED = 4
    SAME = 5
    """One name, and one way to reach them."""
    DIFFERENT_KIN = 6
    REACHED_KIN = 7
    NAMED_KIN = 8
    SAME_KIN = 9


# What each of the first six becomes where the surnames agree.
_KIN = [
    Carers.DIFFERENT_KIN,
    Carers.MISSING,
    Carers.DIFFERENT_KIN,
    Carers.REACHED_KIN,
    Carers.NAMED_KIN,
    Carers.SAME_KIN,
]


class Numbers(Level):
    """How identifiers agree at best; two numbers of one national system that differ are a conflict."""

    CONFLICT = 0
    MISSING = 1
    LOCAL = 2
    STRONG = 3


# Bound once: in Python 3.11 looking a member up costs several times what comparing it does.
_GIVEN_MISSING, _INITIAL, _GIVEN_NEAR = Given.MISSING, Given.INITIAL, Given.NEAR
_FAMILY_NEAR, _PART = Family.NEAR, Family.PART
_SAME, _NAMED, _REACHED, _FAMILY = Carers.SAME, Carers.NAMED, Carers.REACHED, Carers.FAMILY
_OTHERS, _NONE = Carers.DIFFERENT, Carers.MISSING
_STRONG, _LOCAL, _NO_NUMBER = Numbers.STRONG, Numbers.LOCAL, Numbers.MISSING
_SAME_GENDER, _SAME_NAMESAKES, _NO_GENDER = Gender.SAME, Gender.SAME_NAMESAKES, Gender.MISSING


_Named = tuple[Given, Family, str, str]
"""How the names agree, and the words that are agreed upon."""

_NAMELESS: _Named = (Given.MISSING, Family.MISSING, "", "")


class Comparison(NamedTuple):
    """A level for each field, and the names and the postcode that are agreed upon."""

    given: Given
    family: Family
    born: Born
    gender: Gender
    home: Place
    carers: Carers
    numbers: Numbers
    given_word: str
    family_word: str
    postcode: str

    @property
    def levels(self) -> tuple[Given, Family, Born, Gender, Place, Carers, Numbers]:
        """The levels alone."""
        return self[:7]


def compare(one: Person, other: Person) -> Comparison:
    """Symmetric: who comes first makes no difference."""
    given, family, given_word, family_word = _names(one, other)
    home, postcode = homes.compare(one.homes, other.homes)
    return Comparison(
        given,
        family,
        dates.compare(one.born, other.born),
        _genders(one.gender, other.gender, given),
        home,
        _carers(one.carers, other.carers, family),
        _numbers(one, other),
        given_word,
        family_word,
        postcode,
    )


def _names(one: Person, other: Person) -> _Named:
    """The best pairing of any name of one with any of the other: former names and known-as names count."""
    if len(one.names) == 1 == len(other.names):
        return _named(one.names[0], other.names[0])
    pairings = (_named(mine, theirs) for mine in one.names for theirs in other.names)
    return max(pairings, key=lambda named: (named[0] + named[1], named), default=_NAMELESS)


def _named(one: PersonName, other: PersonName) -> _Named:
    given, given_word = compare_given(one.given, other.given)
    family, family_word = compare_family(one.family, other.family)
    if given <= _INITIAL and family < _PART:
        crossed = crossings(one.given, one.family, other.given, other.family)
        if crossed == 2:
            return Given.SWAPPED, Family.SWAPPED, both(one.given[0], other.given[0]), ""
        if crossed == 1 and family < _FAMILY_NEAR:
            return _GIVEN_MISSING if given == _GIVEN_MISSING else Given.DIFFERENT, Family.CROSSED, "", ""
    return given, family, given_word, family_word


def _genders(one: str, other: str, given: Given) -> Gender:
    if one not in _KNOWN or other not in _KNOWN:
        return _NO_GENDER
    if given >= _GIVEN_NEAR:
        return _SAME_NAMESAKES if one == other else Gender.DIFFERENT_NAMESAKES
    return _SAME_GENDER if one == other else Gender.DIFFERENT


def _carers(one: tuple[Carer, ...], other: tuple[Carer, ...], family: Family) -> Carers:
    if not one or not other:
        return _NONE
    best = _OTHERS
    for mine in one:
        for theirs in other:
            found = _carer(mine, theirs)
            if found > best:  # noqa: PLR1730 - max would cost a call
                best = found
        if best == _SAME:
            break
    return _KIN[best] if family >= _FAMILY_NEAR else best


def _carer(one: Carer, other: Carer) -> Carers:
    named, reached = one.words == other.words, False
    for contact in one.contacts:
        if contact in other.contacts:
            reached = True
            break
    if named:
        return _SAME if reached else _NAMED
    if reached:
        return _REACHED
    return _FAMILY if one.words[-1:] == other.words[-1:] else _OTHERS


def _numbers(one: Person, other: Person) -> Numbers:
    if one.strong and one.strong == other.strong:
        return _STRONG
    if not one.identifiers or not other.identifiers:
        return _NO_NUMBER
    if conflicting(one, other):
        return Numbers.CONFLICT
    if not one.strong.isdisjoint(other.strong):
        return _STRONG
    return _NO_NUMBER if one.identifiers.isdisjoint(other.identifiers) else _LOCAL


def conflicting(one: Person, other: Person) -> str | None:
    """The national system of which the two have valid numbers, and none in common."""
    if not one.strong or not other.strong or one.strong == other.strong:
        return None
    found = None
    for mine in one.strong:
        system = mine.partition(":")[0]
        for theirs in other.strong:
            if theirs.startswith(system) and (found is None or system < found) and not _shared(one, other, system):
                found = system
    return found


def _shared(one: Person, other: Person, system: str) -> bool:
    return any(each.startswith(system) for each in one.strong & other.strong)
