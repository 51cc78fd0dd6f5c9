"""A data manager decides only on what they may see at that instant, and learns nothing by trying."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any, cast

import pytest

from runtime import clock
from runtime.problems import ProblemError
from runtime.settings import KafkaSettings, LeaseSettings
from runtime.shields import Shields
from runtime.tokens import Caller
from services.registry.deciding import Decisions, Said
from tests.children import address, nhs
from tests.registry.settled import POLICY, Area, change
from tests.registry.test_contesting import corrected
from tests.registry.test_reading import MANAGER, Placed, manager_of


class Log:
    """An audit log, and what happens while an entry is written."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []
        self.then = lambda: None

    async def record(self, *_: object, outcome: str, children: Collection[str], **__: object) -> None:
        self.outcomes.append(outcome)
        self.then()

    async def announce(self, _: object) -> None:
        """Nobody is told."""


class Desk:
    """northshire's and southshire's children, whose records differ in a number, and northshire's data manager."""

    def __init__(self, *shielded: str, area: Area | None = None) -> None:
        self.area = area or self._two()
        for offset, key in enumerate(shielded, 1):
            self.area.shield(self.area.of(key).number, offset=offset)
        self.shields = Shields("registry", KafkaSettings(), LeaseSettings(wait=0.0))
        self.log = Log()
        parts: tuple[Any, ...] = (self.area.records, self.shields, self.area.keeper, self.log, self.log)
        self.decisions = Decisions(*parts, policy=POLICY)

    def _two(self) -> Area:
        area = Area()
        home = [address("4 Mill Lane", "NW7 4QT")]
        for source, number, authority in (("gp", "18", "northshire"), ("school", "26", "southshire")):
            identifiers = [nhs(f"99900000{number}")]
            area.settle(change(source, identifiers=identifiers, addresses=home, responsible_authority=authority))
        return area

    def answer(self, said: Said, *, revision: int | None = None, caller: Caller = MANAGER) -> str:
        """What comes of a word on whether the gp's child is one, at this revision."""
        child = self.area.of("gp/1")
        seen = {child.number: child.revision if revision is None else revision}
        try:
            asyncio.run(self.decisions.on_two(caller, seen, said, "because", "review-decide"))
        except ProblemError as problem:
            return problem.kind
        return said

    def shield(self, key: str) -> None:
        """The word is in the stream, and in no record yet."""
        self.shields._take(cast("Any", Placed(self.area.of(key).number)))

    def say(self, *, revision: int | None = None, leased: bool = True) -> str:
        """Northshire says that they are one child, the other's being at this revision; what comes of it."""
        one, other = self.area.of("gp/1"), self.area.of("school/1")
        seen = {one.number: one.revision, other.number: other.revision if revision is None else revision}
        if leased:
            self.shields._lease.polled(clock.monotonic(), 0, 0)
        try:
            asyncio.run(self.decisions.on_two(MANAGER, seen, "same", "because", "merge"))
        except ProblemError as problem:
            return problem.kind
        return "same"


def test_of_two_whom_they_may_compare_they_decide() -> None:
    desk = Desk()
    assert (desk.say(), desk.log.outcomes) == ("same", ["same"])


def test_a_decision_on_what_has_changed_is_recorded_as_that() -> None:
    desk = Desk()
    assert (desk.say(revision=7), desk.log.outcomes) == ("changed-meanwhile", ["changed-meanwhile"])


@pytest.mark.parametrize("revision", [1, 2, 3, 4])
def test_nobody_decides_on_another_authoritys_shielded_child_however_they_guess(revision: int) -> None:
    desk = Desk("gp/1", "school/1")
    assert (desk.say(revision=revision), desk.log.outcomes) == ("not-found", ["not-found"])
    assert desk.area.of("gp/1").number != desk.area.of("school/1").number


def test_nobody_decides_on_another_authoritys_child_whose_shield_is_known_and_not_marked_yet() -> None:
    desk = Desk()
    desk.shield("school/1")
    assert (desk.say(), desk.log.outcomes) == ("not-found", ["not-found"])


def test_a_shield_that_comes_while_the_entry_is_written_is_as_if_it_had_come_before() -> None:
    desk = Desk()
    desk.log.then = lambda: desk.shield("school/1")
    assert (desk.say(), desk.log.outcomes) == ("not-found", ["same", "not-found"])
    assert desk.area.of("gp/1").number != desk.area.of("school/1").number


def test_without_a_lease_nothing_is_decided_on_another_authoritys_child() -> None:
    desk = Desk()
    assert (desk.say(leased=False), desk.log.outcomes) == ("shields-unknown", [])


@pytest.mark.parametrize(("said", "children"), [("same", 1), ("different", 2), ("cannot-tell", 2)])
def test_what_is_asked_about_one_child_is_answered_once(said: Said, children: int) -> None:
    desk = Desk(area=corrected())
    assert (desk.answer(said), desk.log.outcomes) == (said, [said])
    assert len(desk.area.parts()) == children
    assert desk.area.of("gp/1").contested is None
    assert desk.answer(said) == "not-found"


def test_of_what_is_asked_about_one_child_nobody_decides_who_may_not_or_has_not_seen_it() -> None:
    desk = Desk(area=corrected())
    officer = Caller("an-officer", frozenset({"shield-officer"}), "northshire", "northshire", None)
    for stranger in (manager_of("eastmoor"), officer):
        assert desk.answer("different", caller=stranger) == "not-found"
    assert desk.answer("different", revision=1) == "changed-meanwhile"
    assert desk.log.outcomes == ["not-found", "not-found", "changed-meanwhile"]
    assert len(desk.area.parts()) == 1


def test_of_a_shielded_child_its_own_authority_decides_whether_it_is_one_and_both_stay_shielded() -> None:
    desk = Desk("gp/1", area=corrected())
    assert desk.answer("different", caller=manager_of("eastmoor")) == "not-found"
    assert desk.answer("different") == "different"
    assert [desk.area.of(key).shielded for key in ("gp/1", "school/1")] == [True, True]
