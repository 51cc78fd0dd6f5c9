"""What source systems publish: all that a source holds on a child, or that it holds nothing any more."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from contracts.base import Message, Reader, Stream
from contracts.children import Child, Involvement, Slug, Text

OFFICERS = "shield-officers"
"""A source's name that no source may have: what officers say of a child whom they expect is kept under it."""

REGISTRY = "signpost-registry"
"""The other such name: what the registry itself has said of a child of whom its store knows nothing any more."""


class _SourceMessage(Message):
    message_id: Text
    occurred_at: AwareDatetime
    source: Slug
    source_ref: Text
    source_version: int = Field(ge=1, le=2**53)

    @property
    def key(self) -> str:
        """``source/source_ref``: one source record's changes stay in order."""
        return f"{self.source}/{self.source_ref}"


class ChildSupplied(_SourceMessage):
    """All that a source holds on a child, as of ``source_version``."""

    type: Literal["child-supplied"] = "child-supplied"
    child: Child
    involvements: tuple[Involvement, ...] = Field(default=(), max_length=200)


class ChildWithdrawn(_SourceMessage):
    """From ``source_version`` on the source holds nothing on this child."""

    type: Literal["child-withdrawn"] = "child-withdrawn"


SourceChange = Annotated[ChildSupplied | ChildWithdrawn, Field(discriminator="type")]

SOURCE_CHANGES = Stream(
    name="sources.changes.v1",
    about="What source systems hold on children, as it changes.",
    owner="sources",
    key="source/source_ref",
    writers=frozenset({"sources"}),
    readers=(Reader("registry", "registry"), Reader("registry", None)),
    messages=(ChildSupplied, ChildWithdrawn),
)
