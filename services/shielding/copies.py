"""What the services that keep copies have said of one of a child's numbers: by it rungs are reached. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

REWRITERS = frozenset({"registry", "search"})
"""The services that keep a copy of a record, and must rewrite it."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A service rewrote its copy, readable from ``at`` on."""

    offset: int
    revision: int | None
    at: datetime


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


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies under one number; ``offset`` is where the shield was last placed on it, if it is known."""

    offset: int | None = None
    receipts: Mapping[str, Receipt] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)

    def receipt(self, service: str) -> Receipt | None:
        """What the service has said of the shield where it stands in the stream."""
        receipt = self.receipts.get(service)
        return receipt if receipt is not None and self.covers(receipt) else None

    def rewritten_at(self, service: str) -> datetime | None:
        """When the service had rewritten its copy, or ``None`` while that is outstanding.

        The registry has nothing to rewrite where no record has the number; search waits for what is published.
        """
        receipt = self.receipt(service)
        if receipt is None or (service == "search" and receipt.revision is None):
            return None
        return receipt.at

    def clean_at(self, service: str) -> datetime | None:
        """When the service found that nothing is left, or ``None`` where it has not looked or something was."""
        check = self.checks.get(service)
        return check.at if check is not None and self.covers(check) and not check.left else None

    @property
    def left(self) -> tuple[Leftover, ...]:
        """Where something was found when it was last looked."""
        return tuple(each for check in self.checks.values() if self.covers(check) for each in check.left)

    def covers(self, said: Receipt | Check) -> bool:
        """Whether this was said of the shield where it stands in the stream.

        A shield published anew, or about to be noted so, has a later place.
        """
        return self.offset is not None and said.offset >= self.offset

    def with_receipt(self, service: str, receipt: Receipt) -> Copies:
        """With a receipt noted: the first for each place in the stream counts, later ones repeat it.

        One of an earlier place changes nothing. A record may turn up where there was none.
        """
        noted = self.receipts.get(service)
        news = (
            noted is None
            or receipt.offset > noted.offset
            or (receipt.offset == noted.offset and noted.revision is None and receipt.revision is not None)
        )
        if not news or receipt.offset < (self.offset or 0):
            return self
        return replace(self, receipts={**self.receipts, service: receipt})

    def with_check(self, service: str, check: Check) -> Copies:
        """With what a service found when it looked; an older look changes nothing."""
        noted = self.checks.get(service)
        if check.offset < (self.offset or 0) or (noted is not None and noted.at >= check.at):
            return self
        return replace(self, checks={**self.checks, service: check})


@dataclass(frozen=True, slots=True)
class Withheld:
    """A record that may be the child, of which nothing is published from ``revision`` on."""

    revision: int
    fenced: bool = False
    """Whether nobody can be shown any more what it was before."""
    copies: Copies = field(default_factory=Copies)
    """What was said of its number, and where the newest word on it is in the stream."""

    @property
    def gone_at(self) -> datetime | None:
        """When the index showed nothing of it any more, or ``None`` while it does."""
        receipt = self.copies.receipt("search")
        return receipt.at if receipt is not None and (receipt.revision or 0) >= self.revision else None

    @property
    def clean_at(self) -> datetime | None:
        """When nothing was left in the index of what it showed, or ``None`` while something may be."""
        return self.copies.clean_at("search") if self.gone_at is not None else None
