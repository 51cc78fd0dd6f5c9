"""A record's history tells of every decision about it, with what it was weighed at and by which weights."""

from __future__ import annotations

from datetime import UTC, datetime

from services.registry import history
from services.registry.children import ChildRecord, Verdict
from tests.children import Change, address, involvement, nhs
from tests.registry.settled import POLICY, Area, change

HOME, AWAY = [address("4 Mill Lane", "NW7 4QT")], [address("9 Other Street", "SE1 1AA")]
AMELIA: Change = {"given": "Amelia", "family": "Okafor", "born": "2015-04-09", "addresses": HOME}
ZBIGNIEW: Change = {"given": "Zbigniew", "family": "Kowalski", "born": "2011-01-30", "addresses": AWAY}
FIRST, OTHER = [nhs("9990000018")], [nhs("9990000026")]


def probable() -> Area:
    """Two children of whom a person must say whether they are one."""
    area = Area()
    area.settle(change("gp", identifiers=FIRST, **AMELIA))
    area.settle(change("school", identifiers=OTHER, **AMELIA))
    return area


def whats(child: ChildRecord) -> list[str]:
    """What happened to the child."""
    return [event.what for event in child.history]


def test_what_the_machine_decides_keeps_the_weights_it_was_decided_by_and_what_came_of_them() -> None:
    area = Area()
    area.settle(change("school", identifiers=OTHER, **AMELIA))
    area.settle(change("visitor", identifiers=OTHER, **AMELIA))
    area.settle(change("gp", identifiers=FIRST, **AMELIA))
    area.shield(area.of("gp/1").number)
    events = area.of("school/1").history
    assert [event.what for event in events] == ["created", "joined", "in-doubt", "held"]
    assert {event.policy for event in events} == {POLICY.version}
    assert [event.bits is not None for event in events] == [False, True, True, True]
    (doubt,) = area.of("school/1").doubts.values()
    assert events[-1].bits == doubt.bits


def test_nobody_has_decided_anything_of_what_could_not_be_used_or_was_withdrawn_before_it_came() -> None:
    area = Area()
    area.settle(change("gp", born="1900-01-01"), change("school", gone=True))
    assert [child.history[0].policy for child in area.children.values()] == [None, None]


def test_a_doubt_that_dissolves_is_told_of_on_both_sides_whoever_dissolved_it() -> None:
    area = probable()
    area.settle(change("school", 2, **ZBIGNIEW))
    for key in ("gp/1", "school/1"):
        last = area.of(key).history[-1]
        assert (last.what, last.keys, last.policy) == ("no-longer-in-doubt", (key,), POLICY.version)
    area = probable()
    ones, others = frozenset({"gp/1"}), frozenset({"school/1"})
    area.say(Verdict("v", "different", ones, others, "a-manager", datetime(2026, 3, 1, tzinfo=UTC), "because"))
    assert whats(area.of("gp/1")) == ["created", "in-doubt", "no-longer-in-doubt", "said-different"]


def test_what_merges_or_parts_is_not_told_of_as_a_doubt_that_dissolved() -> None:
    area = probable()
    ones, others = frozenset({"gp/1"}), frozenset({"school/1"})
    area.say(Verdict("v", "same", ones, others, "a-manager", datetime(2026, 3, 1, tzinfo=UTC), "because"))
    assert all("no-longer-in-doubt" not in whats(child) for child in area.children.values())


def test_of_what_dissolves_while_a_child_is_held_no_more_is_told_than_that_it_is_released() -> None:
    area = probable()
    area.shield(area.of("gp/1").number)
    ones, others = frozenset({"gp/1"}), frozenset({"school/1"})
    area.say(Verdict("v", "different", ones, others, "a-manager", datetime(2026, 3, 1, tzinfo=UTC), "because"))
    assert whats(area.of("school/1")) == ["created", "in-doubt", "held", "released", "said-different"]


def test_that_a_correction_was_examined_and_left_all_as_it_was_is_told() -> None:
    area = Area()
    area.settle(change("gp", identifiers=FIRST, **AMELIA), change("school", identifiers=FIRST, **AMELIA))
    area.settle(change("school", 2, identifiers=FIRST, **{**AMELIA, "given": "Amelie"}))
    last = area.of("school/1").history[-1]
    assert (last.what, last.keys, last.policy) == ("examined", ("school/1",), POLICY.version)
    assert last.bits is not None
    assert last.bits >= POLICY.part


def test_a_change_that_is_no_news_of_likeness_leaves_no_trace() -> None:
    area = Area()
    area.settle(change("gp", identifiers=FIRST, **AMELIA))
    told = area.of("gp/1").history
    area.settle(change("gp", 2, identifiers=FIRST, involvements=[involvement("education", "Mill Lane")], **AMELIA))
    assert area.of("gp/1").live[0].version == 2
    assert area.of("gp/1").history == told


def test_a_record_that_is_corrected_all_the_time_crowds_nothing_else_out() -> None:
    area = probable()
    for version in range(2, 3 * history.LOOKS):
        area.settle(change("school", version, identifiers=OTHER, **{**AMELIA, "family": f"Okafor{version % 2}"}))
    events = area.of("school/1").history
    assert [event.what for event in events[:2]] == ["created", "in-doubt"]
    looks = [event for event in events if event.what == "examined"]
    assert len(looks) == history.LOOKS
    assert looks[-1].at == max(event.at for event in events)
