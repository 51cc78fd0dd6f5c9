"""Whose children a person may find, by how far their authorities have been opened. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from contracts.records import RecordPublished


class Opening(Protocol):
    """How far authorities have been opened, as far as this process has read."""

    def stage(self, authority: str | None) -> str:
        """The authority's stage."""

    def live(self) -> frozenset[str]:
        """The authorities that are live."""

    def lets_in(self, organisation: str | None) -> bool:
        """Whether the organisation's practitioners are let in."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The authorities whose children somebody may find; anybody else's do not exist for them."""

    authorities: frozenset[str]

    def covers(self, record: RecordPublished) -> bool:
        """Whether the record exists for them; a shielded one, whose authority is hidden, says so itself."""
        if record.shielded:
            return record.findable is True
        return record.responsible_authority in self.authorities


def scope_of(
    roles: Collection[str], organisation: str | None, authority: str | None, opening: Opening
) -> Scope | None:
    """What somebody may find; ``None`` for a practitioner whose organisation is not admitted.

    A shield officer finds also the children of the officer's own authority, from its stage of shielding on.
    """
    live = opening.live()
    if "shield-officer" in roles and authority is not None and opening.stage(authority) != "loading":
        return Scope(live | {authority})
    return Scope(live) if "practitioner" in roles and opening.lets_in(organisation) else None
