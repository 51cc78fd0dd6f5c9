"""Decided pairs as a registry exports them, made into what weights are estimated from.

Such pairs are no fair sample: that two are in doubt, or were found by a number, is why they were decided. So
strangers are drawn, as ever, from all who are not known to be of one household; a pair that is labelled so adds
two people to draw from. How many brothers a child has, and what numbers are worth, is not in such a file at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from random import Random

import orjson

from likeness.homes import Home
from likeness.person import Person, pack
from services.registry.firstload.united import United
from services.registry.pairs import Decided, decided_of
from weights.pairs import Known, Pairs, strangers_of

_AREA = "decided"


@dataclass(frozen=True, slots=True, repr=False)
class Labelled:
    """Everybody in the file, each of whom is known apart from the others or to be one with them; and the pairs."""

    records: list[Known]
    pairs: Pairs


def labelled(lines: Iterable[bytes], strangers: int) -> Labelled:
    """What the file's lines say, with so many pairs of strangers drawn, or as many as there are.

    A ``ValueError`` that names the line and quotes nothing where one is not a decided pair, or has no name.
    """
    everybody = _Everybody()
    for number, line in enumerate(lines, 1):
        try:
            everybody.take(decided_of(line))
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
    records, known = everybody.known(), everybody.pairs
    wanted = min(strangers, _apart(records))
    return Labelled(records, replace(known, strangers=list(strangers_of(records, wanted, Random(1)))))


@dataclass(slots=True, repr=False)
class _Everybody:
    """Who is in the file: children are united by what is one child, households also by where they live."""

    pairs: Pairs = field(default_factory=lambda: Pairs([], [], [], []))
    _people: list[Person] = field(default_factory=list)
    _places: dict[bytes, int] = field(default_factory=dict)
    _homes: dict[Home, int] = field(default_factory=dict)
    _children: United = field(default_factory=United)
    _households: United = field(default_factory=United)

    def take(self, decided: Decided) -> None:
        one, other = self._place(decided.one), self._place(decided.other)
        if decided.label == "strangers":
            return
        getattr(self.pairs, decided.label).append((decided.one, decided.other))
        self._households.unite(one, other)
        if decided.label == "same":
            self._children.unite(one, other)

    def known(self) -> list[Known]:
        return [
            Known(_AREA, str(self._children.of(place)), str(self._households.of(place)), person, (), ())
            for place, person in enumerate(self._people)
        ]

    def _place(self, person: Person) -> int:
        """Which of those in the file it is: the same source record is the same, with its numbers or without."""
        if not person.names:
            raise ValueError("a person without a name")
        text = orjson.dumps(pack(replace(person, strong=frozenset(), identifiers=frozenset())))
        place = self._places.setdefault(text, len(self._people))
        if place == len(self._people):
            self._people.append(person)
            for home in (each for each in person.homes if each.house and each.postcode):
                self._households.unite(self._homes.setdefault(home, place), place)
        return place


def _apart(records: Iterable[Known]) -> int:
    """How many pairs there are of two who are not of one household."""
    sizes = Counter(each.household for each in records)
    everybody = sum(sizes.values())
    return (everybody**2 - sum(size**2 for size in sizes.values())) // 2
