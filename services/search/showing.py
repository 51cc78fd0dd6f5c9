"""An answer as a page shows it: what it says of a child, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

Body = Mapping[str, Any]


def match_in_words(match: Body) -> dict[str, Any]:
    """The visible fields."""
    return {
        "child_number": match["child_number"],
        "name": _name(match["name"]),
        "born": date.fromisoformat(match["date_of_birth"]),
        "gender": match["gender"].capitalize(),
        "restricted": match["restricted"],
    }


def record_in_words(record: Body, today: date) -> dict[str, Any]:
    """A record, or the visible fields of a restricted one and how to reach the central team.

    Who still works with the child comes first, and the lead professional before all.
    """
    visible = match_in_words(record)
    if record["restricted"]:
        return visible | {"central_team": _reached(record["central_team"])}
    involvements = [_involvement(each, today) for each in record["involvements"]]
    return {
        **visible,
        "facts": _facts(record),
        "involvements": sorted(involvements, key=lambda each: (each["over"], not each["lead"])),
        "leads": [each for each in involvements if each["lead"] and not each["over"]],
    }


def _facts(record: Body) -> dict[str, list[str]]:
    """What else tells who the child is, under its heading; what is not known is not there."""
    identity = record["identity"]
    homes = sorted(identity.get("addresses", ()), key=lambda each: each.get("until") is not None)
    facts = {
        "Other names": [f"{_name(each)} ({_plain(each['use'])})" for each in identity["names"][1:]],
        "Address": [_address(each) for each in homes],
        "Carers": [_carer(each) for each in identity.get("carers", ())],
        "Other numbers": [f"{_plain(each['system'])} {each['value']}" for each in identity.get("identifiers", ())],
        "Responsible authority": [_plain(record["responsible_authority"] or "").capitalize()],
    }
    return {heading: known for heading, lines in facts.items() if (known := [line for line in lines if line])}


def _involvement(each: Body, today: date) -> dict[str, Any]:
    """Who works with the child; of a sensitive service only that there is one, and who brokers contact."""
    sensitive, until = each["sensitive"], _day(each.get("until"))
    return {
        "service": "" if sensitive else _plain(each["kind"]).capitalize(),
        "organisation": each["notice"].capitalize() if sensitive else each["organisation"],
        "who": ", ".join(filter(None, (each.get("practitioner"), each.get("role")))),
        "reached": _reached(each.get("contacts", ())),
        "since": _day(each.get("from")),
        "until": until,
        "over": until is not None and until < today,
        "lead": bool(each.get("lead_professional")),
        "assessment": bool(each.get("holds_assessment")),
        "lapsed": bool(each.get("lapsed")),
        "confirmed": _day(each.get("last_confirmed")),
    }


def _carer(carer: Body) -> str:
    return ", ".join((carer["name"], carer["relationship"], *_reached(carer.get("contacts", ()))))


def _address(address: Body) -> str:
    where = ", ".join(filter(None, (*address.get("lines", ()), address.get("town"), address.get("postcode"))))
    use = "" if address["use"] == "home" else f" ({address['use']})"
    return where + use + (f" (until {_spoken(address['until'])})" if address.get("until") else "")


def _name(name: Body) -> str:
    return " ".join(filter(None, (name.get("given"), name["family"])))


def _reached(contacts: Iterable[Body]) -> list[str]:
    return [each["value"] for each in contacts]


def _plain(slug: str) -> str:
    return slug.replace("-", " ")


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _spoken(text: str) -> str:
    on = date.fromisoformat(text)
    return f"{on.day} {on:%B %Y}"
