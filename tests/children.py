"""Made-up source changes, written out where a test is about what is in them."""

from __future__ import annotations

import itertools
import random
import uuid
from datetime import date, timedelta
from typing import Any

Change = dict[str, Any]
_numbers = itertools.count(1)


def nhs_number() -> str:
    """A valid number from the 999 range, which is never issued."""
    while True:
        nine = f"999{next(_numbers):06d}"
        remainder = 11 - sum(int(d) * w for d, w in zip(nine, range(10, 1, -1), strict=True)) % 11
        if remainder != 10:
            return f"{nine}{0 if remainder == 11 else remainder}"


def somebody(ref: str) -> dict[str, str]:
    """A name and birth date that are like nobody else's, always the same ones for the same ``ref``."""
    dice = random.Random(ref)
    given, family = ("".join(dice.choice("bdfgklmnprstvz") + dice.choice("aeiou") for _ in range(5)) for _ in "gf")
    born = date(2009, 1, 1) + timedelta(days=dice.randrange(5000))
    return {"given": given.capitalize(), "family": family.capitalize(), "born": born.isoformat()}


def somewhere(ref: str) -> Change:
    """A home like nobody else's, always the same for the same ``ref``; who shares one may be held by chance."""
    dice = random.Random(f"home of {ref}")
    return address(f"{dice.randrange(1000)} Mill Lane", f"NW{dice.randrange(1, 99)} {dice.randrange(10)}QT")


def supplied(
    source: str,
    ref: str,
    version: int = 1,
    *,
    given: str | None = None,
    family: str | None = None,
    born: str | None = None,
    involvements: list[Change] | None = None,
    **child: Any,
) -> Change:
    """A ``child-supplied``; keyword arguments go into the child, who is :func:`somebody` where they do not say."""
    who = somebody(ref)
    given, family, born = given or who["given"], family or who["family"], born or who["born"]
    return {
        "type": "child-supplied",
        "message_id": str(uuid.uuid4()),
        "occurred_at": f"2026-03-01T09:{version % 60:02d}:00Z",
        "source": source,
        "source_ref": ref,
        "source_version": version,
        "child": {
            "names": [{"given": given, "family": family, "use": "current"}],
            "date_of_birth": born,
            "gender": "female",
            "responsible_authority": "northshire",
            **child,
        },
        "involvements": involvements or [],
    }


def withdrawn(source: str, ref: str, version: int) -> Change:
    """A ``child-withdrawn``."""
    change = supplied(source, ref, version)
    return {name: value for name, value in change.items() if name not in {"child", "involvements"}} | {
        "type": "child-withdrawn"
    }


def involvement(kind: str, organisation: str, **more: Any) -> Change:
    """An involvement."""
    return {
        "ref": f"{kind}-1",
        "kind": kind,
        "organisation": organisation,
        "practitioner": "J. Patel",
        "role": "lead",
        "contacts": [{"kind": "phone", "value": "0161 496 0456"}],
        "from": "2020-09-01",
        "lead_professional": False,
        "holds_assessment": False,
        **more,
    }


def nhs(value: str) -> Change:
    """An NHS number as an identifier."""
    return {"system": "nhs-number", "value": value}


def address(line: str, postcode: str) -> Change:
    """A home."""
    return {"lines": [line], "town": "Northwick", "postcode": postcode, "use": "home"}
