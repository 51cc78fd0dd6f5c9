"""What is compared of a child, folded once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from likeness.homes import Home


@dataclass(frozen=True, slots=True, repr=False)
class PersonName:
    """A name in folded words; a single name is a family name."""

    given: tuple[str, ...]
    family: tuple[str, ...]
    current: bool


@dataclass(frozen=True, slots=True, repr=False)
class Carer:
    """Somebody who cares for the child: the name in folded words, and how to reach them, compacted."""

    words: tuple[str, ...]
    contacts: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """A child as it is compared; what is current comes first."""

    names: tuple[PersonName, ...]
    born: date
    gender: str
    homes: tuple[Home, ...]
    strong: frozenset[str]
    """Valid identifiers that are given to one child only, nationally."""
    identifiers: frozenset[str]
    """All identifiers, of whatever system and whether valid or not."""
    carers: tuple[Carer, ...]


def pack(person: Person) -> list[Any]:
    """``person`` as plain lists and strings, as a store or a codec can keep it."""
    return [
        [[list(each.given), list(each.family), each.current] for each in person.names],
        person.born.isoformat(),
        person.gender,
        [[each.postcode, list(each.house), list(each.street)] for each in person.homes],
        sorted(person.strong),
        sorted(person.identifiers),
        [[list(each.words), list(each.contacts)] for each in person.carers],
    ]


def unpack(packed: list[Any]) -> Person:
    """The person that ``pack`` packed."""
    names, born, gender, homes, strong, identifiers, carers = packed
    return Person(
        names=tuple(PersonName(tuple(given), tuple(family), current) for given, family, current in names),
        born=date.fromisoformat(born),
        gender=gender,
        homes=tuple(Home(postcode, tuple(house), tuple(street)) for postcode, house, street in homes),
        strong=frozenset(strong),
        identifiers=frozenset(identifiers),
        carers=tuple(Carer(tuple(words), tuple(contacts)) for words, contacts in carers),
    )
