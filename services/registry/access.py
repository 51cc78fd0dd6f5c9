"""Who may see and decide what about a child record. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import combinations
from typing import Literal

from services.registry.children import ChildRecord, Verdict
from services.registry.matters import authority_of, is_for_officers, is_unclaimed

Fenced = Callable[[Iterable[str]], bool]
"""Whether any of these child numbers is shielded."""

Role = Literal["data-manager", "shield-officer"]
"""In which role somebody compares children and says whether they are one."""


def sitting_as(roles: Collection[str]) -> list[Role]:
    """In which roles somebody sits here; in the first, where what they ask for does not tell."""
    known: tuple[Role, ...] = ("data-manager", "shield-officer")
    return [role for role in known if role in roles]


def role_between(
    one: ChildRecord,
    other: ChildRecord,
    roles: Collection[str],
    authority: str | None,
    *,
    trusted: bool,
    fenced: Fenced,
) -> Role | None:
    """In which of their ``roles`` somebody of ``authority`` may compare two children and say whether they are one.

    Of two authorities' shielded children as an officer of either: no data manager may see both, and a shield hides
    no child from officers whose own it may be. Of all others as a data manager, as far as :func:`is_open` allows.
    """
    if not may_decide(one, other, authority):
        return None
    if is_for_officers(one, other):
        return "shield-officer" if "shield-officer" in roles else None
    may = "data-manager" in roles and is_open((one, other), authority, trusted=trusted, fenced=fenced)
    return "data-manager" if may else None


def role_undoing(
    verdict: Verdict,
    children: Sequence[ChildRecord],
    roles: Collection[str],
    authority: str | None,
    *,
    trusted: bool,
    fenced: Fenced,
) -> Role | None:
    """In which of their ``roles`` somebody of ``authority`` may take back a word, which is on these children.

    As an officer what they may decide, and also where officers of either authority have made one child of the two.
    """
    if "shield-officer" in roles and _may_undo_as_officer(verdict, children, authority):
        return "shield-officer"
    may = may_undo(children, authority) and is_open(children, authority, trusted=trusted, fenced=fenced)
    return "data-manager" if may and "data-manager" in roles else None


def may_read(child: ChildRecord, authority: str | None) -> bool:
    """Whether a data manager of ``authority`` may read the whole record: it is that authority's child.

    One that is held only by those who can decide whether it is a shielded child of theirs.
    """
    return authority is not None and authority_of(child) == authority and not child.held


def may_decide(one: ChildRecord, other: ChildRecord, authority: str | None) -> bool:
    """Whether a data manager of ``authority`` may compare two children and say whether they are one.

    Any two whom they may read. Of two between whom something is in doubt, or was decided, it is enough that one is
    that authority's; but where one is shielded, only a shielded one counts, and one who is held is for those alone
    whose shielded child it may be: nobody else learns that it is, or that there is somebody. A shielded one who is
    unclaimed is anybody's. Of two authorities' shielded children officers of either may: :func:`role_between`.
    """
    if all(may_read(child, authority) for child in (one, other)):
        return True
    doubted = _in_doubt(one, other)
    shielded = [child for child in (one, other) if child.shielded]
    if (one.held or other.held) and not (doubted and shielded):
        return False
    claimed = [child for child in shielded if not is_unclaimed(child)]
    theirs = {authority_of(child) for child in claimed or (one, other)}
    return authority is not None and authority in theirs and (doubted or _decided(one, other))


def may_undo(children: Sequence[ChildRecord], authority: str | None) -> bool:
    """Whether a data manager of ``authority`` may take back a word on these children.

    Whoever may read them all, or else may decide on any two of them: a mistaken release is theirs to mend.
    """
    if all(may_read(child, authority) for child in children):
        return bool(children)
    return len(children) > 1 and all(may_decide(*two, authority) for two in combinations(children, 2))


def is_open(children: Iterable[ChildRecord], authority: str | None, *, trusted: bool, fenced: Fenced) -> bool:
    """Whether no other authority's child among them is shielded, as far as is known at this instant.

    ``trusted``: whether the lease holds, without which nobody knows. Of an unclaimed child no more is known than
    what is visible.
    """
    return all(
        authority_of(child) == authority
        or is_unclaimed(child)
        or (trusted and not child.shielded and not fenced(child.lineage))
        for child in children
    )


def _may_undo_as_officer(verdict: Verdict, children: Sequence[ChildRecord], authority: str | None) -> bool:
    if len(children) == 1:
        return verdict.said == "same" and children[0].shielded and authority in verdict.officers_of
    pairs = list(combinations(children, 2))
    return bool(pairs) and all(is_for_officers(*two) and may_decide(*two, authority) for two in pairs)


def _in_doubt(one: ChildRecord, other: ChildRecord) -> bool:
    """Whether a person is asked about the two; where there are very many doubts, only one of them keeps it."""
    ones, others = _keys(one), _keys(other)
    return any(theirs in others for _, theirs in one.doubts) or any(theirs in ones for _, theirs in other.doubts)


def _decided(one: ChildRecord, other: ChildRecord) -> bool:
    """Whether a person has said something of the two."""
    ones, others = _keys(one), _keys(other)
    return any(said.is_between(ones, others) for said in (*one.verdicts, *other.verdicts))


def _keys(child: ChildRecord) -> frozenset[str]:
    return frozenset(each.key for each in child.sources)
