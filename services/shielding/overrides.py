"""An emergency override: one person sees one shielded record for a short while, and officers review it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.shielding.decisions import RefusedError

LASTS = timedelta(minutes=15)

ReasonCode = Literal["immediate-risk", "medical-emergency", "missing-child", "other"]
Verdict = Literal["justified", "not-justified"]


@dataclass(frozen=True, slots=True, repr=False)
class Override:
    """One override; ``authority`` is the shield's. Where none is known of that number, any officer reviews it."""

    override_id: str
    child_number: str
    holder: str
    reason: ReasonCode
    detail: str
    granted_at: datetime
    expires_at: datetime
    organisation: str | None = None
    authority: str | None = None
    revision: int = 0
    ended_at: datetime | None = None
    verdict: Verdict | None = None
    review_detail: str | None = None
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None

    def open(self, now: datetime) -> bool:
        """Whether its holder may see the record."""
        return self.ended_at is None and now < self.expires_at


def may_hold(acr: str | None, needed: str) -> None:
    """Raise :class:`RefusedError` unless the person signed in at the level that an override needs."""
    if acr != needed:
        raise RefusedError("level-too-low", f"An override needs a sign-in of the level {needed}.")


def end(override: Override, holder: str, now: datetime) -> Override:
    """The override ended by its holder, who has left the record; raises :class:`RefusedError`."""
    if override.holder != holder:
        raise RefusedError("not-the-holder", "Only its holder ends an override.")
    return override if not override.open(now) else replace(override, ended_at=now)


def review(override: Override, officer: str, verdict: Verdict, detail: str, now: datetime) -> Override:
    """The override reviewed by an officer; raises :class:`RefusedError`."""
    if override.holder == officer:
        raise RefusedError("own-override", "Whoever held the override cannot review it.")
    if override.reviewed_at is not None:
        raise RefusedError("already-reviewed", "The override has been reviewed already.")
    return replace(override, verdict=verdict, review_detail=detail, reviewed_by=officer, reviewed_at=now)
