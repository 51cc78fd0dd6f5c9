"""Children who are hidden and children who do not exist, alike but for that; and what is asked about either."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import Any, TypeVar

from aiokafka import AIOKafkaProducer

from bench.changes import change, publish
from bench.people import REASON, Person, until
from bench.questions import Someone, people, someone
from contracts.child_number import new_child_number
from contracts.records import RecordPublished
from deploy.stack import Stack
from likeness.naming import family_words
from likeness.phonetics import sound
from runtime import clock

T = TypeVar("T")
R = TypeVar("R")

_SHIELDED_AT_ONCE = 100
_LOOK_EVERY = 0.25
"""Seconds; hundreds are waited for, and asking without a pause keeps the services from what is waited for."""


@dataclass(frozen=True, repr=False)
class Cast:
    """Made-up children: to be shielded, never reported, and reported but nothing to do with either.

    ``namesakes`` are what another source says of each of the first: perhaps the same child, so they are held.
    """

    known: Sequence[Someone]
    absent: Sequence[RecordPublished]
    bystanders: Sequence[Someone]
    namesakes: Sequence[dict[str, Any]]


@dataclass(frozen=True, repr=False)
class Subject:
    """Somebody to ask about: what is protected of them, and the child number, which may be nobody's."""

    number: str
    identity: dict[str, Any]
    also: tuple[str, ...] = ()
    """Whom the identifier leads to as well: a twin, where a source has mistaken one for the other."""


@dataclass(frozen=True, repr=False)
class Hidden:
    """Who is shielded, who is held, and who does not exist."""

    shielded: Sequence[Subject]
    held: Sequence[Subject]
    absent: Sequence[Subject]


def cast(each: int, seed: int) -> Cast:
    """So many of ``each``; those who exist and those who do not are dealt out of the same families."""
    fit = (made for child in people(4 * each, seed) if (made := _agreed(child)) and _is_fit(made.record))
    dealt = random.Random(seed).sample(list(islice(fit, 2 * each)), 2 * each)
    known, others = dealt[:each], dealt[each:]
    namesakes = [_namesake(child, serial) for serial, child in enumerate(known)]
    bystanders = list(islice(people(each, seed + 1), each // 6))
    return Cast(known, [child.record for child in others], bystanders, namesakes)


async def reported(cast: Cast, stack: Stack, client: AIOKafkaProducer, reader: Person) -> Hidden:
    """All of them, once each can be found who exists; nobody is hidden yet."""
    told = [message for child in (*cast.known, *cast.bystanders) for message in child.changes]
    # Namesakes come last, so that whoever finds the last of them finds everybody.
    await publish(client, stack.kafka, [change(message) for message in (*told, *cast.namesakes)])
    namesakes = [Subject("", message["child"]) for message in cast.namesakes]
    known = [_subject(child.record) for child in cast.known]
    for subject in (*namesakes[-1:], *namesakes[:-1], *known):
        await until(lambda subject=subject: _numbers(reader, subject))  # type: ignore[misc]
    held = await at_once(lambda subject: _found(reader, subject), namesakes)
    shielded = await at_once(lambda subject: _found(reader, subject), known)
    return Hidden(shielded, held, [_subject(record) for record in cast.absent])


async def shielded(officer: Person, subjects: Iterable[Subject]) -> list[str]:
    """Shield them all by every number that leads to them; returns the shields' ids, once all of these are fenced.

    The registry may be away: officers are not told "hidden everywhere" then.
    """
    review_on = (clock.now() + timedelta(days=90)).date().isoformat()

    async def place(number: str) -> str:
        decision = {"child_number": number, "ground": "domestic-abuse", "review_on": review_on}
        answer = await officer.ask("shielding", "/v1/shields", decision)
        assert answer.status_code in {201, 202}, answer.status_code
        shield_id = str(answer.json()["shield_id"])

        async def fenced() -> bool:
            return "fenced_at" in await officer.look("shielding", f"/v1/shields/{shield_id}")

        if "fenced_at" not in answer.json():
            await until(fenced, _LOOK_EVERY)
        return shield_id

    numbers = (number for subject in subjects for number in (subject.number, *subject.also))
    return await at_once(place, dict.fromkeys(numbers), _SHIELDED_AT_ONCE)


async def scrubbed(officer: Person, shield_ids: Iterable[str]) -> None:
    """Return once every store is rewritten for each of these shields."""

    async def done(shield_id: str) -> bool:
        return bool((await officer.look("shielding", f"/v1/shields/{shield_id}"))["status"] == "scrubbed")

    await at_once(lambda shield_id: until(lambda: done(shield_id), _LOOK_EVERY), shield_ids)


async def gone(reader: Person, subjects: Iterable[Subject]) -> None:
    """Return once none of these can be viewed any more."""

    async def is_gone(subject: Subject) -> bool:
        return (await reader.ask(*view(subject))).status_code == 404

    await at_once(lambda subject: until(lambda: is_gone(subject), _LOOK_EVERY), subjects)


def view(subject: Subject) -> tuple[str, str, dict[str, Any]]:
    """A look at the record, as a person asks for it."""
    return "search", "/v1/views", {"reason": REASON, "child_number": subject.number}


def searches(subject: Subject) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every kind of search by something protected, alone or beside what is visible; those that apply."""
    identity = subject.identity
    name, born = identity["names"][0], identity["date_of_birth"]
    names = {"given": name["given"], "family": name["family"]}
    identifier = {"identifier": identity["identifiers"][0]}
    postcode = {"postcode": next(each["postcode"] for each in identity["addresses"] if each.get("postcode"))}
    around = {"from": _days(born, -300), "to": _days(born, 300)}
    yield "identifier", identifier
    yield "identifier and names", {**identifier, **names, "date_of_birth": born}
    yield "given name, birth date and postcode", {"given": name["given"], "date_of_birth": born, **postcode}
    yield "names, birth date and postcode", {**names, "date_of_birth": born, **postcode}
    yield "names, range and postcode", {**names, "date_of_birth_range": around, **postcode}
    yield "child number and postcode", {"child_number": subject.number, **postcode}
    yield "child number and identifier", {"child_number": subject.number, **identifier}
    for former in identity["names"][1:]:
        if former["use"] == "former" and not _sounds_alike(former["family"], name["family"]):
            yield "former name", {"family": former["family"], "date_of_birth": born}
    yield "too little", {"family": name["family"], **postcode}


def asked_by(criteria: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """A search, as a person asks it."""
    return "search", "/v1/searches", {"reason": REASON, "criteria": criteria}


async def at_once(act: Callable[[T], Awaitable[R]], each: Iterable[T], most: int = 24) -> list[R]:
    """What ``act`` makes of each, at ``most`` so many at a time."""
    gate = asyncio.Semaphore(most)

    async def one(about: T) -> R:
        async with gate:
            return await act(about)

    return list(await asyncio.gather(*map(one, each)))


async def _found(reader: Person, subject: Subject) -> Subject:
    number, *also = await _numbers(reader, subject)
    return replace(subject, number=number, also=tuple(also))


async def _numbers(reader: Person, subject: Subject) -> list[str]:
    criteria = next(criteria for kind, criteria in searches(subject) if kind == "identifier")
    return [str(match["child_number"]) for match in await reader.found(criteria)]


def _subject(record: RecordPublished) -> Subject:
    return Subject(new_child_number(), record.identity.model_dump(mode="json", exclude_none=True))


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


def _namesake(child: Someone, serial: int) -> dict[str, Any]:
    """What a hospital says of a child of the same name and birthday, with a home and an NHS number of its own."""
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
        "source": "northshire-hospital",
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


def _days(born: str, days: int) -> str:
    return (date.fromisoformat(born) + timedelta(days=days)).isoformat()


def _sounds_alike(one: str, other: str) -> bool:
    heard = ({sound(word) for word in family_words(name)} for name in (one, other))
    return not next(heard).isdisjoint(next(heard))
