"""A shield from decision to lift, as it is kept: where it stands, and what is still outstanding. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from services.shielding.copies import REWRITERS, Check, Copies, Leftover, Receipt, Withheld

Ground = Literal["police-protection", "domestic-abuse", "adoption", "other"]
Status = Literal["decided", "fenced", "scrubbed", "purged", "lift-requested", "lift-approved", "lifted", "void"]
Outcome = Literal["still-needed", "lift-advised"]
"""What a review comes to. A shield stays in force either way: only two officers together lift it."""


@dataclass(frozen=True, slots=True, repr=False)
class Review:
    """An officer looked at the shield again, and set the day of the next review."""

    outcome: Outcome
    detail: str | None
    reviewed_by: str
    reviewed_at: datetime
    next_on: date


@dataclass(frozen=True, slots=True, repr=False)
class Shield:
    """One shield of one child; moments are ``None`` until they have come.

    ``authority`` is that of the officer who decided: officers of another may neither review nor lift.
    """

    shield_id: str
    child_number: str
    ground: Ground
    detail: str | None
    review_on: date
    decided_by: str
    decided_at: datetime
    organisation: str | None = None
    authority: str | None = None
    pre_emptive: bool = False
    """Whether it was placed by details, before any source knew the child."""
    sealed_details: str | None = None
    """The details, which only the registry can open: part of every word that it is placed, until it is lifted.

    In a compacted stream only the last word is left, and from that a registry that lost its store must know them.
    """
    typed: str | None = None
    """What the officer typed, sealed to audit, until the decision is audited; where it was placed by details."""
    revision: int = 0
    audited: bool = False
    """Whether the decision's audit entry is acknowledged."""
    offset: int | None = None
    published_at: datetime | None = None
    waiting_from: datetime | None = None
    """Since when there has always been a copy to be rewritten, if that is so: publishing anew changes nothing."""
    fenced_at: datetime | None = None
    also: tuple[str, ...] = ()
    """Other numbers that lead to the child's record, as the registry says; the shield is on these, too."""
    named_at: datetime | None = None
    """When the registry last named another number, or a record that it withholds."""
    withheld: Mapping[str, Withheld] = field(default_factory=dict)
    """Records that may be this child, by number: nobody is shown them as they were before they were held."""
    also_fenced: tuple[str, ...] = ()
    """Those of them by which nobody can be shown the child any more."""
    receipts: Mapping[str, Receipt] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    others: Mapping[str, Copies] = field(default_factory=dict)
    """What was said of the copies under each of the other numbers; ``receipts`` and ``checks`` are of its own."""
    pending_holds: int | None = None
    """Records that may be this child and wait for a data manager, as of ``holds_counted_at``."""
    holds_counted_at: datetime | None = None
    reviews: tuple[Review, ...] = ()
    lift_requested_by: str | None = None
    lift_requested_at: datetime | None = None
    lift_approved_by: str | None = None
    lift_approved_at: datetime | None = None
    voided_at: datetime | None = None
    """When it was closed because no record has its number."""
    lifted_at: datetime | None = None
    lift_offset: int | None = None

    @property
    def copies(self) -> tuple[Copies, ...]:
        """All that was said, number by number."""
        own = Copies(self.offset, self.receipts, self.checks)
        return (own, *(self.others.get(number, Copies()) for number in self.also))

    def place_on(self, number: str) -> int | None:
        """Where in the stream the shield was last placed on this number of the child, if it is known."""
        if number == self.child_number:
            return self.offset
        return self.others[number].offset if number in self.others else None

    def rewritten_at(self, service: str) -> datetime | None:
        """When a service had rewritten its copies under every number, or ``None`` while one is outstanding.

        The registry names a record that is held once it has rewritten it; the index follows.
        """
        gone = [each.gone_at for each in self.withheld.values()] if service == "search" else []
        return _last([*(each.rewritten_at(service) for each in self.copies), *gone])

    @property
    def scrubbed_at(self) -> datetime | None:
        """When the last store was rewritten, or ``None`` while one is outstanding."""
        return _last(self.rewritten_at(service) for service in REWRITERS)

    @property
    def purged_at(self) -> datetime | None:
        """When the last place was found to have forgotten the child, or ``None`` while one may not have."""
        clean = [each.clean_at(service) for each in self.copies for service in REWRITERS]
        withheld = [each.clean_at for each in self.withheld.values()]
        return _last([*clean, *withheld]) if self.scrubbed_at is not None else None

    @property
    def left(self) -> tuple[Leftover, ...]:
        """Where something of the child, or of who may be the child, was found when it was last looked."""
        withheld = (each.copies for each in self.withheld.values())
        return tuple(each for copies in (*self.copies, *withheld) for each in copies.left)

    @property
    def forgotten_by(self) -> datetime | None:
        """When every place should have forgotten the child, as far as is known; ``None`` before it is scrubbed."""
        scrubbed = self.scrubbed_at
        return None if scrubbed is None else max([scrubbed, *(each.until for each in self.left)])

    @property
    def unpurged(self) -> bool:
        """Whether there is something to be forgotten that is not known to be."""
        return self.in_force and self.scrubbed_at is not None and self.purged_at is None

    @property
    def without_record(self) -> bool:
        """Whether the registry has said that no record has this number, and search that its index knows none.

        A registry that was restored from a backup may know less than the index still shows.
        """
        said = [self.copies[0].receipt(service) for service in REWRITERS]
        return all(each is not None and each.revision is None for each in said)

    @property
    def answered(self) -> bool:
        """Whether the registry has said what has become of it: from then on a child who was expected is caught.

        Of any other child it has said nothing as long as it knows no record of that number.
        """
        said = self.copies[0].receipt("registry")
        return said is not None and (self.pre_emptive or said.revision is not None)

    @property
    def in_force(self) -> bool:
        """Whether the shield is in the stream, and nobody has decided to end it."""
        return self.offset is not None and self.lifted_at is None and not self.ending

    @property
    def not_fenced(self) -> tuple[str, ...]:
        """The other numbers by which somebody may still be shown the child, or who may be the child."""
        if not self.in_force:
            return ()
        return (*self.not_placed, *self.not_withheld)

    @property
    def not_placed(self) -> tuple[str, ...]:
        """Of the other numbers those by which somebody may still be shown the child."""
        return tuple(number for number in self.also if number not in self.also_fenced)

    @property
    def not_withheld(self) -> Mapping[str, int]:
        """Of the records that may be the child those that somebody may still be shown."""
        return {number: each.revision for number, each in self.withheld.items() if not each.fenced}

    @property
    def not_hidden_since(self) -> datetime | None:
        """From when on somebody may be shown the child, by whichever number; ``None`` where nobody can be."""
        if self.fenced_at is None:
            return self.decided_at
        if self.not_fenced:
            return self.named_at or self.decided_at
        # What the registry said before the shield was published anew, others of the child's numbers, stays known.
        never_answered = self.in_force and "registry" not in self.receipts
        return self.waiting_since if never_answered else None

    @property
    def ending(self) -> bool:
        """Whether the end of the shield is decided and still has to be carried out."""
        return (self.lift_approved_at is not None or self.voided_at is not None) and self.lifted_at is None

    @property
    def unfinished(self) -> bool:
        """Whether what was decided still has to be carried out."""
        return not self.audited or self.fenced_at is None or self.ending or bool(self.not_fenced)

    @property
    def unscrubbed(self) -> bool:
        """Whether there is a copy to be rewritten that is not yet."""
        return self.in_force and self.scrubbed_at is None and not self.without_record

    @property
    def waiting_since(self) -> datetime:
        """From when on every copy was to be rewritten: who may be the child may be named long after the shield."""
        said = max(each for each in (self.decided_at, self.published_at, self.named_at) if each is not None)
        return min(said, self.waiting_from or said)

    def following(self, before: Shield) -> Shield:
        """As what ``before`` has become: its next revision."""
        waiting = before.waiting_since if before.unscrubbed and self.unscrubbed else None
        return replace(self, revision=before.revision + 1, waiting_from=waiting)

    def status(self) -> Status:
        """The furthest that the shield has come."""
        if self.voided_at is not None:
            return "void"
        if self.lifted_at is not None:
            return "lifted"
        if self.lift_approved_at is not None:
            return "lift-approved"
        if self.lift_requested_at is not None:
            return "lift-requested"
        if self.fenced_at is None:
            return "decided"
        return self._rung()

    def _rung(self) -> Status:
        if self.purged_at is not None:
            return "purged"
        return "scrubbed" if self.scrubbed_at else "fenced"


def _last(moments: Iterable[datetime | None]) -> datetime | None:
    """The last of the moments, unless one has not come yet."""
    come = list(moments)
    passed = [each for each in come if each is not None]
    return max(passed) if len(passed) == len(come) else None
