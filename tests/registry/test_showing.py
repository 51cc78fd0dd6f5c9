"""What data managers are shown of a record says nothing of anybody else's, and a picture adds up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.registry.children import ChildRecord, Verdict
from services.registry.comparison import doubted, explained
from services.registry.matching import Judge
from services.registry.picture import picture, picture_of_hold
from services.registry.showing import in_words, whole
from tests.children import address, nhs
from tests.registry.settled import POLICY, Area, change

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def two() -> tuple[Area, ChildRecord, ChildRecord]:
    """Two children who agree in all but a number."""
    area = Area()
    for source, number in (("gp", "9990000018"), ("school", "9990000026")):
        home = [address("4 Mill Lane", "NW7 4QT")]
        area.settle(change(source, identifiers=[nhs(number)], addresses=home))
    return area, area.of("gp/1"), area.of("school/1")


def said(what: str) -> Verdict:
    """A data manager's word on the two."""
    return Verdict("id", what, frozenset({"gp/1"}), frozenset({"school/1"}), "manager", NOW, "They told me.")  # type: ignore[arg-type]


def shown(child: ChildRecord) -> dict[str, object]:
    """The record as its authority's data managers see it."""
    assert child.golden is not None
    return whole(child, child.golden, lambda _: ())


def test_that_somebody_is_different_names_no_source_record_of_the_other_child_and_quotes_nobody() -> None:
    area, _, _ = two()
    area.say(said("different"))
    record = shown(area.of("school/1"))
    assert record["decisions"] == []
    assert "gp/1" not in str(record)
    assert "told me" not in str(record)
    assert "said-different" in str(record["history"])


@pytest.mark.parametrize("joined_by", ["machine", "a data manager"])
def test_the_history_names_nobody_who_has_parted_since_and_may_be_a_shielded_child(joined_by: str) -> None:
    area, home = Area(), [address("4 Mill Lane", "NW7 4QT")]
    other = "9990000018" if joined_by == "machine" else "9990000026"
    for source, number in (("gp", "9990000018"), ("refuge", other)):
        area.settle(change(source, identifiers=[nhs(number)], addresses=home))
    refuge = area.of("refuge/1").number
    same = Verdict("v1", "same", frozenset({"gp/1"}), frozenset({"refuge/1"}), "manager", NOW, "They told me.")
    if joined_by == "machine":
        area.say(replace(same, said="different"))
    else:
        area.say(same)
        area.say(same, undo=True)
    assert area.of("gp/1").number != area.of("refuge/1").number
    area.shield(area.of("refuge/1").number)
    record = str(shown(area.of("gp/1")))
    assert "refuge" not in record
    assert refuge == area.of("gp/1").number or refuge not in record


def test_that_a_child_was_held_does_not_tell_how_like_it_is_to_a_shielded_one() -> None:
    area, one, other = two()
    area.shield(one.number)
    area.say(said("different"))
    told: Any = shown(area.of("school/1"))["history"]
    history = {event["what"]: event for event in told}
    assert other.number == area.of("school/1").number
    assert history["held"]["bits"] is None
    assert history["held"]["policy"] == POLICY.version
    assert history["in-doubt"]["bits"] is not None


def test_a_merge_is_shown_with_its_reason_so_that_it_can_be_undone() -> None:
    area, _, _ = two()
    area.say(said("same"))
    (decision,) = shown(area.of("gp/1"))["decisions"]  # type: ignore[misc]
    assert (decision["decision_id"], decision["reason"]) == ("id", "They told me.")  # type: ignore[index]


def test_each_bar_begins_where_the_last_one_ended_and_the_last_ends_at_the_total() -> None:
    _, one, other = two()
    why = explained(one.live[0], other.live[0], Judge(POLICY))
    drawn = picture(why)
    assert why["steps"][-1]["total"] == pytest.approx(why["bits"], abs=0.002)
    for before, bar in zip(drawn.bars, drawn.bars[1:], strict=False):
        assert min(abs(before.at - bar.x), abs(before.at - bar.x - bar.width)) <= 1
    assert all(0 <= bar.x <= bar.x + bar.width <= drawn.width for bar in (*drawn.bars, drawn.total))
    marks = {mark.name: mark.x for mark in drawn.marks}
    assert marks["probable"] < marks["join"]


def test_a_hold_is_explained_by_what_it_was_decided_by_and_by_the_records_that_it_is_about() -> None:
    area = Area()
    area.settle(change("gp", family="Vandersloot", addresses=[address("4 Mill Lane", "NW7 4QT")]))
    area.settle(change("school", family="Abernathy", addresses=[address("9 Other Street", "SE1 1AA")]))
    assert not area.of("gp/1").doubts
    area.shield(area.of("gp/1").number)
    one, other, judge = area.of("gp/1"), area.of("school/1"), Judge(POLICY)
    assert other.held
    pair = doubted(one, other, judge)
    assert pair is not None
    assert (pair[0].key, pair[1].key) in one.doubts
    why = explained(*pair, judge, (True, False))
    assert why["bits"] < POLICY.probable
    assert POLICY.hold <= why["hold"]["bits"] == why["may_be"]
    assert sum(step["bits"] + step["adjustment"] for step in why["hold"]["steps"]) == pytest.approx(
        why["may_be"], abs=0.01
    )
    drawn = picture_of_hold(why)
    assert drawn is not None
    assert [mark.name for mark in drawn.marks] == ["hold"]
    assert drawn.total.at == pytest.approx(drawn.bars[-1].at, abs=0.2)
    assert picture_of_hold(explained(*pair, judge)) is None


def test_a_hold_over_what_somebody_once_was_is_explained_by_that_withdrawn_or_not() -> None:
    for left in ({"given": "Zbigniew", "born": "2011-01-30"}, {"gone": True}):
        area, one, _ = two()
        area.shield(one.number)
        area.settle(change("gp", 2, **left))  # type: ignore[arg-type]
        one, other, judge = area.of("gp/1"), area.of("school/1"), Judge(POLICY)
        assert other.held
        pair = doubted(one, other, judge)
        assert pair is not None
        why = explained(*pair, judge, (True, False))
        assert why["hold"]["steps"][-1]["total"] == pytest.approx(why["may_be"], abs=0.005)
        assert why["may_be"] >= POLICY.hold
        assert why["steps"][-1]["total"] == pytest.approx(why["bits"], abs=0.005)


def test_what_is_explained_is_what_is_in_doubt_even_where_other_records_of_the_two_are_liker() -> None:
    area, _, _ = two()
    area.settle(change("visitor", identifiers=[nhs("9990000026")], addresses=[address("4 Mill Lane", "NW7 4QT")]))
    one, other, judge = area.of("gp/1"), area.of("school/1"), Judge(POLICY)
    ((pair, doubt),) = one.doubts.items()
    (theirs,) = (each.key for each in other.live if each.key != pair[1])
    for key in (pair[1], theirs):
        about = replace(one, doubts={("gp/1", key): replace(doubt, theirs=key)})
        assert [each.key for each in doubted(about, other, judge) or ()] == ["gp/1", key]
    # Nothing is in doubt any more: the two most alike.
    assert doubted(replace(one, doubts={}), other, judge) is not None


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("names", {"given": "Amelia", "family": "Ward", "use": "former"}, "Amelia Ward (former)"),
        ("names", {"family": "Ward", "use": "current"}, "Ward"),
        ("addresses", {"lines": ["4 Mill Lane"], "postcode": "NW7 4QT", "use": "home"}, "4 Mill Lane, NW7 4QT"),
        ("identifiers", {"system": "upn", "value": "X1"}, "upn X1"),
        ("carers", {"name": "Grace", "relationship": "mother", "contacts": ()}, "Grace, mother"),
        ("gender", "female", "female"),
    ],
)
def test_a_value_reads_as_a_person_would_say_it(field: str, value: object, words: str) -> None:
    assert in_words(field, value) == words
