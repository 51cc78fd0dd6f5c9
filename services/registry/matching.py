"""Which source records are one child, surely or perhaps. The one place where that is decided; pure.

Children are parted by what their source records say now: the strongest ties join first, and no tie joins two
groups of which any two records contradict each other. So the outcome does not depend on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, product
from typing import TypeVar

from services.registry.children import Verdict
from services.registry.scoring import Policy, contradiction, may_be, score
from services.registry.sources import SourceRecord

T = TypeVar("T")

DIFFERENT_FOR_SURE = frozenset({"twins", "cousins"})
"""Contradictions that say that two are different children; the others say that something is wrong."""


class Judge:
    """What the policy makes of two source records; nothing is reckoned twice within a batch."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._bits: dict[tuple[str, int, str, int], float] = {}
        self._against: dict[tuple[str, int, str, int], str | None] = {}
        self._may_be: dict[tuple[str, int, str, int], float] = {}

    def bits(self, one: SourceRecord, other: SourceRecord) -> float:
        """How surely they are one child: the match weight, in bits."""
        return _once(self._bits, one, other, lambda a, b: score(a, b, self.policy))

    def against(self, one: SourceRecord, other: SourceRecord) -> str | None:
        """What forbids a machine to join them."""
        return _once(self._against, one, other, contradiction)

    def may_be(self, one: SourceRecord, other: SourceRecord) -> bool:
        """Whether one may be the other, so that a shield of one must cover the other until a person decides."""
        return _once(self._may_be, one, other, lambda a, b: may_be(a, b, self.policy)) >= self.policy.hold

    def ties(self, one: SourceRecord, other: SourceRecord) -> bool:
        """Whether the machine would make one child of the two, if nobody else had a say.

        Within the margin it would where they were more alike once, so that records do not flap.
        """
        bits = self.bits(one, other)
        if bits < self.policy.part or self.against(one, other) is not None:
            return False
        return bits >= self.policy.join or any(
            score(mine.person, theirs.person, self.policy) >= self.policy.join
            for mine in (one.likeness, *one.formers)
            for theirs in (other.likeness, *other.formers)
        )


def _once(
    known: dict[tuple[str, int, str, int], T], one: SourceRecord, other: SourceRecord, reckon: Callable[..., T]
) -> T:
    if (one.key, one.version) > (other.key, other.version):
        one, other = other, one
    pair = (one.key, one.version, other.key, other.version)
    if pair not in known:
        known[pair] = reckon(one.likeness.person, other.likeness.person)
    return known[pair]


def verdict_on(verdicts: Iterable[Verdict], one: str, other: str) -> Verdict | None:
    """The newest word on two source records that settles whether they are one child."""
    about = (each for each in verdicts if each.said != "cannot-tell" and each.covers(one, other))
    return max(about, key=lambda each: (each.at, each.id), default=None)


@dataclass(frozen=True, slots=True)
class _Tie:
    one: SourceRecord
    other: SourceRecord
    bits: float
    decided: datetime | None


def clusters(
    records: Iterable[SourceRecord],
    judge: Judge,
    verdicts: Sequence[Verdict] = (),
) -> list[list[SourceRecord]]:
    """The live records parted into children, in the order of their keys."""
    ordered = sorted(records, key=lambda each: each.key)
    parts = {each.key: [each] for each in ordered}
    for tie in sorted(_ties(ordered, judge, verdicts), key=_strongest_first):
        one, other = parts[tie.one.key], parts[tie.other.key]
        if one is not other and _may_join(one, other, tie.decided, judge, verdicts):
            one += other
            parts |= {each.key: one for each in other}
    distinct = {id(part): part for part in parts.values()}
    return sorted((sorted(part, key=lambda each: each.key) for part in distinct.values()), key=lambda p: p[0].key)


def _ties(records: Sequence[SourceRecord], judge: Judge, verdicts: Sequence[Verdict]) -> Iterator[_Tie]:
    for one, other in combinations(records, 2):
        verdict = verdict_on(verdicts, one.key, other.key) if verdicts else None
        if verdict is not None:
            if verdict.said == "same":
                yield _Tie(one, other, judge.bits(one, other), verdict.at)
        elif judge.ties(one, other):
            yield _Tie(one, other, judge.bits(one, other), None)


def _strongest_first(tie: _Tie) -> tuple[float, float, str, str]:
    decided = -tie.decided.timestamp() if tie.decided else 0.0
    return decided, -tie.bits, tie.one.key, tie.other.key


def _may_join(
    ones: Sequence[SourceRecord],
    others: Sequence[SourceRecord],
    decided: datetime | None,
    judge: Judge,
    verdicts: Sequence[Verdict],
) -> bool:
    """Whether no two records of the groups speak against it; a person's word yields only to a newer one."""
    for one, other in product(ones, others):
        verdict = verdict_on(verdicts, one.key, other.key) if verdicts else None
        if verdict is not None and verdict.said == "different" and (decided is None or verdict.at > decided):
            return False
        contradicted = verdict is None and decided is None and judge.against(one, other) is not None
        excused = _excused(one, other, others, judge, verdicts) or _excused(other, one, ones, judge, verdicts)
        if contradicted and not excused:
            return False
    return True


def _excused(
    one: SourceRecord,
    other: SourceRecord,
    others: Sequence[SourceRecord],
    judge: Judge,
    verdicts: Sequence[Verdict],
) -> bool:
    """Whether a person has made ``other`` one child with a record that ``one`` does not contradict."""
    return bool(verdicts) and any(
        judge.against(one, each) is None
        and (verdict := verdict_on(verdicts, each.key, other.key)) is not None
        and verdict.said == "same"
        for each in others
    )
