"""Every source's versions as one stream: in the order of their time, but for some that come late or again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from generator.children import families
from generator.dice import Dice
from generator.messages import message
from generator.people import Child
from generator.period import DAY
from generator.rates import Rates
from generator.records import Record, records_of


class Arrival(NamedTuple):
    """A version's arrival at ``at`` (seconds since 1970); ``serial`` decides between equal moments."""

    at: int
    serial: int
    record: Record
    version: int
    late: bool
    repeated: bool


@dataclass
class Plan:
    """Everything that is going to be published: compact, since messages are written only as they arrive."""

    seed: int
    children: list[tuple[Child, list[Record]]] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)

    def messages(self) -> Iterator[dict[str, Any]]:
        for arrival in self.arrivals:
            yield message(arrival.record, arrival.record.versions[arrival.version], self.seed)


def plan(children: int, seed: int, rates: Rates, first: int | None = None) -> Plan:
    """Make up ``children`` and all that is published about them, in the order of arrival.

    Their numbers are made from the serials ``first`` and the next, where it is told.
    """
    made = Plan(seed)
    for dice, family in families(children, seed, rates, first):
        for child in family:
            records = records_of(child, dice)
            made.children.append((child, records))
            for record in records:
                made.arrivals.extend(_arrivals(record, len(made.arrivals), dice))
    made.arrivals.sort()
    return made


def _arrivals(record: Record, serial: int, dice: Dice) -> Iterator[Arrival]:
    for number, version in enumerate(record.versions):
        late = dice.happens(dice.rates.late)
        at = version.at + (_delay(record, number, dice) if late else 0)
        yield Arrival(at, serial, record, number, late, repeated=False)
        serial += 1
        if dice.happens(dice.rates.repeated):
            # A retry within the minute, or a replay later.
            latest = 60 if dice.happens(dice.rates.repeated_at_once) else 3 * DAY
            gap = dice.randint(1, latest)
            yield Arrival(at + gap, serial, record, number, late, repeated=True)
            serial += 1


def _delay(record: Record, number: int, dice: Dice) -> int:
    """How late a late version comes: by hours to a fortnight, or just after the version that replaces it."""
    if number + 1 < len(record.versions) and dice.happens(dice.rates.overtaken):
        return record.versions[number + 1].at - record.versions[number].at + dice.randint(60, 3600)
    return dice.randint(3600, 14 * DAY)
