"""Who may see a shielded record in an emergency, and for how long. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

REMEMBERED = timedelta(days=1)
"""For so long after it expired a grant is kept, so that an end that comes late still finds it."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One holder may see one record until ``expires_at``, unless it has ``ended`` before."""

    override_id: str
    child_number: str
    holder: str
    expires_at: datetime
    ended: bool = False


def may_see(grant: Grant | None, subject: str, now: datetime) -> bool:
    """Whether the person may be shown the record at this moment."""
    return grant is not None and not grant.ended and now < grant.expires_at and subject == grant.holder
