"""Children made to order who are watched while they are shielded: what readers were told of them, and when.

Everything is told by one clock, the monotonic one of this process. An answer counts from the moment at which its
last byte is here; what came of one that was broken off counts as well.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from time import monotonic
from typing import Any, TypeVar

import httpx
from aiokafka import AIOKafkaProducer

from bench.changes import Change, change, publish
from bench.people import REASON, Person, until
from deploy.stack import Stack
from runtime import clock

_PAUSE = 0.005
_AFTER_TROUBLE = 0.05
_LOOK_AGAIN = 200
_PASSES = 10


@dataclass(frozen=True, repr=False)
class Watched:
    """A child like nobody else; ``serial`` makes up everything about it.

    One who is ``like`` another has that one's name and birth date: whether they are one child, a person must say.
    """

    serial: int
    number: str = ""
    like: int | None = None

    @property
    def identifier(self) -> dict[str, str]:
        """What finds the child alone."""
        return {"system": "nhs-number", "value": f"9{self.serial:09}"}

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """What an answer must not hold once the child is hidden, in whichever version it was reported."""
        return tuple(f"{word}{self.serial:06}q".encode() for word in ("Lane", "School", "Carer"))

    def report(self, version: int) -> Change:
        """What the child's source says in this version."""
        return change(self.message(version))

    def message(self, version: int) -> dict[str, Any]:
        """The same before it is published; each version has a home of its own."""
        lane, school, carer = (each.decode() for each in self.secrets[:3])
        name, born = self._name_and_birth()
        return {
            "type": "child-supplied",
            "message_id": f"watched-{self.serial}-{version}",
            "occurred_at": "2026-03-01T09:30:00Z",
            "source": "northshire-schools",
            "source_ref": f"watched-{self.serial}",
            "source_version": version,
            "child": {
                "names": [name],
                "date_of_birth": born,
                "gender": "female",
                "addresses": [{"lines": [f"{version} {lane}"], "town": "Northwick", "postcode": self._postcode}],
                "identifiers": [self.identifier],
                "carers": [{"name": carer, "relationship": "mother"}],
                "responsible_authority": "northshire",
            },
            "involvements": [{"ref": "1", "kind": "education", "organisation": school, "from": "2020-09-01"}],
        }

    @property
    def searches(self) -> tuple[dict[str, Any], ...]:
        """Criteria with something protected among them."""
        name, born = self._name_and_birth()
        by_home = {"given": name["given"], "date_of_birth": born, "postcode": self._postcode}
        return {"identifier": self.identifier}, by_home, {"child_number": self.number, "postcode": self._postcode}

    @property
    def _postcode(self) -> str:
        return f"Z{self.serial // 1000} {self.serial % 1000:03}Q"

    def _name_and_birth(self) -> tuple[dict[str, str], str]:
        dice = random.Random(self.serial if self.like is None else self.like)
        given, family = (
            "".join(dice.choice("bdfgklmnprstvz") + dice.choice("aeiou") for _ in range(5)).capitalize()
            for _ in range(2)
        )
        born = date(2009, 1, 1) + timedelta(days=dice.randrange(5000))
        return {"given": given, "family": family}, born.isoformat()


W = TypeVar("W", bound=Watched)


async def reported(stack: Stack, client: AIOKafkaProducer, reader: Person, children: Sequence[W]) -> list[W]:
    """The children with their numbers, once each can be found."""
    await publish(client, stack.kafka, [child.report(1) for child in children])
    found: list[W] = []
    for child in reversed(children):  # whoever finds the last one finds all, nearly always
        matches = await until(lambda child=child: reader.found({"identifier": child.identifier}))  # type: ignore[misc]
        found.append(replace(child, number=str(matches[0]["child_number"])))
    return found[::-1]


def made_to_order(serials: Iterable[int]) -> list[Watched]:
    """Children with these serials."""
    return [Watched(serial) for serial in serials]


@dataclass
class Seen:
    """What readers of one child were told: when an answer told what is protected, and how many there were."""

    told: list[float] = field(default_factory=list)
    answers: int = 0
    stop: bool = False
    pause: float = _PAUSE

    def told_within(self, begin: float, end: float = float("inf")) -> int:
        """How many answers told something protected after ``begin`` and before ``end``."""
        return sum(begin < at < end for at in self.told)


async def watch(reader: Person, url: str, child: Watched, seen: Seen, dice: random.Random) -> None:
    """Ask one process about a child, hardly with a pause, by view and by search in turn, until it is enough."""
    questions = [("/v1/views", {"reason": REASON, "child_number": child.number}, child.secrets)] * 3
    for criteria in child.searches:
        # A search shows nothing protected; that it finds somebody tells as much.
        questions.append(("/v1/searches", {"reason": REASON, "criteria": criteria}, (b'"child_number"',)))
    while not seen.stop:
        path, body, telling = dice.choice(questions)
        got = await _received(reader, url + path, body)
        if got and any(each in got for each in telling):
            seen.told.append(monotonic())
        seen.answers += bool(got)
        await asyncio.sleep(seen.pause if got else _AFTER_TROUBLE)


async def _received(reader: Person, url: str, body: dict[str, Any]) -> bytes:
    """All bytes of the answer that came, whatever became of it then."""
    got = b""
    try:
        async with reader.asking(url, body) as answer:
            async for some in answer.aiter_raw():
                got += some
    except httpx.TransportError:
        pass
    return got


async def fenced(officer: Person, number: str) -> tuple[str, float, float]:
    """Shield a child; returns the shield's id, and when that was asked for and the officer told that it is so."""
    asked = monotonic()
    review_on = (clock.now() + timedelta(days=90)).date().isoformat()
    decision = {"child_number": number, "ground": "domestic-abuse", "review_on": review_on}
    answer = await officer.ask("shielding", "/v1/shields", decision)
    while answer.status_code == 409 and answer.json()["type"].endswith("being-lifted"):
        # The lift of an earlier shield is kept, and on its way: the officer is told to shield again in a moment.
        await asyncio.sleep(_AFTER_TROUBLE)
        asked = monotonic()
        answer = await officer.ask("shielding", "/v1/shields", decision)
    assert answer.status_code in {201, 202}, answer.status_code
    said = answer.json()
    while not said["hidden"]:
        # The registry is behind: the officer is told so, and looks again.
        await asyncio.sleep(_AFTER_TROUBLE)
        said = await officer.look("shielding", f"/v1/shields/{said['shield_id']}")
    # What has arrived by now, and only waits until this process gets round to reading it, came before that.
    for _ in range(_PASSES):
        await asyncio.sleep(0)
    told = monotonic()
    return str(said["shield_id"]), asked, told


async def lifted(officers: Sequence[Person], shield_id: str) -> float:
    """Have two officers lift a shield; returns the moment before which it was in force for certain."""
    path = f"/v1/shields/{shield_id}"
    await _done(lambda: officers[0].ask("shielding", f"{path}/lift-requests", {}))
    before = monotonic()

    async def approve() -> httpx.Response:
        nonlocal before
        revision = (await officers[1].look("shielding", path))["revision"]
        before = monotonic()
        return await officers[1].ask("shielding", f"{path}/lift-approvals", {"revision": revision})

    await _done(approve)
    return before


async def _done(act: Callable[[], Awaitable[httpx.Response]]) -> None:
    """Have an officer act, looking again where a receipt came in between or something is not counted yet."""
    for _ in range(_LOOK_AGAIN):
        answer = await act()
        # 202: decided and kept; on a slow machine Kafka acknowledges it only after the officer was answered.
        if answer.status_code in {201, 202}:
            return
        assert answer.status_code == 409, answer.status_code
        await asyncio.sleep(_AFTER_TROUBLE)
    raise AssertionError("the lift was never carried out")
