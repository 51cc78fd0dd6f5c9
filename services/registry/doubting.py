"""What is in doubt between two children: which of their source records may be one child's. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from services.registry.children import ChildRecord, Doubt, Verdict
from services.registry.matching import DIFFERENT_FOR_SURE, Judge, verdict_on
from services.registry.sources import SourceRecord


def doubt_between(
    mine: ChildRecord, records: Iterable[SourceRecord], theirs: ChildRecord, judge: Judge, now: datetime
) -> Doubt | None:
    """The strongest doubt between ``records`` of the one child and the other child, or ``None``.

    A shield widens it: one that only may be a shielded child is in doubt already.
    """
    verdicts = {each.id: each for each in (*mine.verdicts, *theirs.verdicts)}.values()
    shield = mine.shielded or theirs.shielded
    parted = _parted(mine, theirs, verdicts)
    found = [
        doubt
        for one in records
        if one.live
        for other in theirs.live
        if (doubt := _doubt(one, other, judge, tuple(verdicts), shield=shield, now=now)) is not None
        and not (parted and doubt.bits <= _at_home(one, mine, judge))
        and not (parted and doubt.bits <= _at_home(other, theirs, judge))
    ]
    strongest = max(found, key=lambda each: (each.tied, each.bits, each.pair), default=None)
    return replace(strongest, shielded=theirs.shielded) if strongest is not None else None


def mirrored(doubt: Doubt, *, shielded: bool) -> Doubt:
    """The same doubt as the other child has it; ``shielded`` tells whether this one is."""
    return replace(doubt, mine=doubt.theirs, theirs=doubt.mine, shielded=shielded)


def _doubt(
    one: SourceRecord,
    other: SourceRecord,
    judge: Judge,
    verdicts: Sequence[Verdict],
    *,
    shield: bool,
    now: datetime,
) -> Doubt | None:
    if verdicts and verdict_on(verdicts, one.key, other.key) is not None:
        return None
    against, bits = judge.against(one, other), judge.bits(one, other)
    likely = bits >= judge.policy.probable and against not in DIFFERENT_FOR_SURE
    if not likely and not (shield and judge.may_be(one, other)):
        return None
    tied = judge.ties(one, other, together=False)
    return Doubt(one.key, other.key, bits, tied, against, False, judge.policy.version, now)


def _parted(mine: ChildRecord, theirs: ChildRecord, verdicts: Iterable[Verdict]) -> bool:
    """Whether a person has said that these are different children."""
    ones, others = ({each.key for each in child.sources} for child in (mine, theirs))
    return any(
        each.said == "different"
        and ((each.ones & ones and each.others & others) or (each.ones & others and each.others & ones))
        for each in verdicts
    )


def _at_home(record: SourceRecord, child: ChildRecord, judge: Judge) -> float:
    """How surely the record belongs where it is."""
    return max((judge.bits(record, each) for each in child.live if each.key != record.key), default=float("-inf"))
