"""What data managers are shown of other authorities' children is under the shield's fence, the queue included."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from typing import Any, cast

import pytest
from fastapi import Request

from contracts.codec import encode
from contracts.shields import ShieldPlaced
from runtime import clock
from runtime.fence import Fence
from runtime.problems import ProblemError
from runtime.settings import KafkaSettings, LeaseSettings
from runtime.shields import Shields
from runtime.tokens import Caller
from services.registry.children import ChildRecord, Verdict
from services.registry.matters import authority_of
from services.registry.reading import Reading
from services.registry.wanted import Wanted
from tests.children import nhs
from tests.registry.settled import POLICY, Area, change
from tests.registry.test_contesting import corrected
from tests.registry.test_deciding import FIRST, HOME, OTHER, probable
from tests.registry.test_matters import hold_and_doubt, two


def manager_of(authority: str) -> Caller:
    """A data manager."""
    return Caller("a-manager", frozenset({"data-manager"}), authority, authority, None)


MANAGER = manager_of("northshire")


class Waiting:
    """The records, and the audit log: what was said to be shown."""

    def __init__(self, area: Area) -> None:
        self.children = list(area.children.values())
        self.shown: list[Collection[str]] = []
        self.meanwhile: list[list[ChildRecord]] = []
        """What the records have become each time that something was audited."""

    async def matters(self, authority: str, _: int, **__: bool) -> list[ChildRecord]:
        return [child for child in self.children if authority_of(child) == authority]

    async def present(self, number: str) -> ChildRecord | None:
        return next((child for child in self.children if child.number == number), None)

    async def near(self, wanted: Wanted) -> list[ChildRecord]:
        return [child for child in self.children if any(each.key in wanted.sources for each in child.sources)]

    async def in_doubt_with(self, children: Collection[ChildRecord]) -> list[ChildRecord]:
        return await self.near(Wanted(sources={key for child in children for key in child.doubted}))

    async def get(self, numbers: Collection[str]) -> list[ChildRecord]:
        return [child for child in self.children if child.number in numbers]

    async def revisions(self, numbers: Collection[str]) -> dict[str, int]:
        return {child.number: child.revision for child in self.children if child.number in numbers}

    async def record(self, *_: object, children: Collection[str], **__: object) -> None:
        self.shown.append(children)
        if self.meanwhile:
            self.children = self.meanwhile.pop(0)


class Placed:
    """The word on a shield, as Kafka's client hands it over."""

    def __init__(self, number: str) -> None:
        placed = ShieldPlaced(child_number=number, shield_id="s", occurred_at=clock.now())
        self.offset, self.key, self.value = 0, number.encode(), encode(placed)


def reading_of(area: Area) -> tuple[Reading, Shields, Waiting]:
    """What data managers see of the area, and the shields and the log behind it; nobody has a lease yet."""
    lease = LeaseSettings(wait=0.0)
    shields = Shields("registry", KafkaSettings(), lease)
    waiting: Any = Waiting(area)
    fence = Fence(shields, lease)
    return Reading(waiting, shields, fence, waiting, policy=POLICY, central_team=lambda _: ()), shields, waiting


async def test_whom_another_authority_has_just_shielded_waits_in_nobody_elses_queue_marked_or_not() -> None:
    area = AREA
    reading, shields, waiting = reading_of(area)
    assert await reading.queue(MANAGER, Request({"type": "http"})) == []  # without a lease nobody knows
    shields._lease.polled(clock.monotonic(), 0, 0)
    request = Request({"type": "http"})
    (review,) = await reading.queue(MANAGER, request)
    assert set(review.child_numbers) == set(waiting.shown[-1])
    assert "signpost_deadline" in request.scope
    shields._take(cast("Any", Placed(area.of("school/1").number)))
    assert await reading.queue(MANAGER, Request({"type": "http"})) == []
    assert waiting.shown[-1] == []


async def seen_by(area: Area, authority: str) -> dict[str, set[frozenset[str]]]:
    """What the authority's data managers get of each two records, by how they ask for them."""
    reading, shields, _ = reading_of(area)
    shields._lease.polled(clock.monotonic(), 0, 0)
    caller, request = manager_of(authority), Request({"type": "http"})
    queue = {frozenset(each.child_numbers) for each in await reading.queue(caller, request)}
    key_of = {child.number: child.sources[0].key for child in area.children.values()}
    seen: dict[str, set[frozenset[str]]] = {"queue": {frozenset(map(key_of.__getitem__, pair)) for pair in queue}}
    for one, other in combinations(sorted(key_of), 2):
        keys = frozenset({key_of[one], key_of[other]})
        for name, asked in (
            ("comparison", reading.comparison(caller, request, f"{one}-{other}")),
            ("explanation", reading.explanation(caller, request, *sorted(keys))),
        ):
            with suppress(ProblemError):
                await asked
                seen.setdefault(name, set()).add(keys)
    return seen


async def test_a_held_child_is_shown_to_nobody_but_those_whose_shielded_child_it_may_be() -> None:
    # southshire's is shielded, northshire's is held for it and in doubt with one of eastmoor's as well.
    assert await seen_by(HELD, "northshire") == {"queue": set()}
    eastmoors = {frozenset({"visitor/1", "care/1"})}
    assert await seen_by(HELD, "eastmoor") == {"queue": set(), "comparison": eastmoors, "explanation": eastmoors}
    hold = {frozenset({"gp/1", "school/1"})}
    assert await seen_by(HELD, "southshire") == {"queue": hold, "comparison": hold, "explanation": hold}


async def test_once_it_is_decided_the_other_doubt_comes_up_and_the_decision_can_be_looked_at() -> None:
    doubt = frozenset({"school/1", "visitor/1"})
    assert await seen_by(RELEASED, "northshire") == {
        "queue": {doubt},
        "comparison": {doubt},
        "explanation": {doubt},
    }
    decided = {frozenset({"gp/1", "school/1"})}
    southshires = await seen_by(RELEASED, "southshire")
    assert southshires == {"queue": set(), "comparison": decided, "explanation": decided}


async def test_who_said_that_it_is_another_child_does_not_learn_that_it_is_held_for_a_third_ones_sake() -> None:
    assert (await seen_by(TWICE_HELD, "midholme"))["comparison"] == {frozenset({"justice/1", "school/1"})}
    assert await seen_by(TWICE_HELD, "southshire") == {"queue": set()}


async def test_nobody_reads_another_authoritys_record_by_pairing_it_with_one_that_it_is_not_like() -> None:
    assert (await seen_by(OPEN, "eastmoor"))["comparison"] == {
        frozenset({"visitor/1", "care/1"}),
        frozenset({"school/1", "visitor/1"}),
    }


def of_two_shielded() -> Area:
    """northshire's may be midholme's shielded child as well as southshire's."""
    area = hold_and_doubt()
    area.settle(
        change("justice", given="Marguerite", family="Quill", born="2014-05-06", responsible_authority="midholme")
    )
    for key in ("gp/1", "justice/1"):
        area.shield(area.of(key).number)
    return area


def different(area: Area, one: str, other: str) -> Area:
    """The area once a data manager has said so."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    area.say(Verdict("v", "different", frozenset({one}), frozenset({other}), "a-manager", at, "because"))
    return area


# Settled before any loop runs: it runs its own.
AREA = two()
OPEN = hold_and_doubt()
HELD = hold_and_doubt(shielded=["gp/1"])
RELEASED = different(hold_and_doubt(shielded=["gp/1"]), "gp/1", "school/1")
TWICE_HELD = different(of_two_shielded(), "gp/1", "school/1")
CONTESTED, CONTESTED_AND_SHIELDED = corrected(), corrected()
CONTESTED_AND_SHIELDED.shield(CONTESTED_AND_SHIELDED.of("gp/1").number)


async def test_an_authoritys_own_record_and_status_leave_within_the_deadline_too() -> None:
    reading, _, _ = reading_of(AREA)
    number = AREA.of("gp/1").number
    for look in (
        lambda request: reading.record(MANAGER, request, number),
        lambda request: reading.status_of(MANAGER, request, "gp/1"),
        lambda request: reading.refusals(MANAGER, request),
    ):
        request = Request({"type": "http"})
        await look(request)
        assert "signpost_deadline" in request.scope


@pytest.mark.parametrize("area", [CONTESTED, CONTESTED_AND_SHIELDED], ids=["shielded by nobody", "shielded"])
async def test_a_child_whose_records_contradict_a_word_is_compared_with_itself_by_its_own_authority_alone(
    area: Area,
) -> None:
    reading, shields, waiting = reading_of(area)
    shields._lease.polled(clock.monotonic(), 0, 0)
    child, request = area.of("gp/1"), Request({"type": "http"})
    (review,) = await reading.queue(MANAGER, request)
    assert review.child_numbers == (child.number, child.number)
    assert waiting.shown[-1] == [child.number]
    found = await reading.comparison(MANAGER, request, review.id)
    assert waiting.shown[-1] == [child.number]
    sides = found["children"]
    assert [each["source_records"] for each in sides] == [["gp/1"], ["school/1"]]
    assert {(each["child_number"], each["revision"]) for each in sides} == {(child.number, child.revision)}
    agree = {each["field"]: each["agree"] for each in found["fields"]}
    assert (agree["date_of_birth"], agree["identifiers"], agree["addresses"]) == (True, False, False)
    assert found["explanation"]["contradiction"] == "different-nhs-numbers"
    assert found["explanation"]["hold"] is None
    officer = Caller("an-officer", frozenset({"shield-officer"}), "northshire", "northshire", None)
    for stranger in (manager_of("eastmoor"), officer):
        assert await reading.queue(stranger, request) == []
        for look in (
            reading.comparison(stranger, request, review.id),
            reading.explanation(stranger, request, "gp/1", "school/1"),
        ):
            with pytest.raises(ProblemError):
                await look


def refused_of_both() -> Area:
    """Two shielded children of one authority of whom nothing usable ever came."""
    area = Area()
    for source in ("gp", "school"):
        area.settle(change(source, identifiers=[nhs("9990000018"), nhs("9990000026")]))
        area.shield(area.of(f"{source}/1").number)
    return area


BOTH_REFUSED = refused_of_both()


async def test_what_was_refused_of_two_children_is_not_explained() -> None:
    assert BOTH_REFUSED.of("gp/1").sources[0].refused
    assert "explanation" not in await seen_by(BOTH_REFUSED, "northshire")


async def test_a_child_about_whom_nothing_is_asked_is_not_compared_with_itself() -> None:
    reading, shields, _ = reading_of(AREA)
    shields._lease.polled(clock.monotonic(), 0, 0)
    number = AREA.of("gp/1").number
    for asked in (f"{number}-{number}", "0000000000-0000000000"):
        with pytest.raises(ProblemError):
            await reading.comparison(MANAGER, Request({"type": "http"}), asked)


def moved() -> tuple[Area, list[ChildRecord]]:
    """Two children in doubt, one with something refused; and the same once another authority has both."""
    area = probable()
    area.settle(change("gp", 2, born="1850-01-01"))
    before = copy(area)
    before.records = copy(area.records)
    before.records.documents = dict(area.records.documents)
    amelia = {"given": "Amelia", "family": "Okafor", "addresses": HOME, "responsible_authority": "eastmoor"}
    area.settle(change("gp", 3, identifiers=FIRST, **amelia), change("school", 3, identifiers=OTHER, **amelia))
    return before, list(area.children.values())


BEFORE, MOVED = moved()


def refused(*, was_usable: bool) -> Area:
    """A source says what cannot be; perhaps what it said before could."""
    area = Area()
    for version in (1, 2) if was_usable else (2,):
        area.settle(change("gp", version, born="2015-04-09" if version == 1 else "1850-01-01"))
    return area


REFUSED = {was_usable: refused(was_usable=was_usable) for was_usable in (True, False)}


@pytest.mark.parametrize("what", ["record", "status_of", "refusals", "queue", "comparison", "explanation"])
async def test_a_child_who_goes_to_another_authority_while_the_answer_is_audited_is_shown_to_that_one_alone(
    what: str,
) -> None:
    reading, shields, waiting = reading_of(BEFORE)
    shields._lease.polled(clock.monotonic(), 0, 0)
    one, other = BEFORE.of("gp/1").number, BEFORE.of("school/1").number
    asked = {"record": (one,), "status_of": ("gp/1",), "comparison": (f"{one}-{other}",)}
    asked |= {"explanation": ("gp/1", "school/1")}

    async def ask() -> object:
        with suppress(ProblemError):
            return await getattr(reading, what)(MANAGER, Request({"type": "http"}), *asked.get(what, ()))
        return None

    assert await ask()
    waiting.meanwhile = [MOVED]
    assert not await ask()
    assert len(waiting.shown) == 3


async def test_a_process_that_pauses_after_its_look_at_the_records_looks_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading, _, waiting = reading_of(BEFORE)
    look, monotonic, paused = waiting.revisions, clock.monotonic, 0.0

    async def looked_and_paused(numbers: Collection[str]) -> dict[str, int]:
        nonlocal paused
        found = await look(numbers)
        waiting.children, paused = MOVED, paused or 5.0
        return found

    monkeypatch.setattr(waiting, "revisions", looked_and_paused)
    monkeypatch.setattr(clock, "monotonic", lambda: monotonic() + paused)
    with pytest.raises(ProblemError) as problem:
        await reading.record(MANAGER, Request({"type": "http"}), BEFORE.of("gp/1").number)
    assert (problem.value.status, len(waiting.shown)) == (404, 2)


async def test_who_asks_for_what_keeps_changing_is_told_to_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, _, waiting = reading_of(AREA)
    number = AREA.of("gp/1").number

    async def newer(numbers: Collection[str]) -> dict[str, int]:
        return dict.fromkeys(numbers, 99)

    monkeypatch.setattr(waiting, "revisions", newer)
    with pytest.raises(ProblemError) as problem:
        await reading.record(MANAGER, Request({"type": "http"}), number)
    assert (problem.value.status, problem.value.kind) == (503, "records-unsettled")


@pytest.mark.parametrize("was_usable", [True, False])
async def test_a_refused_version_of_what_was_usable_once_does_not_hide_the_child_that_it_is_joined_to(
    was_usable: bool,
) -> None:
    area = REFUSED[was_usable]
    reading, _, _ = reading_of(area)
    told = await reading.status_of(MANAGER, Request({"type": "http"}), "gp/1")
    assert told == {"status": "refused"} | ({"child_number": area.of("gp/1").number} if was_usable else {})


async def test_what_is_looked_at_again_and_the_same_is_audited_once() -> None:
    reading, _, waiting = reading_of(AREA)
    waiting.meanwhile = [[replace(each, revision=each.revision + 1) for each in waiting.children]]
    shown = await reading.record(MANAGER, Request({"type": "http"}), AREA.of("gp/1").number)
    assert (shown["revision"], len(waiting.shown)) == (AREA.of("gp/1").revision + 1, 1)
