"""Children of whom the stream tells and the store knows nothing: it was restored from a backup. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.children import Details
from contracts.records import RecordRevision
from contracts.sources import REGISTRY
from likeness.comparable import person_of
from services.registry.children import ChildRecord
from services.registry.sources import Likeness, SourceRecord, to_millisecond

_UNCLAIMED = f"{REGISTRY}/unclaimed-"


@dataclass(frozen=True, slots=True, repr=False)
class Lost:
    """What was said of a child, as far as it serves to recognise it; ``authority``: who was responsible, if told.

    ``leads_to`` is the number that superseded its own, if that was the last word.
    """

    number: str
    revision: int = 0
    likenesses: tuple[Likeness, ...] = ()
    authority: str | None = None
    removed: bool = False
    leads_to: str | None = None

    def hearing(self, said: RecordRevision) -> Lost:
        """With one word more, which may be older."""
        known = self.likenesses
        like = _likeness(said)
        if like is not None and like not in known:
            known = (*known, like)
        heard = replace(self, likenesses=known, authority=said.responsible_authority or self.authority)
        if said.revision < self.revision:
            return heard
        removed = said.type == "record-removed"
        return replace(heard, revision=said.revision, removed=removed, leads_to=said.superseded_by)


def lost_among(said: Iterable[RecordRevision], known: Container[str]) -> dict[str, Lost]:
    """Of whom something was said and nothing is ``known``, by child number."""
    found: dict[str, Lost] = {}
    for each in said:
        if each.child_number not in known:
            found[each.child_number] = found.get(each.child_number, Lost(each.child_number)).hearing(each)
    return found


def recalled(lost: Lost, now: datetime) -> ChildRecord:
    """The child as one of whom all was withdrawn: nobody sees it; if it is shielded it covers whoever may be it.

    Its sources report it anew, as another child. What is kept of it is what it was like when it was published.
    """
    key = f"{REGISTRY}/{lost.number}" if lost.authority else f"{_UNCLAIMED}{lost.number}"
    record = SourceRecord(key, 1, to_millisecond(now), None, formers=lost.likenesses)
    return ChildRecord(
        lost.number, lost.revision, to_millisecond(now), key, (record,), seen=True, former_authority=lost.authority
    )


def unclaimed(key: str) -> bool:
    """Whether the source record is of one of whom no more is known than what is visible of a shielded child.

    So it is not known who is responsible: whoever reports the child anew.
    """
    return key.startswith(_UNCLAIMED)


def _likeness(said: RecordRevision) -> Likeness | None:
    if said.identity is None:
        return None
    return Likeness.of(person_of(Details.model_validate(said.identity, strict=False)))
