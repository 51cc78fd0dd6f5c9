"""Measures how long after a data manager's word that two records are one child search shows them as one.

Two sources report a child alike in all but the NHS number, which no machine joins; a data manager says that it is
one. The time runs from the answer to that until both child numbers lead to one record. Nothing else goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from time import monotonic

import uvloop
from aiokafka import AIOKafkaProducer

from bench.changes import Change, identifier, publish, report
from bench.figures import Figure, percentile
from bench.people import REASON, Person, connected, person, until
from bench.place import Place, Sizes
from cli.kafka import producer
from deploy.stack import Stack
from generator.identifiers import nhs_numbers

_ASKED = 1000.0
_SOURCES = ("northshire-schools", "northshire-gp")


def measure(place: Place, sizes: Sizes) -> list[Figure]:
    """Percentiles, beside the second that is asked for."""
    taken = uvloop.run(_measure(place.stack, sizes.samples))
    return [
        Figure(
            f"merge decided to shown as one, {name}", percentile(taken, percent) * 1000, "ms", _ASKED, "asked for"
        )
        for name, percent in (("p50", 50), ("p95", 95), ("max", 100))
    ]


async def _measure(stack: Stack, samples: int) -> list[float]:
    async with connected() as http, producer(stack.kafka) as client:
        asking = await person(http, stack, "practitioner", "bench")
        managing = await person(http, stack, "data-manager", "bench-manager")
        numbers = nhs_numbers(1)
        return [await _merged(stack, client, asking, managing, numbers) for _ in range(samples)]


async def _merged(
    stack: Stack, client: AIOKafkaProducer, asking: Person, managing: Person, numbers: Iterator[str]
) -> float:
    pair = list(islice(numbers, 2))
    await publish(client, stack.kafka, _reports(pair))
    found = [await until(lambda nhs=nhs: asking.found({"identifier": identifier(nhs)})) for nhs in pair]  # type: ignore[misc]
    children = {each["child_number"] for matches in found for each in matches}
    review = await until(lambda: _review(managing, children))
    compared = await managing.look("registry", f"/v1/reviews/{review}")
    seen = {each["child_number"]: each["revision"] for each in compared["children"]}
    word = {"verdict": "same", "reason": "A measure.", "seen": seen}
    (await managing.ask("registry", f"/v1/reviews/{review}/decisions", word)).raise_for_status()
    decided = monotonic()
    await until(lambda: _is_one(asking, children))
    return monotonic() - decided


async def _review(managing: Person, children: set[str]) -> str | None:
    """The review of these two, once there is one."""
    reviews = (await managing.look("registry", "/v1/reviews"))["reviews"]
    return next((each["id"] for each in reviews if set(each["child_numbers"]) == children), None)


async def _is_one(asking: Person, children: set[str]) -> bool:
    """Whether each of the child numbers leads to the same record."""
    answers = [
        await asking.ask("search", "/v1/views", {"reason": REASON, "child_number": each}) for each in children
    ]
    return len({answer.raise_for_status().json()["child_number"] for answer in answers}) == 1


def _reports(pair: list[str]) -> list[Change]:
    """A child of its own name and home, as two sources have it."""
    # Letters, because digits are no part of a name.
    family = "O" + "".join(chr(ord("a") + int(digit)) for digit in pair[0])
    home = f"{int(pair[0][-5:])} Mill Lane"
    return [
        report(source, f"merge-{nhs}", nhs, family=family, line=home)
        for source, nhs in zip(_SOURCES, pair, strict=True)
    ]
