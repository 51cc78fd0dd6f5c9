"""What leaves the registry of a child, as an allow-list. Redaction happens in this one function, and only here."""

from __future__ import annotations

from collections.abc import Callable

from contracts.children import Contact
from contracts.records import (
    PublishedIdentity,
    PublishedInvolvement,
    RecordPublished,
    RecordRemoved,
    SensitiveInvolvement,
)
from services.registry.children import ChildRecord
from services.registry.golden import Golden, Working

CentralTeam = Callable[[str], tuple[Contact, ...]]
"""How to reach an authority's central team, which brokers contact with sensitive services."""


def published(child: ChildRecord, central_team: CentralTeam) -> RecordPublished | RecordRemoved | None:
    """The record as its readers may hold it; ``None`` where they must not learn that there is one.

    Of a shielded child: the child numbers, current name, date of birth and gender; all else is absent. Of a
    sensitive involvement: that there is one, and who brokers contact. A held child looks like a withdrawn one, and
    so does one whom officers expect and no source knows: search says by its receipt that it shows nothing of it.
    """
    golden = child.golden if child.visible else None
    if golden is None:
        known = child.seen or child.superseded_by or child.expected
        return _removed(child) if known else None
    return _redacted(child, golden) if child.shielded else _whole(child, golden, central_team)


def _removed(child: ChildRecord) -> RecordRemoved:
    return RecordRemoved(
        child_number=child.number,
        revision=child.revision,
        reason="withdrawn" if child.superseded_by is None else "merged",
        superseded_by=child.superseded_by,
        redacted_under=child.redacted_under,
    )


def _redacted(child: ChildRecord, golden: Golden) -> RecordPublished:
    return RecordPublished(
        child_number=child.number,
        revision=child.revision,
        shielded=True,
        findable=child.findable or None,
        redacted_under=child.redacted_under,
        identity=PublishedIdentity(
            names=(golden.names[0].value,),
            date_of_birth=golden.date_of_birth.value,
            gender=golden.gender.value,
        ),
        supersedes=_supersedes(child),
    )


def _whole(child: ChildRecord, golden: Golden, central_team: CentralTeam) -> RecordPublished:
    return RecordPublished(
        child_number=child.number,
        revision=child.revision,
        shielded=False,
        identity=PublishedIdentity(
            names=tuple(each.value for each in golden.names),
            date_of_birth=golden.date_of_birth.value,
            gender=golden.gender.value,
            addresses=tuple(each.value for each in golden.addresses),
            identifiers=tuple(each.value for each in golden.identifiers),
            carers=tuple(each.value for each in golden.carers),
        ),
        responsible_authority=golden.responsible_authority.value,
        involvements=involvements(golden, central_team),
        supersedes=_supersedes(child),
    )


def _supersedes(child: ChildRecord) -> tuple[str, ...] | None:
    """The child numbers that lead to this one: whoever has an old one finds the child, restricted or not."""
    return tuple(sorted(child.supersedes)) or None


def involvements(
    golden: Golden, central_team: CentralTeam
) -> tuple[PublishedInvolvement | SensitiveInvolvement, ...]:
    """The involvements by their kind; however many are sensitive, they show as one that says nothing more."""
    shown: list[PublishedInvolvement | SensitiveInvolvement] = [
        _involvement(each) for each in golden.involvements if each.involvement.sensitive is None
    ]
    # Of a sensitive one that nobody confirms any more nothing is said at all.
    if any(each.involvement.sensitive is not None and not each.lapsed for each in golden.involvements):
        shown.append(SensitiveInvolvement(contacts=central_team(golden.responsible_authority.value)))
    return tuple(shown)


def _involvement(working: Working) -> PublishedInvolvement:
    each = working.involvement
    return PublishedInvolvement(
        kind=each.kind,
        organisation=each.organisation,
        practitioner=each.practitioner,
        role=each.role,
        contacts=each.contacts,
        from_=each.from_,
        until=each.until,
        lead_professional=each.lead_professional,
        holds_assessment=each.holds_assessment,
        source=working.source.partition("/")[0],
        first_confirmed=working.first.date(),
        last_confirmed=working.last.date(),
        lapsed=working.lapsed,
    )


def announcements(child: ChildRecord, central_team: CentralTeam) -> list[RecordPublished | RecordRemoved]:
    """All that is to be published of a child: the record, and that the numbers it superseded lead to it."""
    record = published(child, central_team)
    if record is None:
        return []
    return [
        record,
        *(
            RecordRemoved(child_number=number, revision=revision, reason="merged", superseded_by=child.number)
            for number, revision in child.supersedes.items()
        ),
    ]
