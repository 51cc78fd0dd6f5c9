"""The data managers' queue: what there is to decide between which children, the worst harm first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.registry.access import may_decide, may_read
from services.registry.children import ChildRecord, Doubt
from services.registry.matters import authority_of, harm_of


@dataclass(frozen=True, slots=True, repr=False)
class Review:
    """Two children who may be one; a hold where one of them is shielded and the other is kept from sight.

    Or one child, whose number is there twice: something speaks against a person's word that its records are one's.
    """

    child_numbers: tuple[str, str]
    kind: Literal["review", "hold"]
    harm: int
    since: datetime
    bits: float
    contradiction: str | None
    crowded: bool
    """One of the two has as many doubts as are kept; more may come up as they are decided."""

    @property
    def id(self) -> str:
        """The two child numbers, the smaller first; of one child its number twice."""
        return "-".join(self.child_numbers)


@dataclass(frozen=True, slots=True, repr=False)
class Refused:
    """A source record's newest version, of which nothing can be made; the source has to correct it."""

    key: str
    child_number: str
    reason: str
    since: datetime


def reviews(mine: Iterable[ChildRecord], others: Iterable[ChildRecord], authority: str) -> list[Review]:
    """What the authority's data managers can decide about these children of theirs, each pair once.

    ``others`` are the children that hold the other sides of the doubts.
    """
    children = {child.number: child for child in (*mine, *others)}
    home = {record.key: child for child in children.values() for record in child.sources}
    found: dict[str, Review] = {}
    for child in children.values():
        for doubt in child.doubts.values():
            other = home.get(doubt.theirs)
            if other is not None and may_decide(child, other, authority):
                review = _review(child, other, doubt)
                known = found.get(review.id)
                found[review.id] = review if known is None or known.bits < review.bits else known
        if child.contested is not None and may_read(child, authority):
            # Both records are under the same shield: whatever is decided, nobody is shown for it.
            review = replace(_review(child, child, child.contested), harm=2)
            found[review.id] = review
    return sorted(found.values(), key=lambda each: (-each.harm, each.since, each.id))


def numbers_of(review_id: str) -> list[str]:
    """The child numbers that a review is about: two, or the one that is there twice."""
    return sorted(set(review_id.split("-")))


def refusals(mine: Iterable[ChildRecord], authority: str) -> Iterator[Refused]:
    """The refused source records of these children, as far as they are the authority's."""
    for child in mine:
        if authority_of(child) == authority and not child.held:
            for record in child.sources:
                if record.refusal is not None:
                    yield Refused(record.key, child.number, record.refusal.reason, record.occurred_at)


def status_of(child: ChildRecord, key: str) -> Literal["joined", "probable", "held", "refused", "withdrawn"]:
    """What became of a source record that the child holds."""
    record = next(each for each in child.sources if each.key == key)
    if record.refusal is not None:
        return "refused"
    if not record.live:
        return "withdrawn"
    if child.held:
        return "held"
    contested = child.contested.pair if child.contested is not None else ()
    return "probable" if key in {*contested, *(mine for mine, _ in child.doubts_told)} else "joined"


def _review(one: ChildRecord, other: ChildRecord, doubt: Doubt) -> Review:
    first, second = sorted((one.number, other.number))
    return Review(
        (first, second),
        "hold" if one.shielded != other.shielded else "review",
        harm_of(doubt, one.shielded or other.shielded, one.verdicts),
        doubt.since,
        round(doubt.bits, 1),
        doubt.contradiction,
        one.crowded or other.crowded,
    )
