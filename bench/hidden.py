"""Children who are hidden and children who do not exist, alike but for that; and what is asked about either."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeVar

from aiokafka import AIOKafkaProducer

from bench.casting import Cast, corrected
from bench.changes import change, publish
from bench.people import REASON, Person, until
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
class Subject:
    """Somebody to ask about: what is protected of them, and the child number, which may be nobody's.

    ``former`` is a number that was merged into it.
    """

    number: str
    identity: dict[str, Any]
    former: str = ""
    also: tuple[str, ...] = ()
    """Whom the identifier leads to as well: a twin, where a source has mistaken one for the other."""


@dataclass(frozen=True, repr=False)
class Hidden:
    """Who is shielded, who is held, and who does not exist: ``absent`` as the first, ``nobody`` as the second."""

    shielded: Sequence[Subject]
    held: Sequence[Subject]
    absent: Sequence[Subject]
    nobody: Sequence[Subject]


async def reported(cast: Cast, stack: Stack, client: AIOKafkaProducer, reader: Person) -> Hidden:
    """All of them, once each can be found who exists; nobody is hidden yet."""
    told = [message for child in (*cast.known, *cast.bystanders) for message in child.changes]
    # Strangers come last, so that whoever finds the last of them finds everybody.
    told += [*cast.namesakes, *cast.strangers]
    await publish(client, stack.kafka, [change(message) for message in told])
    namesakes = [Subject("", message["child"]) for message in cast.namesakes]
    strangers = [Subject("", message["child"]) for message in cast.strangers]
    known = [_subject(child.record) for child in cast.known]
    for subject in (*strangers[-1:], *strangers[:-1], *namesakes, *known):
        await until(lambda subject=subject: _numbers(reader, subject))  # type: ignore[misc]
    namesakes, strangers, known = [
        await at_once(lambda subject: _found(reader, subject), group) for group in (namesakes, strangers, known)
    ]
    news = map(corrected, cast.strangers, cast.namesakes)
    await publish(client, stack.kafka, [change(message) for message in news])
    two = zip(namesakes, strangers, strict=True)
    held = await at_once(lambda both: _merged(reader, *both), two)
    nobody = [Subject(new_child_number(), each["child"], new_child_number()) for each in cast.unsaid]
    return Hidden(known, held, [_subject(record) for record in cast.absent], nobody)


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
        return (await reader.ask(*view(subject.number))).status_code == 404

    await at_once(lambda subject: until(lambda: is_gone(subject), _LOOK_EVERY), subjects)


def view(number: str) -> tuple[str, str, dict[str, Any]]:
    """A look at the record, as a person asks for it."""
    return "search", "/v1/views", {"reason": REASON, "child_number": number}


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


async def _merged(reader: Person, one: Subject, other: Subject) -> Subject:
    """Those two once they are one child, who goes by the number of either."""

    async def merged() -> Sequence[str]:
        numbers = await _numbers(reader, one)
        return numbers if len(numbers) == 1 and not await _numbers(reader, other) else ()

    (number,) = await until(merged, _LOOK_EVERY)
    return replace(one, number=number, former=one.number if number == other.number else other.number)


async def _numbers(reader: Person, subject: Subject) -> list[str]:
    criteria = next(criteria for kind, criteria in searches(subject) if kind == "identifier")
    return [str(match["child_number"]) for match in await reader.found(criteria)]


def _subject(record: RecordPublished) -> Subject:
    identity = record.identity.model_dump(mode="json", exclude_none=True)
    return Subject(new_child_number(), identity, former=new_child_number())


def _days(born: str, days: int) -> str:
    return (date.fromisoformat(born) + timedelta(days=days)).isoformat()


def _sounds_alike(one: str, other: str) -> bool:
    heard = ({sound(word) for word in family_words(name)} for name in (one, other))
    return not next(heard).isdisjoint(next(heard))
