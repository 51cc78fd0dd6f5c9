"""Records written as the changes that sources publish: JSON in the form of ``sources.changes.v1``."""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from generator.identifiers import scattered
from generator.involvements import Involvement
from generator.mistakes import Mistake, mistaken_date, mistaken_name
from generator.people import Carer, Name, Particulars, Stay
from generator.period import day_of
from generator.records import Record
from generator.versions import Version


def message(record: Record, version: Version, seed: int) -> dict[str, Any]:
    """The change in which the source publishes ``version``; always the same for the same seed."""
    change: dict[str, Any] = {
        "type": "child-withdrawn" if version.withdrawn else "child-supplied",
        "message_id": _message_id(f"{seed}/{record.key}/{version.number}"),
        "occurred_at": f"{datetime.fromtimestamp(version.at, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "source": record.source,
        "source_ref": record.ref,
        "source_version": version.number,
    }
    if not version.withdrawn:
        today = day_of(version.at)
        change["child"] = _child(record, version.at)
        begun = (each for each in record.involvements if each.since <= today)
        change["involvements"] = [_involvement(each, today) for each in begun]
    return change


def _message_id(text: str) -> str:
    return str(UUID(bytes=blake2b(text.encode(), digest_size=16).digest(), version=4))


def _child(record: Record, at: int) -> dict[str, Any]:
    child, habits = record.child, record.habits
    corrected = record.corrected_at is not None and record.corrected_at <= at
    mistakes = () if corrected else record.mistakes
    known = child.at_birth
    for heard_at, event in record.heard:
        if heard_at <= at:
            known = event.apply(known)
    return {
        "names": _names(record, known, mistakes),
        "date_of_birth": mistaken_date(child.born, mistakes).isoformat(),
        "gender": child.gender,
        "addresses": [_address(stay) for stay in _stays(record, known)],
        "identifiers": _identifiers(record, mistakes),
        "carers": [_carer(each) for each in _carers(known, habits.carers)],
        "responsible_authority": known.authority,
    }


def _names(record: Record, known: Particulars, mistakes: tuple[Mistake, ...]) -> list[dict[str, Any]]:
    child, habits = record.child, record.habits
    written = [mistaken_name(name, child.nickname, mistakes) for name in known.names]
    names = [_name(written[0], "current", middle=habits.middle_name)]
    if habits.history:
        names.extend(_name(name, "former", middle=False) for name in written[1:])
    if habits.known_as:
        names.append({"given": child.nickname, "family": written[0].family, "use": "known-as"})
    return names


def _name(name: Name, use: str, *, middle: bool) -> dict[str, Any]:
    given = f"{name.given} {name.middle}" if name.given and name.middle and middle else name.given
    return {"given": given, "family": name.family, "use": use}


def _stays(record: Record, known: Particulars) -> list[Stay]:
    if not record.habits.address:
        return []
    stays = list(known.stays) if record.habits.history else [known.stays[0]]
    return stays + ([known.placement] if known.placement else [])


def _address(stay: Stay) -> dict[str, Any]:
    where = stay.address
    address = {
        "lines": where.lines,
        "town": where.town,
        "postcode": where.postcode,
        "use": stay.use,
        "from": stay.since.isoformat(),
    }
    if stay.until:
        address["until"] = stay.until.isoformat()
    return address


def _identifiers(record: Record, mistakes: tuple[Mistake, ...]) -> list[dict[str, str]]:
    child = record.child
    if any(mistake.kind == "missing-identifier" for mistake in mistakes):
        return []
    values = {
        "nhs-number": child.nhs_number,
        "upn": child.upn,
        "social-care-id": f"{record.source[:2].upper()}{scattered(child.serial, 7):07}",
    }
    return [{"system": system, "value": values[system] or ""} for system in record.habits.identifiers]


def _carers(known: Particulars, held: frozenset[int]) -> list[Carer]:
    everyone = [*known.carers, *([known.foster_carer] if known.foster_carer else [])]
    return [carer for place, carer in enumerate(everyone) if place in held]


def _carer(carer: Carer) -> dict[str, Any]:
    return {
        "name": carer.name,
        "relationship": carer.relationship,
        "contacts": _contacts(carer.phones, carer.email),
    }


def _contacts(phones: tuple[str, ...], email: str | None) -> list[dict[str, str]]:
    contacts = [{"kind": "phone", "value": phone} for phone in phones]
    if email:
        contacts.append({"kind": "email", "value": email})
    return contacts


def _involvement(each: Involvement, today: date) -> dict[str, Any]:
    """The involvement as it stands ``today``: what lies ahead is not published."""
    handed_over = each.successor is not None and each.successor[0] <= today
    over = each.until is not None and each.until <= today
    where = each.organisation
    sensitive = dict(zip(("category", "basis"), each.sensitive, strict=True)) if each.sensitive else None
    return {
        "ref": each.ref,
        "kind": each.kind,
        "organisation": where.name,
        "practitioner": each.successor[1] if each.successor and handed_over else each.practitioner,
        "role": each.role,
        "contacts": _contacts((where.phone,), where.email),
        "from": each.since.isoformat(),
        "until": each.until.isoformat() if each.until and over else None,
        "lead_professional": each.lead_professional,
        "holds_assessment": each.holds_assessment,
        "sensitive": sensitive,
    }
