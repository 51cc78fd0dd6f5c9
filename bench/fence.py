"""Measures when a shielded child stops being shown to a practitioner who asks for it without a pause.

From the moment at which the shield was published, as the officer's answer tells it, to the arrival of the last
answer that shows a protected field. The limit is the fence's promise: the lease and the deadline, 1.1 s.
No such answer may arrive after the officer was told that the child is hidden.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic, time

import uvloop

from bench.changes import first_report, publish
from bench.figures import Figure, spread
from bench.people import REASON, Person, connected, person, until
from bench.place import Place, Sizes
from cli.kafka import producer
from deploy.stack import Stack
from runtime import clock
from runtime.settings import LeaseSettings

_READERS = 4
_BEFORE, _AFTER = 0.3, 0.3


@dataclass
class Seen:
    """What the practitioner's side saw of one child; moments in seconds since 1970."""

    answers: int = 0
    last_open: float = 0.0
    stop: bool = False


@dataclass(frozen=True)
class Shielding:
    """How one shield came into force."""

    hidden_after: float
    """Seconds from published to the last answer that showed the child."""
    officer_waited: float
    shown_after_told: bool
    answers: int


def measure(place: Place, sizes: Sizes) -> list[Figure]:
    """Percentiles over one shield after another."""
    found = uvloop.run(_measure(place.stack, sizes.shields))
    limit, name = LeaseSettings().fenced_after, "lease + deadline"
    hidden = [each.hidden_after for each in found]
    waited = [each.officer_waited for each in found]
    return [
        *spread("published to last shown", hidden, 50, 95, limit=limit, limit_is=name),
        *spread("officer's request to 201", waited, 50, 95, limit=limit, limit_is=name),
        Figure("children shown after the officer was told", sum(each.shown_after_told for each in found), ""),
        Figure("views answered for each child", sum(each.answers for each in found) / len(found), ""),
    ]


async def _measure(stack: Stack, shields: int) -> list[Shielding]:
    reports = [first_report(number) for number in range(shields)]
    async with connected() as http, producer(stack.kafka) as client:
        await publish(client, stack.kafka, [change for change, _ in reports])
        reader = await person(http, stack, "practitioner", "bench")
        officer = await person(http, stack, "shield-officer", "officer")
        return [await _shield(reader, officer, await _number(reader, criteria)) for _, criteria in reports]


async def _number(reader: Person, criteria: dict[str, object]) -> str:
    matches = await until(lambda: reader.found(criteria))
    return str(matches[0]["child_number"])


async def _shield(reader: Person, officer: Person, number: str) -> Shielding:
    seen = Seen()
    readers = [asyncio.create_task(_read(reader, number, seen)) for _ in range(_READERS)]
    await asyncio.sleep(_BEFORE)
    review_on = (clock.now() + timedelta(days=90)).date().isoformat()
    asked = monotonic()
    decision = {"child_number": number, "ground": "domestic-abuse", "review_on": review_on}
    answer = await officer.ask("shielding", "/v1/shields", decision)
    told, waited = time(), monotonic() - asked
    assert answer.status_code == 201, answer.status_code
    await asyncio.sleep(_AFTER)
    seen.stop = True
    await asyncio.gather(*readers)
    published = datetime.fromisoformat(answer.json()["published_at"]).timestamp()
    return Shielding(seen.last_open - published, waited, seen.last_open > told, seen.answers)


async def _read(reader: Person, number: str, seen: Seen) -> None:
    while not seen.stop:
        answer = await reader.ask("search", "/v1/views", {"reason": REASON, "child_number": number})
        arrived = time()
        answer.raise_for_status()
        seen.answers += 1
        if not answer.json()["restricted"]:
            seen.last_open = max(seen.last_open, arrived)
