"""Many children and the index of their keys, in memory: how many candidates a change has.

One child in two hundred is shielded, as in the directory of 2009: those are found by wide keys too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from bench.figures import Figure, percentile
from bench.place import say
from generator.children import families
from generator.people import Child, Particulars
from generator.rates import Rates
from likeness.codes import compact, identifier_key
from likeness.homes import home_of
from likeness.naming import family_words, given_words
from likeness.person import Carer, Person, PersonName
from services.registry.candidates import (
    CAP,
    CROWDED,
    index_keys,
    is_capped,
    kept_under,
    looked_under,
    seek_keys,
    wide_keys,
)

ONE_SHIELDED_IN = 200
_ASKED = 50
_LOOKED_AT = 5000
CROWD = Rates(rare_name=0.6, own_phones=1.0)
"""A million children have more surnames, streets and telephone numbers than the generator has for a few."""


class Index:
    """Which children each key leads to; a full key is replaced by more specific ones, as in the registry."""

    def __init__(self) -> None:
        self._held: dict[int, list[int]] = {}
        self._wide: dict[int, list[int]] = defaultdict(list)
        self.full = 0
        self.shielded = 0

    def add(self, number: int, person: Person) -> None:
        for key in kept_under(index_keys(person), person, lambda key: self._leads_to(key, CAP)):
            held = self._held.setdefault(hash(key), [])
            held.append(number)
            self.full += len(held) == CAP and is_capped(key)

    def shield(self, number: int, person: Person) -> None:
        """Have a child found by its wide keys too; these have no cap."""
        self.shielded += 1
        for key in wide_keys(person):
            self._wide[hash(key)].append(number)

    def found(self, person: Person) -> set[int]:
        """The candidates for a record of ``person``, but for shielded children that only wide keys lead to."""
        keys = looked_under(seek_keys(person), person, lambda key: self._leads_to(key, CROWDED))
        return {number for key in keys for number in self._held.get(hash(key), ())}

    def found_shielded(self, person: Person) -> set[int]:
        """The candidates among the shielded, by wide keys."""
        return {number for key in wide_keys(person) for number in self._wide.get(hash(key), ())}

    def _leads_to(self, key: str, most: int) -> bool:
        """Whether the key has a cap, and leads to so many children or more."""
        return is_capped(key) and len(self._held.get(hash(key), ())) >= most


def crowd(children: int, seed: int) -> Iterator[Person]:
    """Made-up children as they are in truth."""
    for _, family in families(children, seed, CROWD):
        for child in family:
            yield _person(child, child.eventually())


def _person(child: Child, now: Particulars) -> Person:
    name, stay = now.names[0], now.stays[0]
    given = given_words(f"{name.given} {name.middle}" if name.given else None)
    numbers = frozenset({identifier_key("nhs-number", child.nhs_number)} if child.nhs_number else ())
    return Person(
        names=(PersonName(given, family_words(name.family), True),),
        born=child.born,
        gender=child.gender,
        homes=(home_of(compact(stay.address.postcode), " ".join(stay.address.lines)),),
        strong=numbers,
        identifiers=numbers,
        carers=tuple(Carer(given_words(each.name), each.phones) for each in now.carers),
    )


def is_shielded(number: int) -> bool:
    """Whether a child is one of the shielded, by its place in the crowd."""
    return number % ONE_SHIELDED_IN == ONE_SHIELDED_IN // 2 - 1


def candidates(children: int) -> list[Figure]:
    """How many candidates a change to a child who is not shielded has among so many children, itself left out."""
    index, asked = Index(), []
    every = max(children // _LOOKED_AT, 1)
    for number, person in enumerate(crowd(children, seed=7)):
        index.add(number, person)
        if is_shielded(number):
            index.shield(number, person)
        elif number % every == 0:
            asked.append((number, person))
        if number and number % 100_000 == 0:
            say(f"matching: {number:,} children indexed")
    keys = [len(index_keys(person)) for _, person in asked]
    return [
        *_counted(index, asked, f"candidates a change among {children:,}"),
        Figure(f"shielded children among {children:,}", index.shielded, ""),
        Figure(f"keys a child among {children:,}, mean", sum(keys) / len(keys), ""),
        Figure(f"full keys among {children:,}", index.full, ""),
    ]


def _counted(index: Index, asked: Sequence[tuple[int, Person]], title: str) -> Iterator[Figure]:
    """Candidates by the one way, by the other, and in all: what is asked for is said of all."""
    found = [(index.found(person) - {number}, index.found_shielded(person)) for number, person in asked]
    ways = {
        "by the keys of all": [len(sought) for sought, _ in found],
        "among the shielded by wide keys": [len(wide) for _, wide in found],
        "in all": [len(sought | wide) for sought, wide in found],
    }
    for way, counts in ways.items():
        limit, limit_is = (_ASKED, "asked for") if way == "in all" else (None, "")
        for at in (50, 99):
            yield Figure(f"{title}, {way}, p{at}", percentile(counts, at), "", limit, limit_is)
        yield Figure(f"{title}, {way}, max", max(counts), "")
