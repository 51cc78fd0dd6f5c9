"""What the services that looked for a shielded child found: the third rung. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Leftover:
    """Where something of the child was still found, how often, and by when the place should have forgotten it."""

    place: str
    count: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Check:
    """A service looked at ``at`` for what is left of the child, shielded as of ``offset``."""

    offset: int
    left: tuple[Leftover, ...]
    at: datetime
