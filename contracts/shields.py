"""Decisions to hide a child, and the receipts of the services that rewrote their copies."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from contracts.base import Message, Reader, Stream
from contracts.child_number import ChildNumber
from contracts.children import Text


class _ShieldMessage(Message):
    child_number: ChildNumber
    shield_id: Text
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        """The child number."""
        return self.child_number


class ShieldPlaced(_ShieldMessage):
    """From this message's offset on, the child's protected fields are hidden."""

    type: Literal["shield-placed"] = "shield-placed"


class ShieldLifted(_ShieldMessage):
    """From this message's offset on, no shield is in force for the child."""

    type: Literal["shield-lifted"] = "shield-lifted"


class ShieldApplied(Message):
    """A service rewrote its copy of a child as of ``shield_offset``, and the rewritten copy can be read.

    ``record_revision`` is ``None`` where the service knows no record of that number.
    """

    type: Literal["shield-applied"] = "shield-applied"
    service: Literal["registry", "search"]
    child_number: ChildNumber
    shield_offset: int = Field(ge=0)
    record_revision: int | None = None
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        """The child number."""
        return self.child_number


SHIELDS = Stream(
    name="shielding.shields.v1",
    about="Shields placed and lifted, without personal data; its offsets are a total order.",
    owner="shielding",
    key="child number",
    writers=frozenset({"shielding"}),
    readers=(Reader("registry", "registry"), Reader("registry", None), Reader("search", None)),
    messages=(ShieldPlaced, ShieldLifted),
    retention=None,
    compacted=True,
    partitions=1,
)

RECEIPTS = Stream(
    name="shielding.receipts.v1",
    about="Which service rewrote its copy of a child, at which shield offset and record revision.",
    owner="shielding",
    key="child number",
    writers=frozenset({"registry", "search"}),
    readers=(Reader("shielding", "shielding"),),
    messages=(ShieldApplied,),
)
