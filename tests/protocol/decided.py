"""The code's own decisions, on states small enough to be explored: marks, redaction, index versions, views, lease.

A model's state holds plain numbers and tuples; here they become the code's objects, are decided on, and turn back.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import NamedTuple

from contracts.children import Child, Gender, Identifier, Involvement, InvolvementKind, Name
from contracts.records import RecordPublished, RecordRemoved
from contracts.sources import ChildSupplied
from runtime.lease import Lease
from runtime.overlay import Overlay
from services.registry.children import ChildRecord, Doubt, Event, ShieldMark
from services.registry.redaction import announcements
from services.registry.shielding import leading_to, marked, uncovered, united, withheld_for
from services.registry.sources import SourceRecord, arrived
from services.search.answers import Answer, Known, to_search, to_view
from services.search.criteria import Criteria
from services.search.documents import document, hit_of
from services.search.index import _action
from services.shielding.copies import Receipt
from services.shielding.decisions import with_withheld, withheld_everywhere
from services.shielding.shield import Shield
from services.shielding.showing import hidden
from tests.search.scopes import EVERYWHERE

A, B, SPLIT_OFF = "4010232137", "9434765919", "9999999999"
NAMES = {A: "A", B: "B", SPLIT_OFF: "C"}

LEASE, DEADLINE = 2, 1
"""In ticks; what matters is only which is passed first."""

_MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
_PROTECTED = Criteria(identifier=Identifier(system="nhs-number", value="9990000018"))


Word = str | tuple[str, int]
"""A word in the shields' stream: a number is shielded, or its record of before a revision is withheld."""


class Record(NamedTuple):
    """A child record of the registry: its sources (name, version), its marks (number, offset)."""

    number: str
    revision: int
    sources: tuple[tuple[str, int], ...]
    marks: tuple[tuple[str, int], ...] = ()
    supersedes: tuple[tuple[str, int], ...] = ()
    superseded_by: str | None = None
    held_for: str | None = None
    """The source record of a shielded child that this one may be."""


class Clock(NamedTuple):
    """A lease, in ticks before now: when it was proven (none: long ago), and polls not yet consumed."""

    consumed: int = 0
    proven: int | None = None
    polls: tuple[tuple[int, int], ...] = ()


Messages: list[RecordPublished | RecordRemoved] = []
"""Every message ever published; states know them by their place here."""


@cache
def _child(record: Record) -> ChildRecord:
    return ChildRecord(
        number=record.number,
        revision=record.revision,
        created_at=_MOMENT,
        founder="",
        sources=tuple(_source(name, version) for name, version in record.sources),
        marks={number: ShieldMark.said("s", offset, placed=True) for number, offset in record.marks},
        supersedes=dict(record.supersedes),
        superseded_by=record.superseded_by,
        doubts=_doubts(record),
        seen=True,
    )


def _doubts(record: Record) -> dict[tuple[str, str], Doubt]:
    if record.held_for is None:
        return {}
    mine, theirs = _source(*record.sources[0]).key, _source(record.held_for, 1).key
    return {(mine, theirs): Doubt(mine, theirs, 1.0, False, None, True, "policy", _MOMENT)}


def _source(name: str, version: int) -> SourceRecord:
    involvement = Involvement(ref="1", kind=InvolvementKind.EDUCATION, organisation=name)
    child = Child(
        names=(Name(family="X"),),
        date_of_birth=date(2015, 4, 9),
        gender=Gender.FEMALE,
        responsible_authority="northshire",
    )
    return arrived(
        ChildSupplied(
            message_id="m",
            occurred_at=_MOMENT,
            source=name,
            source_ref="1",
            source_version=version,
            child=child,
            involvements=(involvement,),
        ),
        _MOMENT,
    ).record


@cache
def ruled(record: Record, number: str) -> bool:
    """Whether a shield on ``number`` rules the record."""
    return number in _child(record).lineage


def others(records: tuple[Record, ...], number: str) -> tuple[str, ...]:
    """The other numbers by which the registry names what a shield on ``number`` rules."""
    return tuple(sorted(leading_to(number, map(_child, records)) - {number}))


def withheld(records: tuple[Record, ...], number: str) -> tuple[tuple[str, int], ...]:
    """The records that the registry names because they may be the child whom a shield on ``number`` rules."""
    return tuple((each.child_number, each.revision) for each in withheld_for(number, [*map(_child, records)]))


@cache
def mark(record: Record, number: str, offset: int) -> Record:
    """The record with a word on a shield noted, as the registry notes it; its revision is left to the caller."""
    marks = marked(_child(record), {number: ShieldMark.said("s", offset, placed=True)}.get).marks
    return record._replace(marks=tuple(sorted((name, each.offset) for name, each in marks.items())))


@cache
def cover(record: Record, came_from: str | None, shielded: str | None) -> Record:
    """The record under the shields that it was parted under unawares, by what is known of them now."""
    history = (Event(_MOMENT, "came", numbers=(came_from,)),) if came_from else ()
    child = replace(_child(record), history=history)
    marks = uncovered(child, lambda number: {"s": 0} if number == shielded else {}, _MOMENT)
    marks = united(child.marks, marks)
    return record._replace(marks=tuple(sorted((name, each.offset) for name, each in marks.items())))


@cache
def announced(record: Record) -> tuple[int, ...]:
    """The messages that the registry publishes of a record, by their place among all messages."""
    return tuple(_place(message) for message in announcements(_child(record), lambda _: ()))


@cache
def is_told(
    *, answered: bool, others: tuple[str, ...], twins: tuple[tuple[str, int], ...], others_fenced: bool
) -> bool:
    """Whether the officer is told "hidden everywhere", once the shield itself is fenced."""
    placed = Shield("s", A, "adoption", None, date(2099, 1, 1), "officer", _MOMENT, offset=0, fenced_at=_MOMENT)
    receipts = {"registry": Receipt(0, 1, _MOMENT)} if answered else {}
    named = with_withheld(replace(placed, receipts=receipts, also=others), dict(twins), _MOMENT)
    fenced, shield = withheld_everywhere(replace(named, also_fenced=others), dict(twins)), named
    return hidden(fenced if others_fenced else shield)


def _place(message: RecordPublished | RecordRemoved) -> int:
    if message not in Messages:
        Messages.append(message)
    return Messages.index(message)


class Documents(NamedTuple):
    """An index: for each number the message whose document it holds."""

    held: tuple[tuple[str, int], ...] = ()

    def keep(self, place: int) -> Documents:
        """The index after a write with the version that the code gives it, by Elasticsearch's external rule."""
        return _kept(self, place)

    def get(self, number: str) -> int | None:
        """The message that a look for ``number`` leads to."""
        held = dict(self.held)
        for _ in held:
            message = Messages[held[number]] if number in held else None
            if isinstance(message, RecordPublished):
                return held[number]
            number = message.superseded_by or "" if message else ""
        return None


@cache
def _kept(index: Documents, place: int) -> Documents:
    action = _action(Messages[place], "records")
    held = dict(index.held)
    assert action["_version_type"] == "external"
    present = held.get(action["_id"])
    if present is not None and _action(Messages[present], "records")["_version"] >= action["_version"]:
        return index
    return Documents(tuple(sorted({**held, action["_id"]: place}.items())))


@cache
def view(place: int, asked: str, words: tuple[Word, ...], trusted: bool) -> Answer:
    """What search makes of a document it fetched, by what is known of the shields."""
    hit = hit_of({"supersedes": [], **document(Messages[place])})
    return to_view(hit, asked, EVERYWHERE, known(words, trusted), central_team=())


@cache
def found(place: int, words: tuple[Word, ...], trusted: bool) -> Answer:
    """What search makes of a document that it found by what is protected in it."""
    hit = hit_of({"supersedes": [], **document(Messages[place])})
    return to_search(_PROTECTED, [hit], EVERYWHERE, known(words, trusted))


@cache
def known(words: tuple[Word, ...], trusted: bool) -> Known:
    """What a process knows that has read these words."""
    overlay = Overlay()
    for offset, word in enumerate(words):
        if isinstance(word, str):
            overlay.take(offset, word, "s", lifted=False)
        else:
            overlay.withhold(offset, *word)
    return Known(trusted, overlay.any, overlay.holds)


def told_by(place: int) -> frozenset[str]:
    """Whose involvements a document tells to somebody who sees all of it."""
    return tells(view(place, "", (), True))


def tells(answer: Answer) -> frozenset[str]:
    """Which sources' involvements an answer tells."""
    return frozenset(each["organisation"] for each in answer.body.get("involvements", ()))


@cache
def polled(clock: Clock, sent: int, end: int, position: int) -> Clock:
    """The lease after the answer to a poll that was sent ``sent`` ticks ago, at this position."""
    lease = _lease(clock)
    lease.polled(-sent, end, position)
    return _clock(lease)


@cache
def consumed(clock: Clock, position: int) -> Clock:
    """The lease once the stream is consumed up to ``position``."""
    lease = _lease(clock)
    lease.consumed(position)
    return _clock(lease)


@cache
def valid(clock: Clock) -> bool:
    """Whether the lease holds now."""
    return _lease(clock).valid(0)


@cache
def older(clock: Clock) -> Clock:
    """The lease a tick later; what can never prove anything again is forgotten."""
    proven = None if clock.proven is None or clock.proven + 1 >= LEASE else clock.proven + 1
    return Clock(clock.consumed, proven, tuple((age + 1, end) for age, end in clock.polls if age + 1 < LEASE))


def _lease(clock: Clock) -> Lease:
    proven = float("-inf") if clock.proven is None else -clock.proven
    return Lease(LEASE, clock.consumed, _proven=proven, _polls=deque((-age, end) for age, end in clock.polls))


def _clock(lease: Lease) -> Clock:
    proven = None if lease._proven <= -LEASE else int(-lease._proven)
    # Of polls with the same end the youngest proves most.
    polls = {end: (int(-sent), end) for sent, end in sorted(lease._polls)}
    return Clock(lease.position, proven, tuple(polls.values()))
