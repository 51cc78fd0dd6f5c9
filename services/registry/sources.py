"""A source record: what one source holds on one child, as of its newest usable version. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from contracts.sources import ChildSupplied, SourceChange
from likeness.person import Person, unpack
from services.registry import candidates
from services.registry.comparable import person_of, unusable


def to_millisecond(moment: datetime) -> datetime:
    """``moment`` as the store can hold it, so that what is read back equals what was written."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@dataclass(frozen=True, repr=False)
class Refusal:
    """A version of which nothing can be made, and why; the source record goes on as it was before."""

    version: int
    reason: str
    supplied: ChildSupplied = field(compare=False)


@dataclass(frozen=True, repr=False)
class SourceRecord:
    """What one source holds on one child, as of ``version``; not ``live`` once the source withdrew it.

    A withdrawn one stays as a marker of its version, so that a late older change cannot bring it back. One
    of which no usable version ever came has version 0. ``refusal`` is newer than ``version``.
    """

    key: str
    version: int
    occurred_at: datetime
    live: bool
    refusal: Refusal | None = None
    keys: frozenset[str] = field(default=frozenset(), compare=False)
    """The words by which another record of the same child finds it."""
    read: Mapping[str, Any] | None = field(default=None, compare=False)
    """As the store holds it, where it was read from there: what has not changed is not made anew."""
    came: ChildSupplied | None = field(default=None, compare=False)
    """What the source supplied, where it has just come."""

    @cached_property
    def supplied(self) -> ChildSupplied | None:
        """What the source supplied; taken apart only when it is needed."""
        if self.came is not None or not self.live:
            return self.came
        return ChildSupplied.model_validate_json((self.read or {})["supplied"])

    @cached_property
    def person(self) -> Person:
        """What of it is compared with others; only a live one has it."""
        if self.read is not None:
            return unpack(self.read["person"])
        assert self.came is not None  # noqa: S101 - a live record was read or has come
        return person_of(self.came.child)

    @cached_property
    def seek_keys(self) -> frozenset[str]:
        """The words by which others of the same child are sought."""
        return candidates.seek_keys(self.person)

    @cached_property
    def wide_keys(self) -> frozenset[str]:
        """The words by which it is sought among shielded children, and found once it is one of theirs."""
        return candidates.wide_keys(self.person)

    @cached_property
    def wide_seek_keys(self) -> frozenset[str]:
        """The words by which whoever may be the same child is sought when this one is shielded."""
        return candidates.wide_seek_keys(self.person)


def taken(held: SourceRecord | None, change: SourceChange) -> SourceRecord | None:
    """The source record once ``change`` is taken in; ``None`` where it is no news.

    The outcome depends on which versions came, not on their order: the newest usable version is what is
    held, and a newer one that is unusable is noted beside it. Whether it is usable is judged as of the day
    on which it occurred.
    """
    reason = unusable(change.child, change.occurred_at.date()) if isinstance(change, ChildSupplied) else None
    if reason is not None and isinstance(change, ChildSupplied):
        return _refused(held, change, Refusal(change.source_version, reason, change))
    if held is not None and held.version >= change.source_version:
        return None
    newer = held.refusal if held and held.refusal and held.refusal.version > change.source_version else None
    return SourceRecord(
        key=change.key,
        version=change.source_version,
        occurred_at=to_millisecond(change.occurred_at),
        live=isinstance(change, ChildSupplied),
        refusal=newer,
        came=change if isinstance(change, ChildSupplied) else None,
    )


def _refused(held: SourceRecord | None, change: ChildSupplied, refusal: Refusal) -> SourceRecord | None:
    if held is None:
        return SourceRecord(change.key, 0, to_millisecond(change.occurred_at), live=False, refusal=refusal)
    newest = max(held.version, held.refusal.version if held.refusal else 0)
    if newest >= change.source_version:
        return None
    return replace(held, refusal=refusal)
