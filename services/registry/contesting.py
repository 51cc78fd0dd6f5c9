"""What speaks by now against a person's word that records are one child, so that it is asked about anew. Pure.

The word stands until a person says otherwise. Without it the machine would make several children of the records;
what speaks against it is sought between these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations, product

from services.registry.children import ChildRecord, Doubt, Verdict
from services.registry.matching import Judge, clusters, verdict_on
from services.registry.sources import SourceRecord

HARDLY_ALIKE = "hardly-alike"
"""What speaks against two of whom nobody would be asked, had nobody said that they are one child."""

Part = Sequence[SourceRecord]
Objection = tuple[str, str, str]
"""Two source records, and what speaks against their being one child's."""


def objections(verdict: Verdict, records: Mapping[str, SourceRecord], judge: Judge) -> frozenset[Objection]:
    """What speaks against a word that two groups are one child's, as things are."""
    live = {key: record for key, record in records.items() if record.live}
    pairs = product(sorted(verdict.ones & live.keys()), sorted(verdict.others & live.keys()))
    return frozenset(
        (min(pair), max(pair), why) for pair in pairs for why in _against(live[pair[0]], live[pair[1]], judge)
    )


def contested(child: ChildRecord, judge: Judge, now: datetime) -> Doubt | None:
    """What speaks by now, and did not when it was said, against a word that the child is one; ``None`` if nothing.

    Of many pairs of its source records the two that are least alike.
    """
    found = [
        Doubt(one.key, other.key, judge.bits(one, other), False, why, False, judge.policy.version, now)
        for ones, others in combinations(_parts(child, judge), 2)
        for one, other, why in _news(ones, others, child.verdicts, judge)
    ]
    return min(found, key=lambda each: (each.bits, each.pair), default=None)


def halves(child: ChildRecord, judge: Judge) -> list[ChildRecord]:
    """The two groups of source records of which it is asked if they are one child, each as a child; or none."""
    if child.contested is None:
        return []
    doubts = {child.contested.pair: child.contested}
    part_of = {each.key: part for part in _parts(child, judge) for each in part}
    one, other = (part_of[key] for key in child.contested.pair)
    if one is other:
        # By other weights than it was asked by; it is about the two alone then.
        one, other = ([each for each in child.live if each.key == key] for key in child.contested.pair)
    return [replace(child, sources=tuple(part), doubts=doubts) for part in (one, other)]


def _parts(child: ChildRecord, judge: Judge) -> list[list[SourceRecord]]:
    """What would be made of the child's source records, had nobody said of any that they are the same child's."""
    words = tuple(each for each in child.verdicts if each.said != "same")
    return clusters(child.live, judge, words) if len(words) != len(child.verdicts) else []


def _news(
    ones: Part, others: Part, verdicts: Sequence[Verdict], judge: Judge
) -> Iterator[tuple[SourceRecord, SourceRecord, str]]:
    pairs = [sorted(pair, key=lambda each: each.key) for pair in product(ones, others)]
    # As long as two of them are alike, others need not be: so it is within any child.
    supported = any(_alike(one, other, judge) for one, other in pairs)
    for one, other in pairs:
        word = verdict_on(verdicts, one.key, other.key)
        same = word is not None and word.said == "same"
        for why in _against(one, other, judge):
            if why == HARDLY_ALIKE and (supported or not same):
                continue
            if word is None or not same or (one.key, other.key, why) not in word.despite:
                yield one, other, why


def _against(one: SourceRecord, other: SourceRecord, judge: Judge) -> Iterator[str]:
    contradiction = judge.against(one, other)
    if contradiction is not None:
        yield contradiction
    if not _alike(one, other, judge):
        yield HARDLY_ALIKE


def _alike(one: SourceRecord, other: SourceRecord, judge: Judge) -> bool:
    return judge.bits(one, other) >= judge.policy.probable
