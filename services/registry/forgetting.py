"""What is left of shielded children in the streams: what is sought, what is seen, and what it comes to. Pure.

What is sought is known by keys and by salted hashes of values: whoever looks holds no value. A message under one
of the child's own keys is left if it says more than what is visible. Elsewhere there must be no value that the
child could be told or found by; but other children's messages are passed over: a brother may share the address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from contracts.base import Stream
from contracts.records import RECORDS
from contracts.shields import Left
from contracts.sources import SOURCE_CHANGES, ChildSupplied
from services.registry.children import ChildRecord


@dataclass(frozen=True, slots=True, repr=False)
class Sought:
    """A shielded child as whoever looks knows it: ``hashes`` are of protected values."""

    number: str
    record_keys: frozenset[str]
    source_keys: frozenset[str]
    hashes: frozenset[str]


@dataclass(frozen=True, slots=True, repr=False)
class Memo:
    """How far the looking for one child has come.

    ``clean_since`` is when nothing was seen for the first time. It is looked again then, once the files that Kafka
    had let go of are deleted as well; ``done`` when nothing was seen that time either.
    """

    number: str
    offset: int
    next_look: datetime
    hashes: frozenset[str] = frozenset()
    clean_since: datetime | None = None
    done: bool = False
    asked: int = 0
    """How often it was said that there is more to look for: a record that may be the child."""
    heeded: int = 0
    """How much of that had been said when it was looked last; where less, it is looked anew."""

    def heeding(self) -> Memo:
        """The memo with which a look begins that looks for all that there is to look for now."""
        if self.heeded == self.asked:
            return self
        return replace(self, clean_since=None, done=False, heeded=self.asked)


def hashed(value: str, salt: bytes) -> str:
    """A value as it is remembered; how it is spaced and whether in capitals makes no difference."""
    return hashlib.blake2b(" ".join(value.casefold().split()).encode(), key=salt, digest_size=16).hexdigest()


def telling(child: ChildRecord) -> Iterator[str]:
    """The protected values that the child could be told or found by."""
    name = child.golden.names[0].value if child.golden else None
    visible = {name.given, name.family} if name else set()
    for record in child.sources:
        refused = record.refusal.supplied if record.refusal else None
        for supplied in (record.supplied, refused):
            if supplied is not None:
                if not record.by_officers:
                    yield supplied.source_ref
                yield from (each for each in _values(supplied) if each not in visible)


def _values(supplied: ChildSupplied) -> Iterator[str]:
    child = supplied.child
    found = [each for name in child.names for each in (name.given, name.family)]
    found += [each for address in child.addresses for each in (*address.lines, address.postcode)]
    found += [each.value for each in child.identifiers]
    found += [each.name for each in child.carers]
    contacts = [each for carer in child.carers for each in carer.contacts]
    contacts += [each for involvement in supplied.involvements for each in involvement.contacts]
    yield from (each for each in (*found, *(contact.value for contact in contacts)) if each)


class Looking:
    """One reading of all streams on behalf of all whom it is time to look for."""

    def __init__(self, sought: Iterable[Sought], hash_of: Callable[[str], str]) -> None:
        self._hash_of = hash_of
        self._by_record: dict[str, set[str]] = {}
        self._by_source: dict[str, set[str]] = {}
        self._by_hash: dict[str, set[str]] = {}
        self._seen: dict[tuple[str, str], list[_Seen]] = {}
        self._open: dict[str, list[_Seen]] = {}
        for each in sought:
            for index, words in (
                (self._by_record, each.record_keys),
                (self._by_source, each.source_keys),
                (self._by_hash, each.hashes),
            ):
                for word in words:
                    index.setdefault(word, set()).add(each.number)

    def take(self, stream: Stream, key: bytes | None, body: bytes | None, at: datetime) -> None:
        """Look at one message, which Kafka took in at that moment; a partition's messages come in order."""
        if body is None:
            return
        name = (key or b"").decode(errors="replace")
        if stream is RECORDS:
            self._take_record(name, body, at)
            return
        for number in self._whose(stream, name, body):
            self._seen.setdefault((number, stream.name), []).append(_Seen(at))

    def left(
        self, number: str, streams: Iterable[Stream], forgotten_within: Callable[[Stream], timedelta]
    ) -> tuple[Left, ...]:
        """Where something of the child is left, and when each place should have forgotten it."""
        return tuple(
            _left(stream, seen, forgotten_within(stream))
            for stream in streams
            if (seen := self._seen.get((number, stream.name)))
        )

    def _take_record(self, key: str, body: bytes, at: datetime) -> None:
        owners = self._by_record.get(key)
        if owners is None:
            return
        message = _parsed(body)
        if message.get("type") == "record-removed" or message.get("shielded") is True:
            # What is superseded is forgotten some time after its first successor came.
            for seen in self._open.pop(key, ()):
                seen.at = at
            return
        seen = _Seen(at)
        self._open.setdefault(key, []).append(seen)
        for number in owners:
            self._seen.setdefault((number, RECORDS.name), []).append(seen)

    def _whose(self, stream: Stream, key: str, body: bytes) -> set[str]:
        """The children of whom the message tells something protected."""
        if stream is SOURCE_CHANGES:
            message = _parsed(body)
            if key in self._by_source:
                return self._by_source[key] if message.get("type") != "child-withdrawn" else set()
            if key == f"{message.get('source')}/{message.get('source_ref')}":
                return set()
        found: set[str] = set()
        for text in leaves(body):
            found |= self._by_hash.get(self._hash_of(text), set())
        return found


@dataclass(slots=True)
class _Seen:
    """Something left: when it came or, of what is superseded, when its successor did."""

    at: datetime


def _left(stream: Stream, seen: list[_Seen], within: timedelta) -> Left:
    return Left(place=stream.name, count=len(seen), until=max(each.at for each in seen) + within)


def leaves(body: bytes) -> Iterator[str]:
    """Every text in a message; of what is no JSON, its words."""
    try:
        yield from _texts(orjson.loads(body))
    except orjson.JSONDecodeError:
        yield from body.decode(errors="replace").split()


def concluded(memo: Memo, left: tuple[Left, ...], now: datetime, deletion: timedelta) -> Memo:
    """How far the looking has come once a reading has shown what is left."""
    if left:
        soonest = min((each.until for each in left if each.until > now), default=now)
        return replace(memo, clean_since=None, next_look=soonest)
    if memo.clean_since is None:
        return replace(memo, clean_since=now, next_look=now + deletion)
    return replace(memo, done=now >= memo.clean_since + deletion)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return message if isinstance(message, dict) else {}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
