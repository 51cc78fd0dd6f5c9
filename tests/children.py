"""Made-up source changes, written out where a test is about what is in them."""

from __future__ import annotations

import itertools
import uuid
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


def supplied(
    source: str,
    ref: str,
    version: int = 1,
    *,
    given: str = "Amelia",
    family: str = "Okafor",
    born: str = "2015-04-09",
    involvements: list[Change] | None = None,
    **child: Any,
) -> Change:
    """A ``child-supplied``; keyword arguments go into the child."""
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
