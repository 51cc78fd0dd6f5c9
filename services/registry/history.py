"""What is written into a child record's history when it changes. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.registry.children import ChildRecord, Event
from services.registry.matching import Judge
from services.registry.sources import SourceRecord

LONGEST = 200
"""Events kept; of a longer history the oldest are forgotten, but for the first."""


LOOKS = 20
"""So many events, the newest, tell that a record was examined and all stayed as it was: they crowd nothing out."""


def told(before: ChildRecord | None, after: ChildRecord, judge: Judge, now: datetime) -> tuple[Event, ...]:
    """The history with what made ``after`` of ``before``.

    Where what is compared of it has changed and nothing followed, it tells that too.
    """
    news = list(_events(before, after, judge, now))
    if before is not None and not news:
        whole = _without_old_looks((*after.history, *_looks(before, after, judge, now)))
    else:
        whole = (*after.history, *news)
    return whole if len(whole) <= LONGEST else (whole[0], *whole[-LONGEST + 1 :])


def _looks(before: ChildRecord, after: ChildRecord, judge: Judge, now: datetime) -> Iterator[Event]:
    had = {each.key: each for each in before.live}
    for record in after.live:
        held = had.get(record.key, record)
        if held is not record and (held.like, held.formers) != (record.like, record.formers):
            bits = _at_home(record, after, judge)
            yield Event(now, "examined", (record.key,), bits=bits, policy=judge.policy.version)


def _without_old_looks(whole: tuple[Event, ...]) -> tuple[Event, ...]:
    looks = [at for at, event in enumerate(whole) if event.what == "examined"]
    old = set(looks[:-LOOKS])
    return tuple(event for at, event in enumerate(whole) if at not in old) if old else whole


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
    version = judge.policy.version
    had = {each.key for each in before.live} if before else set()
    has = {each.key: each for each in after.live}
    if before is None:
        decided = version if has else None
        yield Event(now, "created", tuple(sorted(has)), tuple(sorted(after.supersedes)), policy=decided)
    else:
        for key in sorted(has.keys() - had):
            yield Event(now, "joined", (key,), bits=_at_home(has[key], after, judge), policy=version)
        if lost := tuple(sorted(had - has.keys())):
            yield Event(now, "parted", lost, policy=version)
    yield from _turns(before, after, now)
    yield from _doubts(before, after, version, now)
    yield from _contested(before, after, version, now)
    said = {each.id for each in before.verdicts} if before else set()
    for verdict in after.verdicts:
        # What officers say of it and another authority's child is not for data managers, who read this.
        if verdict.id not in said and not (verdict.officers_of and verdict.said != "same"):
            yield Event(now, f"said-{verdict.said}", keys=tuple(sorted(verdict.ones | verdict.others)))


def _at_home(record: SourceRecord, child: ChildRecord, judge: Judge) -> float | None:
    """How surely the record belongs where it is."""
    return max((judge.bits(record, each) for each in child.live if each.key != record.key), default=None)


def _turns(before: ChildRecord | None, after: ChildRecord, now: datetime) -> Iterator[Event]:
    came = after.supersedes.keys() - (before.supersedes.keys() if before else set())
    if before is not None and came:
        yield Event(now, "merged", numbers=tuple(sorted(came)))
    if after.superseded_by is not None and (before is None or before.superseded_by is None):
        had = sorted(each.key for each in before.sources) if before else ()
        yield Event(now, "superseded", tuple(had), (after.superseded_by,))
    if before is not None and before.superseded_by is not None and after.superseded_by is None:
        yield Event(now, "restored", numbers=(before.superseded_by,))
    if after.shielded != (before is not None and before.shielded):
        yield Event(now, "shielded" if after.shielded else "unshielded")


def _doubts(before: ChildRecord | None, after: ChildRecord, version: str, now: datetime) -> Iterator[Event]:
    """What is asked of a person and what is not any more; of a held child nothing but that it is held."""
    had, was_held = (before.doubts_told, before.held) if before else ({}, False)
    has = after.doubts_told
    if after.held and not was_held:
        bits = max(doubt.bits for doubt in after.doubts.values() if doubt.shielded)
        yield Event(now, "held", bits=bits, policy=version)
    elif was_held and not after.held:
        yield Event(now, "released", policy=version)
    new = [doubt for pair, doubt in has.items() if pair not in had]
    if new and not after.held:
        keys = tuple(sorted({doubt.mine for doubt in new}))
        yield Event(now, "in-doubt", keys, bits=max(doubt.bits for doubt in new), policy=version)
    # What merged or parted tells of its doubts too; and of too many the weakest are left out, decided or not.
    own = {each.key for each in after.sources}
    gone = {mine for mine, theirs in had.keys() - has.keys() if mine in own and theirs not in own}
    if gone and not was_held and not after.crowded:
        yield Event(now, "no-longer-in-doubt", tuple(sorted(gone)), policy=version)


def _contested(before: ChildRecord | None, after: ChildRecord, version: str, now: datetime) -> Iterator[Event]:
    """Whether it is asked if a word on the child still holds; what parts tells of it too."""
    had, has = before.contested if before else None, after.contested
    known = had and (had.pair, had.contradiction)
    if has is not None and (has.pair, has.contradiction) != known:
        yield Event(now, "contested", has.pair, bits=has.bits, policy=version)
    if had is not None and has is None and {each.key for each in after.live}.issuperset(had.pair):
        yield Event(now, "no-longer-contested", had.pair, policy=version)
