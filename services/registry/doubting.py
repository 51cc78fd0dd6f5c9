"""What is in doubt between two children: which of their source records may be one child's. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations, product

from services.registry.children import MOST_DOUBTS, ChildRecord, Doubt, Verdict
from services.registry.contesting import contested
from services.registry.matching import DIFFERENT_FOR_SURE, Judge, Shielded, verdict_on
from services.registry.neighbourhood import Neighbourhood
from services.registry.scoring import PERHAPS_COUSINS
from services.registry.sources import SourceRecord


class Doubting:
    """Says what is in doubt in a neighbourhood: on both children of a pair the strongest doubt, and no other."""

    def __init__(self, hood: Neighbourhood, judge: Judge, now: datetime) -> None:
        self._hood = hood
        self._judge = judge
        self._now = now

    def settled(
        self, before: Sequence[ChildRecord], after: Sequence[ChildRecord], record: SourceRecord | None
    ) -> None:
        """Say anew what is in doubt once ``before`` were made into ``after``.

        Between these, and of ``record``, which came in anew, towards all others. What is known of other
        records of theirs stays in doubt.
        """
        inside = {each.key for child in (*before, *after) for each in child.sources}
        former = [doubt for child in before for doubt in child.doubts.values() if doubt.theirs not in inside]
        moved = record.key if record else None
        for child in after:
            found = self._contested(child, before)
            as_it_is = not child.doubts and found is child.contested
            self._hood.put(child if as_it_is else replace(child, doubts={}, contested=found))
        for doubt in former:
            if doubt.mine != moved:
                self._put(doubt)
        here = [child.number for child in after if child.live or child.shielded]
        for one, other in combinations(here, 2):
            self._between(one, other)
        if record is not None:
            self._outside(record, {doubt.theirs for doubt in former if doubt.mine == moved})
        for number, other in self._left_behind(before, former, moved):
            self._between(number, other)
        was_shielded = {each.key for child in before if child.shielded for each in child.sources}
        for number in here:
            child = self._hood.children[number]
            if any((each.key in was_shielded) != child.shielded for each in child.sources):
                self.shield_changed(number)

    def among(self, children: Iterable[ChildRecord], pairs: Iterable[tuple[str, str]]) -> None:
        """Take in children that are new, and say what is in doubt where the first of a pair sought the second."""
        for child in children:
            self._hood.put(child)
        for one, other in pairs:
            self._between(one, other)

    def shield_changed(self, number: str) -> None:
        """Hold whoever may be this child, now that it is shielded; or release them, now that it is not."""
        child = self._hood.children[number]
        others = {other.number for other in self._hood.holding(*child.doubted)}
        others |= {other.number for other in self._hood.in_doubt_with(child)}
        if child.shielded:
            others |= {other.number for each in child.compared for other in self._hood.near(each, shielded=True)}
        for other in sorted(others - {number}):
            self._between(other, number)

    def take_up(self, number: str) -> None:
        """Say again what others have in doubt with the child, now that some of its own doubts are decided."""
        child = self._hood.children[number]
        here = child.doubted
        for other in self._hood.in_doubt_with(child):
            if here.isdisjoint(each.key for each in other.sources):
                self._between(other.number, number)

    def _left_behind(
        self, before: Sequence[ChildRecord], former: Sequence[Doubt], moved: str | None
    ) -> Iterator[tuple[str, str]]:
        """Who has parted from what was in doubt, and who with: each part may be in doubt by a weaker one.

        Of two children only the strongest doubt is kept. What parts from a held child may be the shielded one too.
        """
        for child in before:
            parts = [part for part in self._hood.at_hand(*(each.key for each in child.sources)) if part.live]
            for doubt in former if len(parts) > 1 else ():
                if doubt.pair in child.doubts:
                    away = [part for part in parts if doubt.mine == moved or not _has(part, doubt.mine)]
                    others = self._hood.holding(doubt.theirs) if away else []
                    yield from ((part.number, other.number) for part in away for other in others)

    def _outside(self, record: SourceRecord, partners: set[str]) -> None:
        """Doubts between ``record`` and children that it does not belong to; former ``partners`` included."""
        home = self._hood.holding(record.key)[0].number
        former = {child.number for child in self._hood.holding(*partners)}
        shielded = self._hood.children[home].shielded
        near = self._hood.near(record, shielded=shielded) if record.live or shielded else []
        for number in sorted((former | {child.number for child in near}) - {home}):
            one, other = self._hood.children[home], self._hood.children[number]
            theirs = {each.key for each in other.sources}
            doubted = number in former or any(doubt.theirs in theirs for doubt in one.doubts.values())
            if doubted or doubt_between(one, [record], other, self._judge, self._now):
                self._between(home, number)

    def _contested(self, child: ChildRecord, before: Iterable[ChildRecord]) -> Doubt | None:
        """What speaks against a word on the child, since it first did."""
        found = contested(child, self._judge, self._now)
        said = (each.contested for each in before if each.contested is not None)
        return next((each for each in said if found and each.pair == found.pair and each.same_as(found)), found)

    def _between(self, mine: str, theirs: str) -> None:
        for number, away in ((mine, theirs), (theirs, mine)):
            child = self._hood.children[number]
            keys = {each.key for each in self._hood.children[away].sources}
            kept = {pair: doubt for pair, doubt in child.doubts.items() if doubt.theirs not in keys}
            if len(kept) != len(child.doubts):
                self._hood.put(replace(child, doubts=kept))
        one, other = self._hood.children[mine], self._hood.children[theirs]
        doubt = doubt_between(one, one.compared, other, self._judge, self._now)
        if doubt is not None:
            self._put(doubt)
            self._put(mirrored(doubt, shielded=one.shielded))

    def _put(self, doubt: Doubt) -> None:
        said = self._hood.doubted(doubt.pair)
        if said is not None:
            # Who sought whom stays as it was: two processes that look again from either side change nothing.
            doubt = said if doubt.same_as(said) else replace(doubt, sought=said.sought)
        for child in self._hood.at_hand(doubt.mine):
            self._hood.put(strongest_kept(replace(child, doubts={**child.doubts, doubt.pair: doubt})))


def strongest_kept(child: ChildRecord) -> ChildRecord:
    """The child without the weakest doubts of those who found it, where it has too many.

    Whoever sends thousands of nearly the same child must not make one record grow without end. None goes where
    either is shielded; and whoever found the child keeps the doubt.
    """
    if len(child.doubts) <= MOST_DOUBTS or child.shielded:
        return child
    found = [each for each in child.doubts.values() if not each.shielded and not each.sought]
    weakest = sorted(found, key=_strength)[: len(child.doubts) - MOST_DOUBTS]
    gone = {each.pair for each in weakest}
    return replace(child, doubts={pair: doubt for pair, doubt in child.doubts.items() if pair not in gone})


def doubt_between(
    mine: ChildRecord, records: Iterable[SourceRecord], theirs: ChildRecord, judge: Judge, now: datetime
) -> Doubt | None:
    """The strongest doubt between ``records`` of the one child and the other child, or ``None``.

    A shield widens it: one that only may be a shielded child is in doubt already.
    """
    verdicts = {each.id: each for each in (*mine.verdicts, *theirs.verdicts)}.values()
    shielded = mine.shielded, theirs.shielded
    parted = _parted(mine, theirs, verdicts)
    found = [
        doubt
        for one in records
        if one.live or mine.shielded
        for other in theirs.compared
        if (doubt := _doubt(one, other, judge, tuple(verdicts), shielded=shielded, now=now)) is not None
        and (
            not parted
            or judge.insists(one, other)
            or doubt.bits > max(_at_home(one, mine, judge), _at_home(other, theirs, judge))
        )
    ]
    strongest = max(found, key=_strength, default=None)
    return replace(strongest, shielded=theirs.shielded) if strongest is not None else None


def _strength(doubt: Doubt) -> tuple[bool, float, list[str]]:
    return doubt.tied, doubt.bits, sorted(doubt.pair)


def _has(child: ChildRecord, key: str) -> bool:
    return any(each.key == key for each in child.sources)


def mirrored(doubt: Doubt, *, shielded: bool) -> Doubt:
    """The same doubt as the other child has it; ``shielded`` tells whether this one is."""
    return replace(doubt, mine=doubt.theirs, theirs=doubt.mine, shielded=shielded, sought=not doubt.sought)


def _doubt(
    one: SourceRecord,
    other: SourceRecord,
    judge: Judge,
    verdicts: Sequence[Verdict],
    *,
    shielded: Shielded,
    now: datetime,
) -> Doubt | None:
    verdict = verdict_on(verdicts, one.key, other.key) if verdicts else None
    if verdict is not None and not _asked_anew(verdict, one, other, judge):
        return None
    if not in_doubt(one, other, judge, shielded=shielded):
        return None
    if one.live and other.live:
        against, bits, tied = judge.against(one, other), judge.bits(one, other), judge.ties(one, other)
    else:
        against, bits, tied = None, judge.closest(one, other, shielded), False
    return Doubt(one.key, other.key, bits, tied, against, False, judge.policy.version, now)


def _asked_anew(verdict: Verdict, one: SourceRecord, other: SourceRecord, judge: Judge) -> bool:
    """Whether more speaks against a person's word by now than when it was said: it stands until they say so."""
    known = verdict.despite & {(one.key, other.key), (other.key, one.key)}
    return verdict.said == "different" and not known and judge.insists(one, other)


def in_doubt(one: SourceRecord, other: SourceRecord, judge: Judge, *, shielded: Shielded) -> bool:
    """Whether a person is to decide on two records of two children; where either is shielded, it takes less."""
    return (one.live and other.live and _alike(one, other, judge)) or (
        any(shielded) and judge.may_be(one, other, shielded)
    )


def _alike(one: SourceRecord, other: SourceRecord, judge: Judge) -> bool:
    mine, theirs = one.likeness.person, other.likeness.person
    # A national number in common, and not one child: one of the two has somebody else's.
    if not mine.strong.isdisjoint(theirs.strong):
        return True
    if judge.bits(one, other) >= judge.policy.probable:
        return judge.against(one, other) not in DIFFERENT_FOR_SURE
    # Who was taken in by others is found by nothing else, however common the name.
    return mine.born == theirs.born and judge.against(one, other) == PERHAPS_COUSINS


def _parted(mine: ChildRecord, theirs: ChildRecord, verdicts: Iterable[Verdict]) -> bool:
    """Whether a person has said that these are different children."""
    said = tuple(verdicts)
    pairs = product(mine.sources, theirs.sources) if said else ()
    found = (verdict_on(said, one.key, other.key) for one, other in pairs)
    return any(verdict is not None and verdict.said == "different" for verdict in found)


def _at_home(record: SourceRecord, child: ChildRecord, judge: Judge) -> float:
    """How surely the record belongs where it is."""
    others = [each for each in child.live if each.key != record.key] if record.live else []
    return max((judge.bits(record, each) for each in others), default=float("-inf"))
