"""What people see on the screen of the services' answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

_RUNGS = ("decided", "published", "fenced", "scrubbed", "purged", "lift_requested", "lift_approved", "lifted")
_HARMS = {
    3: "may be a shielded child",
    2: "sources contradict each other",
    1: "may be one child",
    0: "could not be told before",
}
RESTRICTED = Text("restricted", style="bold red")


def name_of(name: dict[str, Any]) -> str:
    """A name as it is spoken."""
    return " ".join(filter(None, (name.get("given"), name["family"])))


def matches(answer: dict[str, Any]) -> RenderableType:
    """The answer to a search."""
    if answer["outcome"] == "none":
        return Text("Nobody found.")
    if answer["outcome"] == "too-many":
        return Text("Too many fit: say more about the child.")
    table = _table("Child number", "Name", "Born", "Gender", "")
    for each in answer["matches"]:
        mark = RESTRICTED if each["restricted"] else Text("")
        texts = (each["child_number"], name_of(each["name"]), each["date_of_birth"], each["gender"])
        table.add_row(*map(Text, texts), mark)
    return table


def record(answer: dict[str, Any]) -> RenderableType:
    """The answer to a view: the whole record, or what a restricted one still shows."""
    head = f"{name_of(answer['name'])}, born {answer['date_of_birth']}, {answer['gender']}"
    title = Text(f" Child {answer['child_number']} ")
    if answer["restricted"]:
        asking = f"For anything more, ask the central team: {reached(answer.get('central_team', ()))}"
        body = Group(Text(head, style="bold"), Text("This record is restricted.", style="red"), Text(asking))
        return Panel(body, title=title, title_align="left", border_style="red")
    facts = _facts(answer)
    return Panel(
        Group(Text(head, style="bold"), facts, Text(""), involvements(answer["involvements"])),
        title=title,
        title_align="left",
    )


def involvements(found: Sequence[dict[str, Any]]) -> RenderableType:
    """Who works, or worked, with the child; those who still do come first."""
    if not found:
        return Text("Nobody is known to work with the child.")
    table = _table("Service", "Organisation", "Practitioner", "Reach them", "Since", "Until")
    for each in sorted(found, key=lambda one: one.get("until") is not None):
        table.add_row(*map(Text, _involvement(each)), style="dim" if each.get("until") else "")
    return table


def shield(answer: dict[str, Any]) -> RenderableType:
    """Where a shield stands, rung by rung."""
    began = datetime.fromisoformat(answer["decided_at"])
    rungs = {rung.replace("_", " "): answer.get(f"{rung}_at") for rung in _RUNGS}
    rungs |= {f"rewritten by {service}": receipt["at"] for service, receipt in answer["rewritten"].items()}
    table = Table(box=None, pad_edge=False, show_header=False)
    for moment, rung in sorted((moment, rung) for rung, moment in rungs.items() if moment is not None):
        table.add_row(rung, _clock(moment), _after(began, moment))
    about = f"Shield {answer['shield_id']} of child {answer['child_number']}, review on {answer['review_on']}"
    left = [Text(f"Left in {each['place']}, to be gone by {_clock(each['until'])}") for each in answer["left"]]
    return Group(Text(about), Text(answer["in_words"], style="bold"), table, *left)


def accesses(found: Iterable[dict[str, Any]]) -> RenderableType:
    """Who looked at a child, or decided something about her, newest first."""
    table = _table("When", "Who", "Role", "Organisation", "What", "Why", "Outcome")
    for each in found:
        plain = (each["actor"], each["role"], each.get("organisation"), each["action"], each.get("reason"))
        shown = "restricted" if each.get("restricted") else each["outcome"]
        table.add_row(_clock(each["occurred_at"]), *(Text(text or "") for text in plain), Text(shown))
    return table


def reviews(found: Sequence[dict[str, Any]]) -> RenderableType:
    """What there is to decide."""
    if not found:
        return Text("Nothing waits for a decision.")
    table = _table("Review", "Why", "Since", "Bits")
    for each in sorted(found, key=lambda one: (-one["harm"], one["since"])):
        why = Text(_HARMS[each["harm"]], style="red" if each["harm"] == 3 else "")
        if each["contradiction"]:
            why.append(f": {each['contradiction'].replace('-', ' ')}")
        table.add_row(each["id"], why, each["since"][:10], f"{each['bits']:.1f}")
    return table


def comparison(answer: dict[str, Any]) -> RenderableType:
    """Both sides, field by field."""
    table = _table("", *(each["child_number"] for each in answer["children"]), "In common")
    for each in answer["fields"]:
        sides = (Text("\n".join(_stated(each["field"], each[side]))) for side in ("one", "other"))
        table.add_row(each["field"].replace("_", " "), *sides, "yes" if each["agree"] else "no")
    sources = (Text("\n".join(each["source_records"])) for each in answer["children"])
    table.add_row("source records", *sources, "")
    return table


def reached(contacts: Iterable[dict[str, Any]]) -> str:
    """Contacts in one line."""
    return ", ".join(each["value"] for each in contacts)


def _stated(field: str, found: Any) -> list[str]:
    """Each value of a field."""
    values = [each["value"] for each in (found if isinstance(found, list) else [found]) if each is not None]
    match field:
        case "names":
            return [f"{name_of(each)} ({each['use']})" for each in values]
        case "addresses":
            return [_address(each) for each in values]
        case "identifiers":
            return [f"{each['system']} {each['value']}" for each in values]
        case "carers":
            return [f"{each['name']}, {each['relationship']}" for each in values]
        case _:
            return [str(each) for each in values]


def _facts(answer: dict[str, Any]) -> Table:
    identity = answer["identity"]
    table = Table(box=None, pad_edge=False, show_header=False)
    also = [f"{name_of(name)} ({name['use']})" for name in identity["names"][1:]]
    homes = [_address(each) for each in identity.get("addresses", ()) if not each.get("until")]
    numbers = [f"{each['system']} {each['value']}" for each in identity.get("identifiers", ())]
    carers = [
        f"{each['name']} ({each['relationship']}) {reached(each.get('contacts', ()))}".strip()
        for each in identity.get("carers", ())
    ]
    named = {"Also": also, "Lives at": homes, "Carers": carers, "Numbers": numbers}
    named["Authority"] = [answer["responsible_authority"] or ""]
    for label, lines in named.items():
        if lines:
            table.add_row(label, Text("\n".join(lines)))
    return table


def _address(address: dict[str, Any]) -> str:
    parts = (*address.get("lines", ()), address.get("town"), address.get("postcode"))
    return ", ".join(filter(None, parts))


def _involvement(each: dict[str, Any]) -> tuple[str, ...]:
    if each["sensitive"]:
        return ("", each["notice"], "", reached(each.get("contacts", ())), "", "")
    who = ", ".join(filter(None, (each.get("practitioner"), each.get("role"))))
    marks = [mark for mark in ("lead_professional", "holds_assessment") if each.get(mark)]
    who += "".join(f" [{mark.replace('_', ' ')}]" for mark in marks)
    dates = (each.get("from") or "", each.get("until") or "")
    return (each["kind"], each["organisation"], who, reached(each.get("contacts", ())), *dates)


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _clock(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _after(began: datetime, moment: str) -> str:
    return f"+{(datetime.fromisoformat(moment) - began).total_seconds() * 1000:.0f} ms"
