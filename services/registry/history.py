"""What is written into a child record's history when it changes. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.registry.children import ChildRecord, Event
from services.registry.matching import Judge

LONGEST = 200
"""Events kept; of a longer history the oldest are forgotten, but for the first."""


def told(before: ChildRecord | None, after: ChildRecord, judge: Judge, now: datetime) -> tuple[Event, ...]:
    """The history with what made ``after`` of ``before``."""
    whole = (*after.history, *_events(before, after, judge, now))
    return whole if len(whole) <= LONGEST else (whole[0], *whole[-LONGEST + 1 :])


def parted(child: ChildRecord, since: datetime) -> set[str]:
    """The source records that left the child at that moment or later."""
    return {key for event in child.history if event.what == "parted" and event.at >= since for key in event.keys}


def origins(child: ChildRecord, since: datetime) -> set[str]:
    """The numbers of those from whom source records came to the child at that moment or later."""
    return {
        number for event in child.history if event.what == "came" and event.at >= since for number in event.numbers
    }


def superseding(child: ChildRecord) -> Event | None:
    """When and by whom the child was superseded, and which source records, withdrawn ones too, it then had."""
    return next((event for event in reversed(child.history) if event.what == "superseded"), None)


def _events(before: ChildRecord | None, after: ChildRecord, judge: Judge, now: datetime) -> Iterator[Event]:
    had = {each.key for each in before.live} if before else set()
    has = {each.key: each for each in after.live}
    if before is None:
        yield Event(now, "created", keys=tuple(sorted(has)), numbers=tuple(sorted(after.supersedes)))
    else:
        for key in sorted(has.keys() - had):
            others = [judge.bits(has[key], each) for each in after.live if each.key != key]
            yield Event(now, "joined", (key,), bits=max(others, default=None), policy=judge.policy.version)
        if lost := tuple(sorted(had - has.keys())):
            yield Event(now, "parted", lost, policy=judge.policy.version)
    yield from _turns(before, after, now)


def _turns(before: ChildRecord | None, after: ChildRecord, now: datetime) -> Iterator[Event]:
    came = after.supersedes.keys() - (before.supersedes.keys() if before else set())
    if before is not None and came:
        yield Event(now, "merged", numbers=tuple(sorted(came)))
    if after.superseded_by is not None and (before is None or before.superseded_by is None):
        had = sorted(each.key for each in before.sources) if before else ()
        yield Event(now, "superseded", tuple(had), (after.superseded_by,))
    if before is not None and before.superseded_by is not None and after.superseded_by is None:
        yield Event(now, "restored", numbers=(before.superseded_by,))
    for turn, is_so in (("shielded", after.shielded), ("held", after.held)):
        was_so = before is not None and bool(getattr(before, turn))
        if is_so != was_so:
            yield Event(now, turn if is_so else {"shielded": "unshielded", "held": "released"}[turn])
    if (doubts := after.doubts.keys() - (before.doubts.keys() if before else set())) and not after.held:
        yield Event(now, "in-doubt", keys=tuple(sorted({mine for mine, _ in doubts})))
    said = {each.id for each in before.verdicts} if before else set()
    for verdict in after.verdicts:
        if verdict.id not in said:
            yield Event(now, f"said-{verdict.said}", keys=tuple(sorted(verdict.ones | verdict.others)))
