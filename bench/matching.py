"""The matcher by itself, without an engine: how well it tells children apart, how many it looks at, how fast.

Its limits are Splink's figures on the same records in the same run, and what was asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from time import process_time

from bench import crowd, febrl, holds, splinks
from bench.febrl import share
from bench.figures import Figure
from bench.place import Sizes, say
from likeness.person import Person
from runtime.service import collect_seldom
from services.registry.candidates import index_keys, seek_keys
from services.registry.matching import DIFFERENT_FOR_SURE
from services.registry.policy import Policy, load
from services.registry.scoring import PERHAPS_COUSINS, contradiction, score
from weights.pairs import Known, made_up

_CHILDREN, _SEED = 10_000, 11
_OF_SPLINK = 0.5


def measure(sizes: Sizes) -> list[Figure]:
    """Febrl's files, made-up children, the rate, holds, and candidates among ten thousand and ``crowd``."""
    found: list[Figure] = []
    for name, part in (
        ("Febrl's files", _febrl),
        ("made-up children", _made_up),
        ("the rate", _rate),
        ("holds", holds.figures),
    ):
        say(f"matching: {name}")
        found += part()
    for children in dict.fromkeys((min(10_000, sizes.crowd), sizes.crowd)):
        say(f"matching: candidates among {children:,} children")
        found += crowd.candidates(children)
    return found


def _febrl() -> list[Figure]:
    found: list[Figure] = []
    for number in (3, 4):
        found += febrl.figures(number, identifier=False, splink=splinks.f1(febrl.read(number)))
        found += febrl.figures(number, identifier=True)
    return found


@dataclass(frozen=True)
class _Judged:
    """A pair of source records, what it is in truth, and what the matcher would do with it."""

    one: Known
    other: Known
    bits: float
    joined: bool
    asked: bool

    @property
    def truth(self) -> str:
        if self.one.child == self.other.child:
            return "one child"
        if self.one.household != self.other.household:
            return "strangers"
        return "twins" if "twin" in self.one.notes and "twin" in self.other.notes else "siblings"


def _made_up() -> list[Figure]:
    """Joins that are wrong, by what the two are, and joins that are left to people, by the mistake in a record."""
    records = list(made_up(_CHILDREN, [_SEED]))
    judged = list(_judged(records))
    same = [each for each in judged if each.truth == "one child"]
    joined = [each for each in judged if each.joined]
    right = sum(each.truth == "one child" for each in joined)
    asked = sum(each.asked for each in judged)
    wrong = Counter(each.truth for each in joined if each.truth != "one child")
    left = Counter(kind for each in same if not each.joined for kind in _mistakes(each))
    whole = Counter(kind for each in same for kind in _mistakes(each))
    true = _true(records)
    best = febrl.best_f1(((each.bits, each.truth == "one child") for each in judged), true)
    return [
        share("made-up children: precision at join", right / len(joined), febrl.PRECISE, "asked for"),
        share("made-up children: recall at join", right / true),
        share("made-up children: F1 at the best threshold", best),
        Figure("made-up children: pairs left to people, per child", asked / _CHILDREN, ""),
        *(Figure(f"joined in error: {kind}", wrong[kind], "") for kind in ("twins", "siblings", "strangers")),
        *(
            Figure(f"not joined, of {count:,} pairs with {kind}", left[kind] / count * 100, "%")
            for kind, count in sorted(whole.items())
        ),
    ]


def _judged(records: list[Known]) -> Iterator[_Judged]:
    policy = load()
    for one, other in febrl.candidate_pairs([each.person for each in records]):
        mine, theirs = records[one], records[other]
        bits = score(mine.person, theirs.person, policy)
        against = contradiction(mine.person, theirs.person, policy)
        joined = bits >= policy.join and against is None
        asked = not joined and _is_asked(mine.person, theirs.person, bits, against, policy)
        yield _Judged(mine, theirs, bits, joined, asked)


def _is_asked(one: Person, other: Person, bits: float, against: str | None, policy: Policy) -> bool:
    """Whether two who are not joined go to people: as the registry has it, in ``doubting.py``."""
    if not one.strong.isdisjoint(other.strong) or against == PERHAPS_COUSINS:
        return True
    return bits >= policy.probable and against not in DIFFERENT_FOR_SURE


def _mistakes(judged: _Judged) -> set[str]:
    return {*judged.one.mistakes, *judged.other.mistakes} or {"no mistake"}


def _true(records: list[Known]) -> int:
    return sum(each * (each - 1) // 2 for each in Counter(record.child for record in records).values())


def _rate() -> list[Figure]:
    """Keys, candidates and scores of made-up source records, and the same pairs' prediction by Splink."""
    people = [each.person for each in made_up(_CHILDREN, [_SEED + 1])]
    collect_seldom()
    began = process_time()
    pairs = febrl.candidate_pairs(people)
    keyed = process_time() - began
    policy = load()
    began = process_time()
    for one, other in pairs:
        score(people[one], people[other], policy)
    scored = process_time() - began
    compared, seconds = splinks.rate(people)
    ours = keyed + scored
    return [
        Figure("keys a source record, sought by", sum(len(seek_keys(each)) for each in people) / len(people), ""),
        Figure(
            "keys a source record, indexed by", sum(len(index_keys(each)) for each in people) / len(people), ""
        ),
        Figure("a pair scored in", scored / len(pairs) * 1e6, "us"),
        Figure(
            "source records decided",
            len(people) / ours,
            "/s",
            len(people) / seconds * _OF_SPLINK,
            "half of Splink",
        ),
        Figure("pairs decided", len(pairs) / ours, "/s", compared / seconds * _OF_SPLINK, "half of Splink"),
        Figure("pairs that Splink predicted", compared, "", len(pairs), "pairs decided"),
    ]
