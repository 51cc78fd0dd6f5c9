"""A reader in the model: a process that answers, with its lease and one request, from fetch to hand-over.

A poll's answer carries the end as it was when the poll was sent: the oldest knowledge that it can bring.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from runtime.face import too_late
from runtime.fence import checked
from services.search.answers import Answer
from tests.protocol import decided
from tests.protocol.decided import DEADLINE, LEASE, A, B, Clock, Documents, Word
from tests.protocol.rules import Rules

WITHHELD_FROM = 2
"""The revision in which a twin, published in its first, is held."""


class Fetched(NamedTuple):
    """A document is in hand, and nothing was decided yet."""

    asked: str
    place: int


class Recorded(NamedTuple):
    """An answer was decided under this knowledge and is in the audit log."""

    asked: str
    place: int
    shielded: tuple[Word, ...]
    trusted: bool


class Passed(NamedTuple):
    """An answer passed the check and is on its way out."""

    tells: frozenset[str]
    leave_within: int


class Looked(NamedTuple):
    """Only where the check stands before the fetch: what was known of the shields then."""

    shielded: tuple[Word, ...]
    trusted: bool


class Reader(NamedTuple):
    """A process that answers: its lease, its poll under way (ticks ago, end, position), and one request."""

    clock: Clock = Clock()
    poll: tuple[int, int, int] | None = None
    request: Fetched | Recorded | Passed | Looked | None = None


class Leaving(NamedTuple):
    """A reader that has just answered, and what it told."""

    reader: Reader
    tells: frozenset[str]


def ordered(readers: Iterable[Reader]) -> tuple[Reader, ...]:
    """Readers are alike: which is which makes no difference."""
    return tuple(sorted(readers, key=_name))


@cache
def _name(reader: Reader) -> str:
    return repr(reader)


@cache
def older(rules: Rules, reader: Reader) -> Reader:
    poll, request = reader.poll, reader.request
    if poll is not None:
        age, end, position = poll
        # An answer that can prove nothing any more need not be awaited.
        poll = (min(age + 1, LEASE), end, position) if age + 1 < LEASE or rules.lease_from_reply else None
    if isinstance(request, Passed):
        request = request._replace(leave_within=max(request.leave_within - 1, -1))
        if too_late(_deadline(rules, request), 0):
            request = None  # aborted
    return Reader(decided.older(reader.clock), poll, request)


def _deadline(rules: Rules, request: Passed) -> int | None:
    return None if rules.no_deadline else request.leave_within


@cache
def steps(rules: Rules, reader: Reader, end: int, index: Documents) -> tuple[tuple[str, Reader | Leaving], ...]:
    """A reader's steps, while the shields' stream ends at ``end`` and this is indexed."""
    found = [*_knowledge(rules, reader, end), *_request(rules, reader, index)]
    return tuple((f"reader: {label}", after) for label, after in found)


def _knowledge(rules: Rules, reader: Reader, end: int) -> Iterator[tuple[str, Reader | Leaving]]:
    clock, poll, _ = reader
    if poll is None:
        yield "sends a poll", reader._replace(poll=(0, end, clock.consumed))
    else:
        sent = 0 if rules.lease_from_reply else poll[0]
        yield "has the poll's answer", reader._replace(clock=decided.polled(clock, sent, *poll[1:]), poll=None)
    if clock.consumed < end:
        yield "consumes the shield", reader._replace(clock=decided.consumed(clock, clock.consumed + 1))


def _request(rules: Rules, reader: Reader, index: Documents) -> Iterator[tuple[str, Reader | Leaving]]:
    for label, after in _asked(rules, reader, index):
        yield label, after if isinstance(after, Leaving) else reader._replace(request=after)


def _asked(
    rules: Rules, reader: Reader, index: Documents
) -> Iterator[tuple[str, Fetched | Recorded | Passed | Looked | Leaving | None]]:
    # The shield first, then the same on the other number, or that its record is withheld.
    (other,) = {A, B} - {rules.shielded}
    words = (rules.shielded, (other, WITHHELD_FROM) if rules.twin else other)
    shielded = words[: reader.clock.consumed]
    trusted = decided.valid(reader.clock)
    match reader.request:
        case None if rules.check_before_fetch:
            yield "checks, before it fetches", Looked(shielded, trusted)
        case None if rules.searches and not trusted:
            return  # the index is not asked
        case None | Looked():
            for asked, place in _fetches(index):
                if reader.request is None:
                    yield f"fetches {decided.NAMES[asked]}", Fetched(asked, place)
                else:
                    told = _tells(rules, place, _answer(rules, place, asked, *reader.request))
                    yield f"fetches {decided.NAMES[asked]}", Passed(told, DEADLINE)
        case Fetched(asked, place):
            # What tells nothing cannot leak: that answer need not be followed any further.
            told = _tells(rules, place, _answer(rules, place, asked, shielded, trusted))
            yield "records its answer", Recorded(asked, place, shielded, trusted) if told else None
        case Recorded():
            yield "checks", _check(rules, reader.request, shielded, trusted)
        case Passed(tells, _):
            if not too_late(_deadline(rules, reader.request), 0):
                yield "ANSWERS", Leaving(reader._replace(request=None), tells)


def _fetches(index: Documents) -> Iterator[tuple[str, int]]:
    for asked in decided.NAMES:
        place = index.get(asked)
        if place is not None and decided.told_by(place):
            yield asked, place


def _answer(rules: Rules, place: int, asked: str, shielded: tuple[Word, ...], trusted: bool) -> Answer:
    if rules.searches:
        return decided.found(place, shielded, trusted or rules.lease_before_search_only)
    return decided.view(place, asked, shielded, trusted)


def _tells(rules: Rules, place: int, answer: Answer) -> frozenset[str]:
    if rules.searches:
        return decided.told_by(place) if answer.child_numbers else frozenset()
    return decided.tells(answer)


def _check(rules: Rules, request: Recorded, shielded: tuple[Word, ...], trusted: bool) -> Passed | None:
    asked, place, before, was_trusted = request
    recorded = _answer(rules, place, asked, before, was_trusted)
    leave_by = checked(
        recorded,
        lambda trusted: _answer(rules, place, asked, shielded, trusted),
        trusted=trusted,
        now=0,
        write_within=DEADLINE,
    )
    return None if leave_by is None else Passed(_tells(rules, place, recorded), int(leave_by))
