"""Who is made up for the oracle: children to be hidden and others like them, and who may be one of the first."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bench.questions import Someone, people, someone
from contracts.records import RecordPublished
from runtime import clock


@dataclass(frozen=True, repr=False)
class Cast:
    """Made-up children: to be shielded, never reported, and reported but nothing to do with either.

    ``namesakes`` are what another source says of each of the first: perhaps the same child, so they are held.
    ``strangers`` are what a third says, which turns out to be of the namesakes: of two numbers one is merged.
    ``unsaid`` is what nobody ever says: of other namesakes of the first, with numbers and postcodes next to those
    of the held. Of other names, or by postcodes of another kind, Elasticsearch would look in other places, and
    take another time for that alone.
    """

    known: Sequence[Someone]
    absent: Sequence[RecordPublished]
    bystanders: Sequence[Someone]
    namesakes: Sequence[dict[str, Any]]
    strangers: Sequence[dict[str, Any]]
    unsaid: Sequence[dict[str, Any]]


def cast(each: int, seed: int) -> Cast:
    """So many of ``each``; those who exist and those who do not are dealt out of the same families."""
    fit = (made for child in people(4 * each, seed) if (made := _agreed(child)) and _is_fit(made.record))
    dealt = random.Random(seed).sample(list(islice(fit, 2 * each)), 2 * each)
    known, others = dealt[:each], dealt[each:]
    namesakes, strangers, unsaid = (
        [_namesake(child, source, 3 * serial + place) for serial, child in enumerate(known)]
        for place, source in enumerate(("northshire-hospital", "northshire-clinic", "northshire-hospital"))
    )
    bystanders = list(islice(people(each, seed + 1), each // 6))
    return Cast(known, [child.record for child in others], bystanders, namesakes, strangers, unsaid)


def corrected(stranger: dict[str, Any], namesake: dict[str, Any]) -> dict[str, Any]:
    """What the stranger's source says when it learns that this is the namesake."""
    anew = {"message_id": f"{stranger['message_id']}-corrected", "source_version": 2}
    return {**stranger, **anew, "child": namesake["child"]}


def _agreed(child: Someone) -> Someone | None:
    """The child as those make it up who know the NHS number: by it they are one, whatever else they have wrong."""
    numbers = Counter(value for change in child.changes for value in _nhs_numbers(change))
    value, _ = numbers.most_common(1)[0] if numbers else ("", 0)
    return someone([change for change in child.changes if value in _nhs_numbers(change)])


def _nhs_numbers(change: dict[str, Any]) -> list[str]:
    identifiers = change.get("child", {}).get("identifiers", ())
    return [each["value"] for each in identifiers if each["system"] == "nhs-number"]


def _is_fit(record: RecordPublished) -> bool:
    identity = record.identity
    first = identity.identifiers[0].system if identity.identifiers else None
    return (
        first == "nhs-number"
        and bool(identity.names[0].given)
        and any(each.postcode for each in identity.addresses or ())
    )


def _namesake(child: Someone, source: str, serial: int) -> dict[str, Any]:
    """What a source says of a child of the same name and birthday, with a home and an NHS number of its own."""
    identity = child.record.identity.model_dump(mode="json", exclude_none=True)
    own = {
        "lines": [f"{serial} Hidden Lane"],
        "town": "Northwick",
        "postcode": _own_postcode(serial),
        "use": "home",
    }
    return {
        "type": "child-supplied",
        "message_id": f"namesake-{serial}",
        "occurred_at": clock.now().isoformat(),
        "source": source,
        "source_ref": f"namesake-{serial}",
        "source_version": 1,
        "child": {
            "names": identity["names"][:1],
            "date_of_birth": identity["date_of_birth"],
            "gender": identity["gender"],
            "addresses": [own],
            "identifiers": [{"system": "nhs-number", "value": _nhs_number(serial)}],
            "responsible_authority": "northshire",
        },
        "involvements": [],
    }


def _own_postcode(serial: int) -> str:
    return f"ZX{serial // 100 + 1} {serial // 10 % 10}{'ABDEFGHJLN'[serial % 10]}Q"


def _nhs_number(serial: int) -> str:
    """A valid one, that neither the generator nor anybody else gives out."""
    for nine in (f"9980{serial:04}{last}" for last in range(10)):
        check = -sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return f"{nine}{check}"
    raise AssertionError(serial)
