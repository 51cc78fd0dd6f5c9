"""Whether two authorities' shielded children are one, officers of either say; data managers hear nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any, Literal

import pytest
from fastapi import Request

from runtime import clock
from runtime.problems import ProblemError
from runtime.settings import KafkaSettings, LeaseSettings
from runtime.shields import Shields
from runtime.tokens import Caller
from services.registry import queue
from services.registry.access import is_open, may_decide, role_between
from services.registry.children import ChildRecord, Doubt, ShieldMark, Verdict
from services.registry.deciding import Decisions, Said
from services.registry.documents import child_of, document_of
from services.registry.lost import Lost, recalled
from services.registry.matters import matter_for_officers, matter_of
from tests.children import address, nhs
from tests.registry.settled import POLICY, Area, change
from tests.registry.test_matters import AMELIA, NUMBERS, two
from tests.registry.test_reading import manager_of, reading_of
from tests.registry.waiting import child

AT = datetime(2026, 3, 1, tzinfo=UTC)
AUTHORITIES = ("northshire", "southshire", "eastmoor")
ROLES = ("data-manager", "shield-officer")
STATES = ("open", "held", "shielded", "unclaimed")
BETWEEN = ("in doubt", "decided", "nothing")


def officer_of(authority: str | None, *also: str) -> Caller:
    """A shield officer, who may be something else too."""
    return Caller("an-officer", frozenset({"shield-officer", *also}), authority, authority, None)


def in_state(source: str, state: str, authority: str) -> ChildRecord:
    """A child of the authority."""
    made = child(f"{source}/1", AT, responsible_authority=authority)
    if state == "unclaimed":
        made = recalled(Lost(made.number, 1), AT)
    if state in {"shielded", "unclaimed"}:
        return replace(made, marks={made.number: ShieldMark.in_force({"s": 1})})
    if state == "held":
        elsewhere = Doubt(made.founder, "third/1", 1.0, False, None, True, "test-1", AT)
        return replace(made, doubts={elsewhere.pair: elsewhere})
    return made


def pair(one: str, other: str, between: str, whose: tuple[str, str]) -> tuple[ChildRecord, ChildRecord]:
    """Two children in these states, and what there is between them."""
    a, b = (in_state(*each) for each in zip(("a", "b"), (one, other), whose, strict=True))
    doubt = Doubt(a.founder, b.founder, 1.0, False, None, b.shielded, "test-1", AT)
    if between == "in doubt":
        a = replace(a, doubts={**a.doubts, doubt.pair: doubt})
    if between == "decided":
        sides = frozenset({a.founder}), frozenset({b.founder})
        a = replace(a, verdicts=(Verdict("v", "different", *sides, "somebody", AT, "because"),))
    return a, b


@pytest.mark.parametrize("whose", [("northshire", "southshire"), ("northshire", "northshire")])
@pytest.mark.parametrize("between", BETWEEN)
def test_officers_decide_between_two_shielded_children_of_two_authorities_and_on_nothing_else(
    between: str, whose: tuple[str, str]
) -> None:
    for one, other in product(STATES, STATES):
        children = pair(one, other, between, whose)
        theirs = one == other == "shielded" and between != "nothing" and whose[0] != whose[1]
        for asking, trusted in product((*AUTHORITIES, None), (True, False)):
            known: Any = {"trusted": trusted, "fenced": lambda _: False}
            by = {role: role_between(*children, {role}, asking, **known) for role in (*ROLES, "practitioner")}
            both = role_between(*children, ROLES, asking, **known)
            officer = "shield-officer" if theirs and asking in whose else None
            as_before = may_decide(*children, asking) and is_open(children, asking, **known)
            manager = "data-manager" if as_before else None
            expected = {"data-manager": manager, "shield-officer": officer, "practitioner": None}
            assert by == expected, (one, other, asking, trusted)
            assert both == (manager or officer)
            assert not (manager and officer)


def both_shielded(authority: str = "southshire") -> Area:
    """northshire's shielded child and that authority's may be one."""
    area = two(authority)
    for key in ("gp/1", "school/1"):
        area.shield(area.of(key).number)
    return area


def decided() -> Area:
    """The same, once somebody has said that they are different."""
    area = both_shielded()
    sides = frozenset({"gp/1"}), frozenset({"school/1"})
    area.say(Verdict("v", "different", *sides, "somebody", AT, "because"))
    return area


def hold() -> Area:
    """Another authority's may be northshire's shielded child."""
    area = two()
    area.shield(area.of("gp/1").number)
    return area


FOR_MANAGERS = (lambda: both_shielded("northshire"), hold, two)
# Settled before any loop runs: it runs its own.
IN_DOUBT, DECIDED, *OTHERS = both_shielded(), decided(), *(make() for make in FOR_MANAGERS)


async def ways(area: Area, caller: Caller) -> tuple[set[str], set[object]]:
    """By which ways the two are shown to somebody, and as whom that was recorded."""
    reading, shields, waiting = reading_of(area)
    # Officers see whom shields are about, whatever is known of these.
    if "data-manager" in caller.roles:
        shields._lease.polled(clock.monotonic(), 0, 0)
    request, roles, shown = Request({"type": "http"}), set[object](), set[str]()

    async def record(_: Caller, role: str, *__: object, children: Collection[str], **___: object) -> None:
        roles.update({role} if children else ())

    waiting.record = record  # type: ignore[method-assign]
    if await reading.queue(caller, request):
        shown.add("queue")
    number = {key: area.of(key).number for key in ("gp/1", "school/1")}
    for name, asked in (
        ("comparison", reading.comparison(caller, request, "-".join(sorted(number.values())))),
        ("explanation", reading.explanation(caller, request, "gp/1", "school/1")),
    ):
        with suppress(ProblemError):
            await asked
            shown.add(name)
    return shown, roles


@pytest.mark.parametrize("authority", ["northshire", "southshire"])
async def test_officers_of_either_see_what_is_in_doubt_and_compare_under_their_own_role(authority: str) -> None:
    all_ = {"queue", "comparison", "explanation"}
    assert await ways(IN_DOUBT, officer_of(authority)) == (all_, {"shield-officer"})
    assert await ways(IN_DOUBT, officer_of(authority, "data-manager")) == (all_, {"shield-officer"})
    (review,) = await reading_of(IN_DOUBT)[0].queue(officer_of(authority), Request({"type": "http"}))
    assert (review.kind, review.harm) == ("review", 3)
    assert await ways(DECIDED, officer_of(authority)) == (all_ - {"queue"}, {"shield-officer"})


async def test_data_managers_of_neither_and_officers_of_a_third_see_nothing_of_it() -> None:
    for caller in (*map(manager_of, AUTHORITIES), officer_of("eastmoor"), officer_of(None)):
        assert (await ways(IN_DOUBT, caller))[0] == set()
        assert (await ways(DECIDED, caller))[0] == set()


@pytest.mark.parametrize("area", OTHERS)
async def test_officers_see_nothing_of_what_is_for_data_managers(area: Area) -> None:
    assert (await ways(area, officer_of("northshire")))[0] == set()
    assert await ways(area, manager_of("northshire")) == ({"queue", "comparison", "explanation"}, {"data-manager"})
    as_both = await ways(area, officer_of("northshire", "data-manager"))
    assert as_both == ({"queue", "comparison", "explanation"}, {"data-manager"})


def matters(area: Area) -> dict[str, tuple[bool, bool]]:
    """Of each record, whether it waits for data managers, and whether it waits for officers."""
    found = {each.key: home for home in area.children.values() for each in home.sources}
    return {
        key: (matter_of(home) is not None, matter_for_officers(home) is not None) for key, home in found.items()
    }


def test_what_is_for_officers_is_not_even_counted_among_what_waits_for_data_managers() -> None:
    assert matters(both_shielded()) == {"gp/1": (False, True), "school/1": (False, True)}
    assert matters(both_shielded("northshire")) == {"gp/1": (True, False), "school/1": (True, False)}
    assert matters(decided()) == {"gp/1": (False, False), "school/1": (False, False)}
    area = both_shielded()
    matter = matter_for_officers(area.of("gp/1"))
    assert matter is not None
    assert (matter.authority, matter.harm) == ("northshire", 3)


@pytest.mark.parametrize("shielded", [[], ["gp/1"], ["school/1"], ["gp/1", "school/1"]])
def test_it_is_for_officers_only_while_both_are_shielded(shielded: list[str]) -> None:
    area = both_shielded()
    for key in ("school/1", "gp/1"):
        if key not in shielded:
            area.shield(area.of(key).number, placed=False, offset=2)
    assert {officers for _, officers in matters(area).values()} == {len(shielded) == 2}


def test_it_is_for_officers_once_either_is_another_authoritys_and_for_data_managers_once_it_is_not() -> None:
    area = both_shielded("northshire")
    for version, (authority, manager) in enumerate((("southshire", False), ("northshire", True)), 2):
        # Nothing that is compared has changed.
        also = {"identifiers": [nhs(NUMBERS[1])], "responsible_authority": authority, **AMELIA}
        area.settle(change("school", version, **also))
        assert set(matters(area).values()) == {(manager, not manager)}


def test_what_data_managers_are_told_of_their_own_child_tells_nothing_of_it() -> None:
    area = Area()
    other = {
        "given": "Zbigniew",
        "family": "Kowalski",
        "born": "2011-01-30",
        "addresses": [address("9 Quay", "SE1 1AA")],
    }
    for source, number, whose, who in zip(("gp", "school"), NUMBERS, AUTHORITIES, (AMELIA, other), strict=False):
        area.settle(change(source, identifiers=[nhs(number)], responsible_authority=whose, **who))
        area.shield(area.of(f"{source}/1").number)
    before = area.of("gp/1")
    assert not before.doubts
    area.settle(change("school", 2, identifiers=[nhs(NUMBERS[1])], responsible_authority="southshire", **AMELIA))
    after = area.of("gp/1")
    assert {theirs for _, theirs in after.doubts} == {"school/1"}
    assert (after.history, queue.status_of(after, "gp/1")) == (before.history, "joined")
    assert matters(area) == {"gp/1": (False, True), "school/1": (False, True)}
    for said in ("cannot-tell", "different"):
        assert Desk(area).say(OFFICER, said)
        assert area.of("gp/1").history == before.history


class Log:
    """An audit log: as whom what was recorded."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str]] = []

    async def record(self, _: Caller, role: str, *__: object, outcome: str, **___: object) -> None:
        self.entries.append((role, outcome))

    async def announce(self, _: object) -> None:
        """Nobody is told."""


class Desk:
    """Two who may be one, and where it is said."""

    def __init__(self, area: Area, *, leased: bool = True) -> None:
        self.area, self.log = area, Log()
        shields = Shields("registry", KafkaSettings(), LeaseSettings(wait=0.0))
        if leased:
            shields._lease.polled(clock.monotonic(), 0, 0)
        records: Any = area.records
        records.with_verdict = self._with_verdict
        parts: tuple[Any, ...] = (records, shields, area.keeper, self.log, self.log)
        self.decisions = Decisions(*parts, policy=POLICY)

    def say(self, caller: Caller, said: Said, keys: tuple[str, str] = ("gp/1", "school/1")) -> str:
        """What comes of it; the decision's id if it is taken."""
        seen = {each.number: each.revision for each in map(self.area.of, keys)}
        return self._come(self.decisions.on_two(caller, seen, said, "because", "review-decide"))

    def undo(self, caller: Caller, verdict_id: str) -> str:
        """What comes of taking it back."""
        return self._come(self.decisions.undo(caller, verdict_id))

    def apart(self) -> bool:
        """Whether they are two children."""
        return self.area.of("gp/1").number != self.area.of("school/1").number

    def _come(self, deciding: Any) -> str:
        try:
            return str(asyncio.run(deciding).id)
        except ProblemError as problem:
            return problem.kind

    async def _with_verdict(self, verdict_id: str) -> list[ChildRecord]:
        return [
            each for each in self.area.children.values() if any(said.id == verdict_id for said in each.verdicts)
        ]


OFFICER = officer_of("southshire")


@pytest.mark.parametrize("leased", [True, False])
@pytest.mark.parametrize("said", ["same", "different", "cannot-tell"])
def test_officers_of_either_decide_under_their_own_role_and_those_of_the_other_may_take_it_back(
    said: Literal["same", "different", "cannot-tell"], leased: bool
) -> None:
    desk = Desk(both_shielded(), leased=leased)
    word = desk.say(OFFICER, said)
    assert desk.apart() is (said != "same")
    assert all(each.shielded for each in desk.area.children.values() if each.live)
    assert {officers for _, officers in matters(desk.area).values()} == {said == "cannot-tell"}
    for each in desk.area.children.values():
        assert child_of(document_of(each)) == each
    assert desk.undo(officer_of("northshire"), word) == word
    assert desk.log.entries == [("shield-officer", said)] * 2
    assert desk.apart()
    assert set(matters(desk.area).values()) == {(False, True)}


@pytest.mark.parametrize(
    "caller", [*map(manager_of, AUTHORITIES), officer_of("eastmoor"), officer_of(None)], ids=str
)
def test_nobody_else_decides_it_or_takes_it_back(caller: Caller) -> None:
    desk = Desk(both_shielded())
    (role,) = caller.roles
    assert desk.say(caller, "same") == "not-found"
    assert desk.apart()
    word = desk.say(OFFICER, "different")
    assert desk.undo(caller, word) == "not-found"
    assert [entry for entry in desk.log.entries if entry != ("shield-officer", "different")] == [
        (role, "not-found")
    ] * 2


@pytest.mark.parametrize("make", FOR_MANAGERS)
def test_officers_decide_nothing_that_is_for_data_managers_and_take_none_of_their_words_back(
    make: Callable[[], Area],
) -> None:
    desk = Desk(make())
    for authority in ("northshire", "westvale"):
        assert desk.say(officer_of(authority), "same") == "not-found"
    word = desk.say(manager_of("northshire"), "same")
    assert not desk.apart()
    for authority in ("northshire", "westvale"):
        assert desk.undo(officer_of(authority), word) == "not-found"
    assert desk.undo(manager_of("northshire"), word) == word


def test_what_officers_made_one_child_of_is_theirs_to_take_back_only_while_it_is_shielded() -> None:
    desk = Desk(both_shielded())
    word = desk.say(OFFICER, "same")
    child = desk.area.of("gp/1")
    for number in child.marks:
        desk.area.shield(number, placed=False, offset=3)
    assert not desk.area.of("gp/1").shielded
    assert desk.undo(OFFICER, word) == "not-found"
    assert desk.undo(officer_of("eastmoor"), word) == "not-found"


def test_data_managers_of_the_one_child_that_it_is_now_may_take_it_back_as_any_word_on_a_child_of_theirs() -> None:
    desk = Desk(both_shielded())
    word = desk.say(OFFICER, "same")
    child = desk.area.of("gp/1")
    assert child.golden is not None
    theirs = child.golden.responsible_authority.value
    (others,) = {"northshire", "southshire"} - {theirs}
    assert desk.undo(manager_of(others), word) == "not-found"
    assert desk.undo(manager_of(theirs), word) == word
