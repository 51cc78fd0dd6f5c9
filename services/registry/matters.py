"""What a data manager has to look at, and how soon: doubts and refusals of a child record. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.registry.children import ChildRecord, Doubt, Verdict
from services.registry.lost import unclaimed


@dataclass(frozen=True, slots=True)
class Matter:
    """That there is something to decide about a child record of ``authority``.

    ``harm`` orders the queue, the worst first: 3 where a child may be a shielded one, 2 where sources contradict
    each other or say what cannot be, 1 where two records may be one child, 0 where somebody could not tell.
    """

    authority: str
    harm: int
    since: datetime
    refused: bool = False
    """Whether what a source says of the child was refused."""


def matter_of(child: ChildRecord) -> Matter | None:
    """What its authority has to decide about a child, if anything.

    Whether it may be a shielded child is for that one's authority, and waits with that one's record: a held child
    is neither in the queue of its own authority nor among those that are counted, since even a count would tell.
    What else is in doubt about it waits until that is decided, on the other side too. Where the shielded child is
    unclaimed, its own authority decides.
    """
    doubts = [doubt for doubt in child.doubts_told.values() if unclaimed(doubt.theirs) or not child.held]
    contested = [child.contested] if child.contested is not None and not child.held else []
    refused = [record for record in child.sources if record.refusal is not None and not child.held]
    if not (doubts or contested or refused):
        return None
    authority = authority_of(child)
    if authority is None:
        return None
    harms = [harm_of(doubt, child.shielded or doubt.shielded, child.verdicts) for doubt in doubts]
    since = [doubt.since for doubt in (*doubts, *contested)] + [record.occurred_at for record in refused]
    return Matter(authority, max(harms + [2] * bool(contested or refused)), min(since), bool(refused))


def matter_for_officers(child: ChildRecord) -> Matter | None:
    """What shield officers of its authority have to decide about a child, if anything; nobody else hears of it."""
    doubts = [doubt for doubt in child.doubts.values() if doubt.for_officers]
    authority = authority_of(child) if doubts else None
    return None if authority is None else Matter(authority, 3, min(doubt.since for doubt in doubts))


def is_for_officers(one: ChildRecord, other: ChildRecord) -> bool:
    """Whether what is in doubt between the two is for officers: they are two authorities' shielded children.

    No data manager may see both. Whoever is unclaimed shows nothing to anybody, so that the other's decide.
    """
    whose = {authority_of(child) for child in (one, other) if child.shielded and not is_unclaimed(child)}
    return len(whose) == 2 and None not in whose


def harm_of(doubt: Doubt, shielded: bool, verdicts: Iterable[Verdict]) -> int:
    """How much harm a doubt can do while nobody decides; ``shielded`` tells whether either child is."""
    if shielded:
        return 3
    if any(each.said == "cannot-tell" and each.covers(*doubt.pair) for each in verdicts):
        return 0
    return 2 if doubt.contradiction else 1


def is_unclaimed(child: ChildRecord) -> bool:
    """Whether no more is known of the child than what is visible of a shielded one, and nobody holds anything."""
    return not child.live and any(unclaimed(record.key) for record in child.sources)


def authority_of(child: ChildRecord) -> str | None:
    """The authority responsible for the child.

    Of one of whom all was refused, as that says; of one of whom all was withdrawn, the last that was.
    """
    if child.golden is not None:
        return child.golden.responsible_authority.value
    refused = [record.refusal for record in child.sources if record.refusal is not None]
    return refused[0].supplied.child.responsible_authority if refused else child.former_authority
