"""Who may see and decide what about a child record. Pure."""

from __future__ import annotations

from services.registry.children import ChildRecord
from services.registry.matters import authority_of


def may_read(child: ChildRecord, authority: str | None) -> bool:
    """Whether a data manager of ``authority`` may read the whole record: it is that authority's child.

    One that is held only by those who can decide whether it is a shielded child of theirs.
    """
    return authority is not None and authority_of(child) == authority and not child.held


def may_decide(one: ChildRecord, other: ChildRecord, authority: str | None) -> bool:
    """Whether a data manager of ``authority`` may compare two children and say whether they are one.

    It is enough that one of them is that authority's; but where one is shielded, only a shielded one counts, so
    that nobody else learns that it is, or that somebody may be it.
    """
    if authority is None:
        return False
    shielded = [child for child in (one, other) if child.shielded]
    return authority in {authority_of(child) for child in shielded or (one, other)}
