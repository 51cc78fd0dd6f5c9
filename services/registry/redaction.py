"""What leaves the registry of a child, as an allow-list. Redaction happens in this one function, and only here."""

from __future__ import annotations

from collections.abc import Callable

from contracts.children import Contact, Involvement
from contracts.records import (
    PublishedIdentity,
    PublishedInvolvement,
    RecordPublished,
    RecordRemoved,
    SensitiveInvolvement,
)
from services.registry.children import ChildRecord
from services.registry.golden import Golden, Stated, assemble

CentralTeam = Callable[[str], tuple[Contact, ...]]
"""How to reach an authority's central team, which brokers contact with sensitive services."""


def published(child: ChildRecord, central_team: CentralTeam) -> RecordPublished | RecordRemoved:
    """The record as its readers may hold it.

    Of a shielded child: child number, current name, date of birth and gender; all else is absent. Of a
    sensitive involvement: that there is one, and who brokers contact.
    """
    if child.superseded_by is not None:
        return RecordRemoved(
            child_number=child.number,
            revision=child.revision,
            reason="merged",
            superseded_by=child.superseded_by,
        )
    if not child.live:
        return RecordRemoved(child_number=child.number, revision=child.revision, reason="withdrawn")
    golden = assemble(child.live)
    if child.shielded:
        return RecordPublished(
            child_number=child.number,
            revision=child.revision,
            shielded=True,
            identity=PublishedIdentity(
                names=(golden.names[0].value,),
                date_of_birth=golden.date_of_birth.value,
                gender=golden.gender.value,
            ),
        )
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
        supersedes=tuple(sorted(child.supersedes)) or None,
    )


def involvements(
    golden: Golden, central_team: CentralTeam
) -> tuple[PublishedInvolvement | SensitiveInvolvement, ...]:
    """The involvements by their kind; however many are sensitive, they show as one that says nothing more."""
    shown: list[PublishedInvolvement | SensitiveInvolvement] = [
        _involvement(each) for each in golden.involvements if each.value.sensitive is None
    ]
    if len(shown) < len(golden.involvements):
        shown.append(SensitiveInvolvement(contacts=central_team(golden.responsible_authority.value)))
    return tuple(shown)


def _involvement(stated: Stated[Involvement]) -> PublishedInvolvement:
    each = stated.value
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
        source=stated.sources[0].partition("/")[0],
    )


def announcements(child: ChildRecord, central_team: CentralTeam) -> list[RecordPublished | RecordRemoved]:
    """All that is to be published of a child: the record, and that the numbers it superseded lead to it."""
    return [
        published(child, central_team),
        *(
            RecordRemoved(child_number=number, revision=revision, reason="merged", superseded_by=child.number)
            for number, revision in child.supersedes.items()
        ),
    ]
