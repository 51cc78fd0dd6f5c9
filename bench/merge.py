"""Measures how long after a data manager's word search follows it: a merge, its undoing, a split.

Two sources report a child alike in all but the NHS number, which no machine joins; a data manager says that it is
one, takes that back, says it again, and parts the two at last. The time runs from the answer to each word until
every child number leads to the record that it should. Nothing else goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from time import monotonic
from typing import Any

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
_WORDS = (
    "merge decided to shown as one",
    "merge undone to shown as two",
    "records merged to shown as one",
    "record split to shown as two",
)


def measure(place: Place, sizes: Sizes) -> list[Figure]:
    """Percentiles, beside the second that is asked for."""
    taken = uvloop.run(_measure(place.stack, sizes.samples))
    return [
        Figure(f"{word}, {name}", percentile(seconds, percent) * 1000, "ms", _ASKED, "asked for")
        for word, seconds in zip(_WORDS, zip(*taken, strict=True), strict=True)
        for name, percent in (("p50", 50), ("p95", 95), ("max", 100))
    ]


async def _measure(stack: Stack, samples: int) -> list[list[float]]:
    async with connected() as http, producer(stack.kafka) as client:
        asking = await person(http, stack, "practitioner", "bench")
        managing = await person(http, stack, "data-manager", "bench-manager")
        numbers = nhs_numbers(1)
        return [await _sample(stack, client, asking, managing, numbers) for _ in range(samples)]


async def _sample(
    stack: Stack, client: AIOKafkaProducer, asking: Person, managing: Person, numbers: Iterator[str]
) -> list[float]:
    """The seconds after each of the words."""
    pair = list(islice(numbers, 2))
    await publish(client, stack.kafka, _reports(pair))
    found = [await until(lambda nhs=nhs: asking.found({"identifier": identifier(nhs)})) for nhs in pair]  # type: ignore[misc]
    children = {each["child_number"] for matches in found for each in matches}
    review = await until(lambda: _review(managing, children))
    compared = await managing.look("registry", f"/v1/reviews/{review}")
    seen = {each["child_number"]: each["revision"] for each in compared["children"]}
    words = _Words(asking, managing, pair)
    said, as_one = await words.say(f"/v1/reviews/{review}/decisions", seen, children, one=True, verdict="same")
    _, undone = await words.say(f"/v1/merges/{said['decision_id']}/undoings", None, children, one=False)
    _, merged = await words.say("/v1/merges", await words.revisions(), children, one=True)
    whom = {"source": _SOURCES[1], "source_ref": _ref(pair[1])}
    _, parted = await words.say("/v1/splits", await words.revisions(), children, one=False, source_records=[whom])
    return [as_one, undone, merged, parted]


@dataclass(frozen=True)
class _Words:
    """A data manager's words on the records of one pair of sources."""

    asking: Person
    managing: Person
    pair: list[str]

    async def say(
        self, path: str, seen: dict[str, int] | None, children: set[str], *, one: bool, **more: Any
    ) -> tuple[dict[str, Any], float]:
        """The answer to a word that makes the children ``one`` or not, and the seconds until search shows it."""
        body = {} if seen is None else {"reason": "A measure.", "seen": seen, **more}
        answer = (await self.managing.ask("registry", path, body)).raise_for_status()
        said = monotonic()
        await until(lambda: self._is_followed(children, one=one))
        return answer.json(), monotonic() - said

    async def numbers(self) -> set[str]:
        """The numbers of the children that the two records are of."""
        paths = (f"/v1/source-records/{s}/{_ref(nhs)}" for s, nhs in zip(_SOURCES, self.pair, strict=True))
        return {(await self.managing.look("registry", path))["child_number"] for path in paths}

    async def revisions(self) -> dict[str, int]:
        """Those children as a data manager sees them."""
        records = [await self.managing.look("registry", f"/v1/records/{each}") for each in await self.numbers()]
        return {each["child_number"]: each["revision"] for each in records}

    async def _is_followed(self, children: set[str], *, one: bool) -> bool:
        """Whether search shows the same record under each number, or another under each."""
        answers = [
            await self.asking.ask("search", "/v1/views", {"reason": REASON, "child_number": each})
            for each in children
        ]
        found = [each for each in answers if each.status_code != 404]
        shown = {each.raise_for_status().json()["child_number"] for each in found}
        return len(found) == len(children) and len(shown) == (1 if one else len(children))


async def _review(managing: Person, children: set[str]) -> str | None:
    """The review of these two, once there is one."""
    reviews = (await managing.look("registry", "/v1/reviews"))["reviews"]
    return next((each["id"] for each in reviews if set(each["child_numbers"]) == children), None)


def _ref(nhs: str) -> str:
    return f"merge-{nhs}"


def _reports(pair: list[str]) -> list[Change]:
    """A child of its own name and home, as two sources have it."""
    # Letters, because digits are no part of a name.
    family = "O" + "".join(chr(ord("a") + int(digit)) for digit in pair[0])
    home = f"{int(pair[0][-5:])} Mill Lane"
    return [
        report(source, _ref(nhs), nhs, family=family, line=home)
        for source, nhs in zip(_SOURCES, pair, strict=True)
    ]
