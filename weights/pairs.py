"""Pairs of source records of made-up children, parted by the truth: one child, siblings, twins, strangers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from random import Random
from typing import Any

import orjson

from contracts.children import Child
from generator.messages import message
from generator.rates import Rates
from generator.stream import plan
from likeness.comparable import person_of
from likeness.person import Person

Pair = tuple[Person, Person]


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """A source record of which it is known whose it is; numbers of children are only unique within an area."""

    area: str
    child: str
    household: str
    person: Person
    notes: tuple[str, ...]
    mistakes: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Pairs:
    """What is known to be one child, and what is known not to be."""

    same: list[Pair]
    strangers: list[Pair]
    siblings: list[Pair]
    twins: list[Pair]


def made_up(children: int, seeds: Iterable[int]) -> Iterator[Known]:
    """Every source record of made-up children, as its last published version has it; each seed is an area."""
    for seed in seeds:
        for child, records in plan(children, seed, Rates()).children:
            for record in records:
                published = [version for version in record.versions if not version.withdrawn]
                person = _person(message(record, published[-1], seed)["child"])
                yield Known(
                    area=str(seed),
                    child=f"{seed}/{child.person}",
                    household=f"{seed}/{child.household}",
                    person=person,
                    notes=tuple(child.notes),
                    mistakes=tuple(mistake.kind for mistake in record.mistakes),
                )


def pairs_of(records: Sequence[Known], strangers: int, seed: int = 1) -> Pairs:
    """All pairs of one child and of one household, and as many as asked of strangers, at random."""
    children: dict[str, list[Known]] = defaultdict(list)
    households: dict[str, set[str]] = defaultdict(set)
    for record in records:
        children[record.child].append(record)
        households[record.household].add(record.child)
    found = Pairs([], list(strangers_of(records, strangers, Random(seed))), [], [])
    for known in children.values():
        found.same.extend((one.person, other.person) for one, other in combinations(known, 2))
    for household in households.values():
        for one, other in combinations(sorted(household), 2):
            kind = found.twins if _born(children[one]) == _born(children[other]) else found.siblings
            kind.extend((a.person, b.person) for a, b in product(children[one], children[other]))
    return found


def names_of(records: Sequence[Known]) -> tuple[Counter[str], Counter[str]]:
    """How many children have each first given name and each family name, a child counted once."""
    given: Counter[str] = Counter()
    family: Counter[str] = Counter()
    for record in {each.child: each for each in records}.values():
        name = record.person.names[0]
        given.update(name.given[:1])
        family.update([" ".join(name.family)])
    return given, family


def _person(child: dict[str, Any]) -> Person:
    return person_of(Child.model_validate_json(orjson.dumps(child)))


def strangers_of(records: Sequence[Known], wanted: int, dice: Random) -> Iterator[Pair]:
    """So many pairs of one area and not of one household, at random."""
    while wanted:
        one, other = dice.choice(records), dice.choice(records)
        if one.area == other.area and one.household != other.household:
            wanted -= 1
            yield one.person, other.person


def _born(records: Sequence[Known]) -> str:
    """The birth date that most of a child's records have."""
    return Counter(record.person.born.isoformat() for record in records).most_common(1)[0][0]
