"""How far each authority has been opened, and whose practitioners are let in: no personal data."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from contracts.base import Message, Reader, Stream
from contracts.children import Slug, Text
from contracts.heartbeats import Heartbeat

Stage = Literal["loading", "shielding", "live"]
"""Data managers only; shield officers too; practitioners too. An authority that nothing is said of is loading."""


class StageSet(Message):
    """From this message on the authority is in ``stage``."""

    type: Literal["stage-set"] = "stage-set"
    authority: Slug
    stage: Stage
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        """The authority, told from organisations."""
        return f"authority/{self.authority}"


class _OrganisationMessage(Message):
    organisation: Text
    authority: Slug
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        """The organisation and the authority that lets it in: each may let in the same one."""
        return f"organisation/{self.authority}/{self.organisation}"


class OrganisationAdmitted(_OrganisationMessage):
    """The organisation's practitioners are let in by the authority, once that is live."""

    type: Literal["organisation-admitted"] = "organisation-admitted"


class OrganisationDismissed(_OrganisationMessage):
    """The organisation's practitioners are let in by the authority no more."""

    type: Literal["organisation-dismissed"] = "organisation-dismissed"


STAGES = Stream(
    name="registry.stages.v1",
    about="How far each authority has been opened, and which organisations are admitted; no personal data.",
    owner="registry",
    key="authority or organisation",
    writers=frozenset({"registry"}),
    readers=(
        Reader("registry", "registry-stages"),
        Reader("registry", None),
        Reader("search", None),
        Reader("shielding", None),
    ),
    messages=(StageSet, OrganisationAdmitted, OrganisationDismissed, Heartbeat),
    retention=None,
    compacted=True,
    partitions=1,
)
