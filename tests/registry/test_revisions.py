"""Whatever comes in whatever order: revisions only grow, and nothing protected is announced of a shielded child.

A reader takes every announcement as search does, by external version: what has no higher revision is passed over.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts.records import RecordPublished, RecordRemoved
from services.registry.children import ChildRecord, Verdict
from services.registry.contesting import contested
from services.registry.matching import Judge
from services.registry.redaction import announcements
from tests.registry.changes import said, words
from tests.registry.settled import POLICY, Area

START = datetime(2026, 3, 1, tzinfo=UTC)
SOURCES = st.sampled_from(("gp", "school", "visitor", "care"))
VISIBLE = {"names", "date_of_birth", "gender"}


class Registry(RuleBasedStateMachine):
    """Sources, officers and data managers do what they like; a reader listens."""

    def __init__(self) -> None:
        super().__init__()
        self.area = Area()
        self.held: dict[str, RecordPublished | RecordRemoved] = {}
        self.revisions: dict[str, int] = {}
        self.verdicts: list[Verdict] = []
        self.shields: dict[str, bool] = {}
        self.offset = 0

    @rule(source=SOURCES, version=st.integers(1, 30), what=st.none() | words)
    def supply(self, source: str, version: int, what: dict[str, Any] | None) -> None:
        """A source says something new, or old, or withdraws."""
        self.listen(self.area.settle(said(source, version, what)))

    @rule(at=st.integers(0, 5), placed=st.booleans())
    def shield(self, at: int, placed: bool) -> None:
        """A shield is placed on a child, or lifted."""
        if numbers := sorted(self.area.children):
            number = numbers[at % len(numbers)]
            self.offset += 1
            self.shields[number] = placed
            self.listen(self.area.shield(number, placed=placed, offset=self.offset))

    @rule(one=SOURCES, other=SOURCES, what=st.sampled_from(("same", "different", "cannot-tell")))
    def decide(self, one: str, other: str, what: Literal["same", "different", "cannot-tell"]) -> None:
        """A data manager says something of two children who are there."""
        homes = [self.home(f"{each}/1") for each in (one, other)]
        if None in homes or homes[0] == homes[1]:
            return
        ones, others = (frozenset(each.key for each in home.sources) for home in homes if home)
        when = START + timedelta(hours=len(self.verdicts))
        verdict = Verdict(f"v{len(self.verdicts)}", what, ones, others, "a-manager", when, "because")
        self.verdicts.append(verdict)
        self.listen(self.area.say(verdict))

    @rule(at=st.integers(0, 5))
    def take_back(self, at: int) -> None:
        """A decision is undone."""
        if self.verdicts:
            self.listen(self.area.say(self.verdicts[at % len(self.verdicts)], undo=True))

    def home(self, key: str) -> ChildRecord | None:
        """Who holds a source record."""
        children = self.area.children.values()
        return next((each for each in children if any(record.key == key for record in each.sources)), None)

    def listen(self, children: tuple[ChildRecord, ...]) -> None:
        """Take what is announced, as search does."""
        for child in children:
            for news in announcements(child, lambda _: ()):
                known = self.held.get(news.child_number)
                if known is None or known.revision < news.revision:
                    self.held[news.child_number] = news

    @invariant()
    def is_asked_what_speaks_against_a_word(self) -> None:
        """Whatever became of the child, what is asked about it follows from its records and the words on it."""
        for child in self.area.children.values():
            found = contested(child, Judge(POLICY), START)
            assert (found is None) is (child.contested is None)
            assert child.contested is None or child.contested.same_as(found)

    @invariant()
    def revisions_only_grow(self) -> None:
        """Also of whoever is superseded and comes back."""
        now = {number: child.revision for number, child in self.area.children.items()}
        assert all(now[number] >= revision for number, revision in self.revisions.items())
        self.revisions = now

    @invariant()
    def the_last_word_is_the_newest(self) -> None:
        """What the reader has of each number is what is to be said of it now; who is merged twice leads there."""
        for child in self.area.children.values():
            for news in announcements(child, lambda _: ()):
                told = self.held[news.child_number]
                assert told.revision == news.revision
                assert isinstance(told, RecordPublished) == isinstance(news, RecordPublished)
                if isinstance(news, RecordRemoved) and news.superseded_by is not None:
                    assert self.end(news.child_number) == self.end(news.superseded_by)

    def end(self, number: str) -> str:
        """Where a number leads to, as the reader has it."""
        told = self.held.get(number)
        after = told.superseded_by if isinstance(told, RecordRemoved) else None
        return number if after is None else self.end(after)

    @invariant()
    def nothing_protected_is_told_of_a_shielded_or_held_child(self) -> None:
        """By its number or any that leads to it."""
        for number, child in self.area.children.items():
            told = self.held.get(number)
            if isinstance(told, RecordPublished) and child.shielded:
                assert told.shielded
                assert told.involvements is None
                assert told.responsible_authority is None
                assert set(told.identity.model_dump(exclude_none=True)) == VISIBLE
                assert len(told.identity.names) == 1
            if child.held or child.superseded_by is not None:
                assert not isinstance(told, RecordPublished)

    @invariant()
    def a_shield_outlives_everything_but_its_lift(self) -> None:
        """Whoever has the number, or is led to by it, is under the shield."""
        for number, placed in self.shields.items():
            child = self.area.children[number]
            while child.superseded_by is not None:
                child = self.area.children[child.superseded_by]
            assert child.shielded or not placed


TestRegistry = Registry.TestCase
TestRegistry.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
