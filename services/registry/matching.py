"""Which source records are one child, surely or perhaps. The one place where that is decided; pure.

Children are parted by what their source records say now: the strongest ties join first, and no tie joins two
groups of which any two records contradict each other. So the outcome does not depend on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import combinations, product

from likeness.comparison import compare
from likeness.person import Person
from services.registry.children import Verdict
from services.registry.scoring import Policy, contradiction, may_be, score
from services.registry.sources import Likeness, SourceRecord

DIFFERENT_FOR_SURE = frozenset({"twins", "cousins"})
"""Contradictions that say that two are different children; the others say that something is wrong."""


Shielded = tuple[bool, bool]
"""Whether the child of the one record is shielded, and that of the other."""


class _Pair:
    """Two records compared once, and what is made of that."""

    def __init__(self, one: Person, other: Person, policy: Policy) -> None:
        self._one, self._other, self._policy = one, other, policy
        self._compared = compare(one, other)
        self.bits = score(one, other, policy, self._compared)

    @cached_property
    def against(self) -> str | None:
        return contradiction(self._one, self._other, self._policy, self._compared)

    @cached_property
    def may_be(self) -> bool:
        return may_be(self._one, self._other, self._policy, self._compared) >= self._policy.hold


class Judge:
    """What the policy makes of two source records; nothing is reckoned twice within a batch."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._pairs: dict[tuple[str, int, str, int], _Pair] = {}
        self._may_be: dict[tuple[str, str], bool] = {}

    def bits(self, one: SourceRecord, other: SourceRecord) -> float:
        """How surely they are one child: the match weight, in bits."""
        return self._pair(one, other).bits

    def against(self, one: SourceRecord, other: SourceRecord) -> str | None:
        """What forbids a machine to join them."""
        return self._pair(one, other).against

    def may_be(self, one: SourceRecord, other: SourceRecord, shielded: Shielded) -> bool:
        """Whether one may be the other, so that a shield of one must cover the other until a person decides.

        As either is, or ever was: whoever was renamed, moved or withdrawn is the same child. What was refused of
        the one who is ``shielded`` counts too.
        """
        if one.live and other.live:
            pair = self._pair(one, other)
            if pair.may_be or not (one.formers or one.refused or other.formers or other.refused):
                return pair.may_be
        return any(self._alike(*pair) for pair in likenesses(one, other, shielded))

    def closest(self, one: SourceRecord, other: SourceRecord, shielded: Shielded = (False, False)) -> float:
        """The match weight of the two as they were most alike, where one of them was withdrawn."""
        pairs = ((mine.person, theirs.person) for mine, theirs in likenesses(one, other, shielded))
        return max((score(*pair, self.policy) for pair in pairs), default=float("-inf"))

    def _alike(self, one: Likeness, other: Likeness) -> bool:
        pair = one.text, other.text
        if pair not in self._may_be:
            self._may_be[pair] = may_be(one.person, other.person, self.policy) >= self.policy.hold
        return self._may_be[pair]

    def _pair(self, one: SourceRecord, other: SourceRecord) -> _Pair:
        if one.key > other.key or (one.key == other.key and one.version > other.version):
            one, other = other, one
        pair = (one.key, one.version, other.key, other.version)
        known = self._pairs.get(pair)
        if known is None:
            known = self._pairs[pair] = _Pair(one.likeness.person, other.likeness.person, self.policy)
        return known

    def ties(self, one: SourceRecord, other: SourceRecord) -> bool:
        """Whether the machine would make one child of the two, if nobody else had a say.

        Within the margin it would where they were more alike once, so that records do not flap.
        """
        pair = self._pair(one, other)
        bits = pair.bits
        if bits < self.policy.part or pair.against is not None:
            return False
        return bits >= self.policy.join or any(
            score(mine.person, theirs.person, self.policy) >= self.policy.join
            for mine in (one.likeness, *one.formers)
            for theirs in (other.likeness, *other.formers)
        )

    def standing(self, one: SourceRecord, other: SourceRecord) -> float:
        """How strongly the two hold together, in bits: of two joined as they are, as they were most alike.

        So a record that two children draw alike stays where it is, whichever of them its last version favours.
        """
        bits = self.bits(one, other)
        if bits < self.policy.join or not (one.formers or other.formers):
            return bits
        return max(bits, self.closest(one, other))

    def insists(self, one: SourceRecord, other: SourceRecord) -> bool:
        """Whether so much speaks for one child that a person who said otherwise is to know of it.

        The machine would join the two, or they have a national number in common; where either was withdrawn, it
        would have.
        """
        if not (one.live and other.live):
            return self.closest(one, other) >= self.policy.join
        return self.ties(one, other) or not one.likeness.person.strong.isdisjoint(other.likeness.person.strong)


def likenesses(one: SourceRecord, other: SourceRecord, shielded: Shielded) -> Iterator[tuple[Likeness, Likeness]]:
    """As what the two are compared: what was refused never with what was refused."""
    yield from product(one.compared_as(shielded=shielded[0]), other.likenesses)
    yield from product(one.likenesses, other.refused if shielded[1] else ())


def verdict_on(verdicts: Iterable[Verdict], one: str, other: str) -> Verdict | None:
    """The newest word on two source records, if it settles whether they are one child."""
    about = (each for each in verdicts if each.covers(one, other))
    newest = max(about, key=lambda each: (each.at, each.id), default=None)
    return None if newest is None or newest.said == "cannot-tell" else newest


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
    """The records parted into children, in the order of their keys; one that was withdrawn only by a person."""
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
                yield _Tie(one, other, judge.bits(one, other) if _both_live(one, other) else 0.0, verdict.at)
        elif _both_live(one, other) and judge.ties(one, other):
            yield _Tie(one, other, judge.standing(one, other), None)


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
        contradicted = verdict is None and decided is None and _against(one, other, judge)
        excused = _excused(one, other, others, judge, verdicts) or _excused(other, one, ones, judge, verdicts)
        if contradicted and not excused:
            return False
    return True


def _both_live(one: SourceRecord, other: SourceRecord) -> bool:
    return one.live and other.live


def _against(one: SourceRecord, other: SourceRecord, judge: Judge) -> bool:
    return _both_live(one, other) and judge.against(one, other) is not None


def _excused(
    one: SourceRecord,
    other: SourceRecord,
    others: Sequence[SourceRecord],
    judge: Judge,
    verdicts: Sequence[Verdict],
) -> bool:
    """Whether a person has made ``other`` one child with a record that ``one`` does not contradict."""
    return bool(verdicts) and any(
        not _against(one, each, judge)
        and (verdict := verdict_on(verdicts, each.key, other.key)) is not None
        and verdict.said == "same"
        for each in others
    )
