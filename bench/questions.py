"""What practitioners ask: children to index without Kafka, and realistic searches for them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bench.changes import decoded
from contracts.child_number import new_child_number
from contracts.records import RecordPublished
from generator import Rates
from generator.messages import message
from generator.stream import plan
from runtime import clock
from services.registry.children import ChildRecord
from services.registry.redaction import published
from services.registry.sources import arrived

_SEED = 7
_SHARES = {"full": 40, "family": 25, "identifier": 15, "given": 10, "range": 10}
"""Of 100 searches: by family and given name and birth date, by family name and birth date, by identifier, by
given name and birth date and postcode, by both names and a range of two years."""
_WRONG = 0.1
"""The share of birth dates that the practitioner has a day wrong."""


@dataclass(frozen=True, repr=False)
class Someone:
    """A generated child: what each source says in the end, and the golden record that this makes up."""

    changes: tuple[dict[str, Any], ...]
    record: RecordPublished


def someone(changes: Sequence[dict[str, Any]]) -> Someone | None:
    """The child that these changes of its sources make up; ``None`` where none of them holds anything."""
    sources = tuple(
        sorted((arrived(decoded(each), clock.now()).record for each in changes), key=lambda each: each.key)
    )
    if not sources:
        return None
    child = ChildRecord(new_child_number(), 1, clock.now(), sources[0].key, sources)
    record = published(child, lambda _: ())
    return Someone(tuple(changes), record) if isinstance(record, RecordPublished) else None


def people(children: int, seed: int) -> Iterator[Someone]:
    """Generated children, but those of whom no source holds anything in the end."""
    for _, held in plan(children, seed, Rates()).children:
        if made := someone([message(record, record.versions[-1], seed) for record in held]):
            yield made


def records(children: int) -> Iterator[RecordPublished]:
    """The golden records of generated children, each made up of all that its sources hold in the end."""
    return (each.record for each in people(children, _SEED))


def criteria(record: RecordPublished, dice: random.Random) -> dict[str, Any]:
    """What a practitioner might search for this child by."""
    identity = record.identity
    name, born = identity.names[0], identity.date_of_birth
    if dice.random() < _WRONG:
        born += timedelta(days=1)
    named = {"family": name.family, "date_of_birth": born.isoformat()}
    full = {**named, "given": name.given} if name.given else named
    kind = dice.choices(list(_SHARES), list(_SHARES.values()))[0]
    postcode = next((each.postcode for each in identity.addresses or () if each.postcode), None)
    if kind == "identifier" and identity.identifiers:
        return {"identifier": identity.identifiers[0].model_dump(mode="json")}
    if kind == "given" and name.given and postcode:
        return {"given": name.given, "date_of_birth": born.isoformat(), "postcode": postcode}
    if kind == "range" and name.given:
        year = timedelta(days=365)
        span = {"from": (born - year).isoformat(), "to": (born + year).isoformat()}
        return {"family": name.family, "given": name.given, "date_of_birth_range": span}
    return named if kind == "family" else full
