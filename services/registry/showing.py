"""A child record and its values as data managers are shown them: whole as JSON, and each value in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from services.registry.children import ChildRecord, Event
from services.registry.comparison import described
from services.registry.golden import Golden
from services.registry.queue import status_of
from services.registry.redaction import CentralTeam, involvements


def shown(child: ChildRecord, golden: Golden, central_team: CentralTeam) -> dict[str, Any]:
    """The record with its history; sensitive services stay unnamed, and so do source records of other children."""
    return {
        "child_number": child.number,
        "revision": child.revision,
        "shielded": child.shielded,
        "supersedes": sorted(child.supersedes),
        **described(golden),
        "involvements": [
            each.model_dump(mode="json", exclude_none=True) for each in involvements(golden, central_team)
        ],
        "history": [_event(event, child) for event in child.history],
    }


def whole(child: ChildRecord, golden: Golden, central_team: CentralTeam) -> dict[str, Any]:
    """Everything that a data manager of the child's own authority may know of it.

    Decisions that name source records of other children are left out: one may be a shielded child's.
    """
    return {
        **shown(child, golden, central_team),
        "source_records": [{"key": each.key, "status": status_of(child, each.key)} for each in child.sources],
        "decisions": list(_decisions(child)),
    }


def in_words(field: str, value: Any) -> str:
    """One value of a field, in one line."""
    if not isinstance(value, Mapping):
        return str(value)
    match field:
        case "names":
            use = "" if value["use"] == "current" else f" ({value['use'].replace('-', ' ')})"
            return " ".join(filter(None, (value.get("given"), value["family"]))) + use
        case "addresses":
            where = ", ".join(filter(None, (*value.get("lines", ()), value.get("town"), value.get("postcode"))))
            until = f" (until {value['until']})" if value.get("until") else ""
            return where + until
        case "identifiers":
            return f"{value['system']} {value['value']}"
        case _:
            reached = ", ".join(each["value"] for each in value.get("contacts", ()))
            return f"{value['name']}, {value['relationship']}" + (f", {reached}" if reached else "")


def _decisions(child: ChildRecord) -> Iterator[dict[str, Any]]:
    """The words on its own source records alone, the newest first."""
    own = {each.key for each in child.sources}
    for verdict in reversed(child.verdicts):
        about = verdict.ones | verdict.others
        if about <= own:
            yield {
                "decision_id": verdict.id,
                "verdict": verdict.said,
                "by": verdict.by,
                "at": verdict.at,
                "reason": verdict.reason,
                "source_records": sorted(about),
            }


def _event(event: Event, child: ChildRecord) -> dict[str, Any]:
    # Whose source records came, went or were decided on is another child now, who may be a shielded one.
    own, numbers = {each.key for each in child.sources}, {child.number, *child.supersedes}
    # How like it is to a shielded child that it may be is for that one's authority.
    bits = None if event.what == "held" or event.bits is None else round(event.bits, 3)
    return {
        **asdict(event),
        "keys": tuple(key for key in event.keys if key in own),
        "numbers": tuple(number for number in event.numbers if number in numbers),
        "bits": bits,
    }
