"""A shield from decision to lift: what may happen next, and where it stands. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

Ground = Literal["police-protection", "domestic-abuse", "adoption", "other"]
Status = Literal["decided", "fenced", "scrubbed", "lift-requested", "lift-approved", "lifted"]

REWRITERS = frozenset({"registry", "search"})
"""The services that keep a copy of a record, and must rewrite it."""


class RefusedError(Exception):
    """The decision may not be taken; ``kind`` names why, the text is for the officer."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.text = text


@dataclass(frozen=True, slots=True)
class Receipt:
    """A service rewrote its copy, readable from ``at`` on."""

    offset: int
    revision: int | None
    at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Shield:
    """One shield of one child; moments are ``None`` until they have come."""

    shield_id: str
    child_number: str
    ground: Ground
    detail: str | None
    review_on: date
    decided_by: str
    decided_at: datetime
    organisation: str | None = None
    authority: str | None = None
    revision: int = 0
    audited: bool = False
    """Whether the decision's audit entry is acknowledged."""
    offset: int | None = None
    published_at: datetime | None = None
    fenced_at: datetime | None = None
    receipts: Mapping[str, Receipt] = field(default_factory=dict)
    lift_requested_by: str | None = None
    lift_requested_at: datetime | None = None
    lift_approved_by: str | None = None
    lift_approved_at: datetime | None = None
    lifted_at: datetime | None = None

    @property
    def scrubbed_at(self) -> datetime | None:
        """When the last store was rewritten, or ``None`` while one is outstanding."""
        done = [r.at for name, r in self.receipts.items() if name in REWRITERS and r.offset == self.offset]
        return max(done) if len(done) == len(REWRITERS) else None

    @property
    def unfinished(self) -> bool:
        """Whether what was decided still has to be carried out."""
        return not self.audited or self.status() in {"decided", "lift-approved"}

    def status(self) -> Status:
        """The furthest that the shield has come."""
        if self.lifted_at is not None:
            return "lifted"
        if self.lift_approved_at is not None:
            return "lift-approved"
        if self.lift_requested_at is not None:
            return "lift-requested"
        if self.fenced_at is None:
            return "decided"
        return "scrubbed" if self.scrubbed_at else "fenced"


def with_receipt(shield: Shield, service: str, receipt: Receipt) -> Shield:
    """The shield with a receipt noted; the first of a service counts, later rewrites repeat it."""
    noted = shield.receipts.get(service)
    if shield.offset != receipt.offset or (noted is not None and noted.offset == receipt.offset):
        return shield
    return replace(shield, receipts={**shield.receipts, service: receipt})


def request_lift(shield: Shield, officer: str, now: datetime) -> Shield:
    """The shield with its lift asked for; raises :class:`RefusedError`."""
    if shield.status() not in {"fenced", "scrubbed"}:
        raise RefusedError("lift-not-possible", f"The shield is {shield.status()}; its lift cannot be requested.")
    return replace(shield, lift_requested_by=officer, lift_requested_at=now)


def approve_lift(shield: Shield, officer: str, now: datetime) -> Shield:
    """The shield with its lift approved by a second officer; raises :class:`RefusedError`."""
    if shield.status() != "lift-requested":
        raise RefusedError("no-lift-request", f"The shield is {shield.status()}; there is no lift to approve.")
    if shield.lift_requested_by == officer:
        raise RefusedError("second-officer-needed", "Whoever requested the lift cannot approve it.")
    return replace(shield, lift_approved_by=officer, lift_approved_at=now)
