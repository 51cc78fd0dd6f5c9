"""Decisions to hide a child, receipts of the services that rewrote their copies, and emergency overrides."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from contracts.base import Contract, Message, Reader, Stream
from contracts.child_number import ChildNumber
from contracts.children import Text
from contracts.heartbeats import Heartbeat

WITHHELD = "withheld/"
"""What the keys of words on withheld records begin with."""


class _ShieldMessage(Message):
    child_number: ChildNumber
    shield_id: Text
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        """The child number."""
        return self.child_number


class ShieldPlaced(_ShieldMessage):
    """From this message's offset on, the child's protected fields are hidden.

    A child whom no source knows yet is shielded by details: ``sealed_details`` are these (a ``Child``) as a base64
    X25519 sealed box to the registry's public key. ``child_number`` was given to the child for this.
    """

    type: Literal["shield-placed"] = "shield-placed"
    sealed_details: str | None = None


class ShieldLifted(_ShieldMessage):
    """From this message's offset on, no shield is in force for the child."""

    type: Literal["shield-lifted"] = "shield-lifted"


class RecordWithheld(Message):
    """From this message's offset on, nobody is shown a record of this number of before ``revision``.

    It may be a shielded child's: whose, it does not say. What is published of it from then on counts again.
    """

    type: Literal["record-withheld"] = "record-withheld"
    child_number: ChildNumber
    revision: int = Field(ge=1)
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        """Not the child number alone: in a compacted stream it would take the place of that number's shield."""
        return f"{WITHHELD}{self.child_number}"


class Withheld(Contract):
    """A record that may be a shielded child's, of which nothing is published from ``revision`` on."""

    child_number: ChildNumber
    revision: int = Field(ge=1)


class ShieldApplied(Message):
    """A service rewrote its copy of a child as of ``shield_offset``, and the rewritten copy can be read.

    ``record_revision`` is ``None`` where the service knows no record of that number. ``numbers`` are the others
    that lead to what the shield rules, as the registry knows: of records merged into it or split off from it.
    ``withheld`` are records that were published, and are held now because they may be this child's.
    """

    type: Literal["shield-applied"] = "shield-applied"
    service: Literal["registry", "search"]
    child_number: ChildNumber
    shield_offset: int = Field(ge=0)
    record_revision: int | None = None
    numbers: tuple[ChildNumber, ...] | None = None
    withheld: tuple[Withheld, ...] | None = None
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        """The child number."""
        return self.child_number


class WithheldApplied(Message):
    """Search's copy under the number of a withheld record is of ``record_revision``, and can be found so only.

    As of the word at ``word_offset`` in the stream of shields: of that revision it shows nothing that may be a
    shielded child's.
    """

    type: Literal["withheld-applied"] = "withheld-applied"
    service: Literal["search"] = "search"
    child_number: ChildNumber
    word_offset: int = Field(ge=0)
    record_revision: int = Field(ge=1)
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        """The child number."""
        return self.child_number


class Left(Contract):
    """Where a service still found something of a shielded child: a stream, or its index.

    By ``until`` the place should have forgotten; whatever is there after that is a failure.
    """

    place: Text
    count: int = Field(ge=1)
    until: AwareDatetime


class PurgeChecked(Message):
    """A service looked for what is protected of a shielded child; with nothing ``left``, it is purged there.

    The registry looks in every stream, search in its index. The outcome is all that travels: no value, and no hash
    of one.
    """

    type: Literal["purge-checked"] = "purge-checked"
    service: Literal["registry", "search"]
    child_number: ChildNumber
    shield_offset: int = Field(ge=0)
    left: tuple[Left, ...] = ()
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        """The child number."""
        return self.child_number


class HoldsCounted(Message):
    """How many held records, which may be this shielded child, wait for a data manager's decision.

    The newest ``occurred_at`` counts. An officer who approves a lift has seen this number.
    """

    type: Literal["holds-counted"] = "holds-counted"
    child_number: ChildNumber
    pending: int = Field(ge=0)
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        """The child number."""
        return self.child_number


class _OverrideMessage(Message):
    override_id: Text
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        """The override's id: grant and end stay in order."""
        return self.override_id


class OverrideGranted(_OverrideMessage):
    """``holder`` (a token's subject) may see this one record until ``expires_at``; nobody else may."""

    type: Literal["override-granted"] = "override-granted"
    child_number: ChildNumber
    holder: Text
    expires_at: AwareDatetime


class OverrideEnded(_OverrideMessage):
    """The override is over before its time: its holder has left the record, or it was refused after all."""

    type: Literal["override-ended"] = "override-ended"


SHIELDS = Stream(
    name="shielding.shields.v1",
    about="Shields placed and lifted, records withheld; no personal data but what is sealed; a total order.",
    owner="shielding",
    key="child number",
    writers=frozenset({"shielding"}),
    readers=(
        Reader("registry", "registry-shields"),
        Reader("registry", None),
        Reader("search", None),
        Reader("shielding", "shielding-echo"),
    ),
    messages=(ShieldPlaced, ShieldLifted, RecordWithheld, Heartbeat),
    retention=None,
    compacted=True,
    partitions=1,
)

RECEIPTS = Stream(
    name="shielding.receipts.v1",
    about="Which service rewrote its copy of a child, where something is left of it; how many records are held.",
    owner="shielding",
    key="child number",
    writers=frozenset({"registry", "search"}),
    readers=(Reader("shielding", "shielding"), Reader("registry", None)),
    messages=(ShieldApplied, WithheldApplied, PurgeChecked, HoldsCounted),
)

OVERRIDES = Stream(
    name="shielding.overrides.v1",
    about="Emergency overrides: who may see one shielded record, until when; no personal data of a child.",
    owner="shielding",
    key="override id",
    writers=frozenset({"shielding"}),
    readers=(Reader("registry", "registry-overrides"), Reader("registry", None)),
    messages=(OverrideGranted, OverrideEnded),
    partitions=1,
)
