"""A child record: what each source holds on one child, which shields rule it, and which numbers lead to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from contracts.sources import ChildSupplied, ChildWithdrawn
from likeness.codes import STRONG_SYSTEMS, identifier_key


def to_millisecond(moment: datetime) -> datetime:
    """``moment`` as the store can hold it, so that what is read back equals what was written."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@dataclass(frozen=True, repr=False)
class SourceRecord:
    """What one source holds on one child; ``supplied`` is ``None`` once the source withdrew it.

    A withdrawn one stays as a marker of its version, so that a late older change cannot bring it back.
    """

    key: str
    version: int
    occurred_at: datetime
    supplied: ChildSupplied | None
    kept: Mapping[str, Any] | None = field(default=None, compare=False)
    """As the store holds it, where it was read from there: what has not changed is not made anew."""

    @cached_property
    def strong_identifiers(self) -> frozenset[str]:
        """Its nationally unique identifiers, as comparable words."""
        return frozenset(
            identifier_key(each.system, each.value)
            for each in (self.supplied.child.identifiers if self.supplied else ())
            if each.system in STRONG_SYSTEMS
        )

    @classmethod
    def of(cls, change: ChildSupplied | ChildWithdrawn) -> SourceRecord:
        """The source record as ``change`` leaves it."""
        supplied = change if isinstance(change, ChildSupplied) else None
        return cls(change.key, change.source_version, to_millisecond(change.occurred_at), supplied)


@dataclass(frozen=True, slots=True)
class ShieldMark:
    """The newest word on one child number's shield: its offset is its place in history."""

    offset: int
    placed: bool


@dataclass(frozen=True, slots=True, repr=False)
class ChildRecord:
    """The golden record's whole substance; everything published follows from it.

    ``marks`` are kept by child number: a record is shielded while any number it descends from is.
    ``supersedes`` maps each number that was merged into this one to that record's last revision.
    """

    number: str
    revision: int
    created_at: datetime
    founder: str
    """The source record that this number was first given to."""
    sources: tuple[SourceRecord, ...]
    marks: Mapping[str, ShieldMark] = field(default_factory=dict)
    supersedes: Mapping[str, int] = field(default_factory=dict)
    superseded_by: str | None = None

    @property
    def shielded(self) -> bool:
        """Whether the record's protected fields are hidden."""
        return any(mark.placed for mark in self.marks.values())

    @property
    def live(self) -> tuple[SourceRecord, ...]:
        """The source records that still hold something."""
        return tuple(record for record in self.sources if record.supplied is not None)

    @property
    def lineage(self) -> frozenset[str]:
        """The child numbers whose shields rule this record."""
        if self.superseded_by is not None:
            return frozenset()
        return frozenset({self.number, *self.supersedes, *self.marks})
