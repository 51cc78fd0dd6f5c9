"""What the registry publishes: the whole golden record as its reader may hold it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Literal

from pydantic import Field

from contracts.base import Contract, Message, Reader, Stream
from contracts.child_number import ChildNumber
from contracts.children import (
    Address,
    Carer,
    Contact,
    Gender,
    Identifier,
    InvolvementKind,
    Name,
    Slug,
    Text,
)
from contracts.heartbeats import Heartbeat


class PublishedIdentity(Contract):
    """Who the child is; of a shielded child only the current name, date of birth and gender are present."""

    names: tuple[Name, ...] = Field(min_length=1)
    date_of_birth: date
    gender: Gender
    addresses: tuple[Address, ...] | None = None
    identifiers: tuple[Identifier, ...] | None = None
    carers: tuple[Carer, ...] | None = None


class PublishedInvolvement(Contract):
    """An involvement as a practitioner may see it, with the source that said so, and when it first and last did.

    One that is ``lapsed`` is not confirmed by its source any more, which has not said that it ended.
    """

    sensitive: Literal[False] = False
    kind: InvolvementKind
    organisation: Text
    practitioner: Text | None = None
    role: Text | None = None
    contacts: tuple[Contact, ...] = ()
    from_: date | None = Field(default=None, alias="from")
    until: date | None = None
    lead_professional: bool = False
    holds_assessment: bool = False
    source: Slug
    first_confirmed: date | None = None
    last_confirmed: date | None = None
    lapsed: bool = False


class SensitiveInvolvement(Contract):
    """All that may ever be said of sensitive involvements: that there are some, and who brokers contact."""

    sensitive: Literal[True] = True
    notice: Literal["a sensitive service is involved"] = "a sensitive service is involved"
    contacts: tuple[Contact, ...] = ()


class RecordPublished(Message):
    """A golden record at ``revision``; redacted to the visible fields and its child numbers where ``shielded``.

    ``findable`` is there where a shielded child's authority is live: which one that is must not be told.

    ``supersedes`` are the child numbers that now resolve to this record. ``redacted_under`` is the offset of
    the newest shield that it is redacted under: by that an earlier shield is told from the present one.
    """

    type: Literal["record-published"] = "record-published"
    child_number: ChildNumber
    revision: int = Field(ge=1)
    shielded: bool
    identity: PublishedIdentity
    findable: Literal[True] | None = None
    responsible_authority: Slug | None = None
    involvements: tuple[PublishedInvolvement | SensitiveInvolvement, ...] | None = None
    supersedes: tuple[ChildNumber, ...] | None = None
    redacted_under: int | None = Field(default=None, ge=0)

    @property
    def key(self) -> str:
        """The child number."""
        return self.child_number


class RecordRemoved(Message):
    """A record that nobody should find any more; a merged one resolves to ``superseded_by``.

    Of a shielded child, ``redacted_under`` says as of which shield nothing of it is published.
    """

    type: Literal["record-removed"] = "record-removed"
    child_number: ChildNumber
    revision: int = Field(ge=1)
    reason: Literal["merged", "archived", "withdrawn"]
    superseded_by: ChildNumber | None = None
    redacted_under: int | None = Field(default=None, ge=0)

    @property
    def key(self) -> str:
        """The child number."""
        return self.child_number


class RecordRevision(Message):
    """As much of either message as tells which revision it is, and of whom; ``identity`` is not looked into."""

    type: Literal["record-published", "record-removed"]
    child_number: str
    revision: int
    shielded: bool = False
    identity: dict[str, Any] | None = None
    responsible_authority: str | None = None
    superseded_by: str | None = None
    redacted_under: int | None = None

    @property
    def key(self) -> str:
        """The child number."""
        return self.child_number


RECORDS = Stream(
    name="registry.records.v1",
    about="Golden records, redacted where shielded; the last message of a child is its newest revision.",
    owner="registry",
    key="child number",
    writers=frozenset({"registry"}),
    readers=(
        Reader("search", "search"),
        Reader("search", None),
        Reader("registry", "registry-echo"),
        Reader("registry", None),
    ),
    messages=(RecordPublished, RecordRemoved, Heartbeat),
    retention=None,
    compacted=True,
)

RECORD_REVISIONS = replace(RECORDS, messages=(RecordRevision, Heartbeat))
"""The same stream, read no further than the revisions: a third of the work."""
