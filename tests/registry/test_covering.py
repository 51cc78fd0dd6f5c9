"""A shielded child keeps its cover whatever it is called or where it lives later, and though nobody holds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.sources import ChildSupplied, SourceChange
from runtime import clock
from services.registry.access import may_decide
from services.registry.children import ChildRecord, Verdict
from services.registry.comparison import explained
from services.registry.documents import child_of, document_of
from services.registry.matching import Judge, likenesses
from services.registry.matters import matter_of
from services.registry.sources import FORMERS
from tests.children import address, nhs
from tests.registry.changes import changes
from tests.registry.settled import POLICY, Area, change

HOME = [address("4 Mill Lane", "NW7 4QT")]
AWAY = [address("9 Other Street", "SE1 1AA")]
NUMBER = [nhs("9990000018")]
SHE: dict[str, Any] = {"given": "Amelia", "family": "Okafor", "born": "2015-04-09"}
RENAMED: dict[str, Any] = {"given": "Zara", "family": "Quill", "born": "2015-04-09", "addresses": AWAY}


def shielded(**more: Any) -> Area:
    """An area with one child, who is shielded."""
    area = Area()
    area.settle(change("gp", **SHE, addresses=HOME, **more))
    area.shield(area.of("gp/1").number)
    return area


def word(said: Literal["same", "different"], area: Area) -> Verdict:
    """A data manager's word on the shielded child and the one who is held, as the workbench puts it."""
    ones, others = (frozenset(each.key for each in area.of(key).sources) for key in ("gp/1", "school/1"))
    return Verdict("v", said, ones, others, "a-manager", datetime(2026, 3, 2, tzinfo=UTC), "because")


def hidden(child: ChildRecord) -> bool:
    """Whether nobody but data managers can see what is protected of it."""
    return child.shielded or not child.visible


def test_who_may_be_a_shielded_child_of_whom_all_was_withdrawn_is_held() -> None:
    area = shielded(identifiers=NUMBER)
    area.settle(change("gp", 2, gone=True))
    area.settle(change("school", **SHE, addresses=HOME, identifiers=NUMBER))
    assert area.of("school/1").held
    # A source that moves to another system withdraws and supplies anew at once.
    area = shielded()
    area.settle(change("gp", 2, gone=True), change("gp", ref="2", **SHE, addresses=HOME))
    assert area.of("gp/2").held


@pytest.mark.parametrize("said", ["cannot-tell", "different"])
def test_a_word_that_settles_nothing_or_is_taken_back_leaves_held_who_may_be_a_withdrawn_child(
    said: Literal["cannot-tell", "different"],
) -> None:
    area = Area()
    area.settle(change("gp", given="Amelia", family="Okafor", born="2015-04-09"))
    area.shield(area.of("gp/1").number)
    area.settle(change("gp", 2, gone=True))
    area.settle(change("care", given="Amelia", family="Ward", born="2015-04-09"))
    assert area.of("care/1").held
    word = Verdict("v", said, frozenset({"gp/1"}), frozenset({"care/1"}), "m", clock.now(), "because")
    area.say(word)
    assert area.of("care/1").held is (said == "cannot-tell")
    area.say(word, undo=True)
    assert area.of("care/1").held


def test_who_is_held_stays_so_when_the_shielded_child_is_withdrawn_renamed_or_moves() -> None:
    for later in (change("gp", 2, gone=True), change("gp", 2, **RENAMED)):
        area = shielded()
        area.settle(change("school", given="Amelia", family="Ward", born="2015-04-09"))
        assert area.of("school/1").held
        area.settle(later)
        assert area.of("school/1").held
        # However often it is looked again.
        area.settle(later)
        area.shield(area.of("gp/1").number, offset=2)
        assert area.of("school/1").held


# A birth date with day and month swapped, which has not come yet; an old number, and a new one since an adoption.
TOO_YOUNG: dict[str, Any] = {**SHE, "born": "2026-09-01"}
BORN: dict[str, Any] = {**SHE, "born": "2026-01-09"}
TWO_NUMBERS = [nhs("9990000018"), nhs("9990000026")]
ADOPTED: dict[str, Any] = {**RENAMED, "identifiers": TWO_NUMBERS}


def test_what_was_refused_of_a_shielded_child_covers_it_whatever_comes_first() -> None:
    area = Area()
    area.settle(change("gp", **TOO_YOUNG, addresses=HOME))
    area.shield(area.of("gp/1").number)
    area.settle(change("school", **BORN, addresses=AWAY))
    assert area.of("school/1").held
    why = explained(area.of("gp/1").sources[0], area.of("school/1").live[0], Judge(POLICY), (True, False))
    assert why["hold"]["bits"] >= POLICY.hold
    (doubt,) = area.of("school/1").doubts.values()
    assert doubt.bits == pytest.approx(why["bits"], abs=0.001)
    area = Area()
    area.settle(change("school", **BORN, addresses=AWAY), change("gp", **TOO_YOUNG, addresses=HOME))
    assert area.of("school/1").visible
    area.shield(area.of("gp/1").number)
    assert area.of("school/1").held


def test_a_new_name_that_came_with_a_refused_version_covers_a_shielded_child() -> None:
    new = change("school", given="Zara", family="Quill", born="2015-04-09", identifiers=[nhs("9990000026")])
    refused = change("gp", 2, **ADOPTED)
    for first, second in ((refused, new), (new, refused)):
        area = shielded(identifiers=NUMBER)
        area.settle(first)
        assert area.of("gp/1").sources[0].version == 1
        area.settle(second)
        assert area.of("gp/1").sources[0].refusal is not None
        assert area.of("school/1").held
        # So it is read back from the store.
        child = child_of(document_of(area.of("gp/1")))
        assert area.of("school/1").live[0].likeness.wide_keys & child.wide_keys


def test_what_was_refused_of_a_shielded_child_covers_it_whatever_comes_later() -> None:
    versions = [
        change("gp", 2, **ADOPTED),
        change("gp", 3, **SHE, addresses=HOME),
        change("gp", 4, **SHE, identifiers=TWO_NUMBERS),
        change("gp", 5, **SHE, addresses=HOME, identifiers=NUMBER),
    ]
    for order in permutations(versions):
        area = shielded(identifiers=NUMBER)
        area.settle(change("school", given="Zara", family="Quill", born="2015-04-09"))
        for each in (*order, *order):
            area.settle(each)
            if versions[0] in order[: order.index(each) + 1]:
                assert area.of("school/1").held, [each.source_version for each in order]
        (record,) = area.of("gp/1").sources
        assert (record.version, record.refusal) == (5, None)
        assert (len(record.formers), len(record.refused)) == (1, 2)


def test_who_is_held_for_what_was_refused_is_for_somebody_to_decide_also_when_that_is_withdrawn() -> None:
    area = Area()
    area.settle(change("gp", **ADOPTED))
    area.shield(area.of("gp/1").number)
    area.settle(change("school", **RENAMED))
    for later in (change("gp", 2, gone=True), change("gp", 3, gone=True)):
        area.settle(later)
        assert area.of("school/1").held
        matter = matter_of(area.of("gp/1"))
        assert matter is not None
        assert (matter.authority, matter.harm) == ("northshire", 3)


def test_what_was_refused_of_both_is_not_compared() -> None:
    area = shielded(identifiers=NUMBER)
    area.settle(change("school", **ADOPTED))
    refused = area.of("school/1").sources[0]
    assert list(likenesses(refused, refused, (True, True))) == []
    assert list(likenesses(refused, refused, (True, False))) == []


@pytest.mark.parametrize("placeholder", ["2099-01-01", "1900-01-01", "0001-01-01", "0015-04-09"])
def test_a_birth_date_that_is_nobodys_covers_nobody(placeholder: str) -> None:
    brother = change("school", ref="2", **{**SHE, "given": "Tobias", "born": "2012-01-01"}, addresses=HOME)
    for corrected in (False, True):
        area = shielded()
        area.settle(change("school", **{**SHE, "born": "2009-05-06"}, addresses=AWAY), brother)
        area.settle(change("school", 2, **{**SHE, "born": placeholder}))
        area.settle(change("gp", 2, **{**SHE, "born": placeholder}, addresses=HOME))
        assert area.of("gp/1").sources[0].refusal is not None
        if corrected:
            area.settle(change("gp", 3, **SHE, addresses=HOME))
        area.shield(area.of("gp/1").number, offset=2)
        assert area.of("school/1").visible
        assert area.of("school/2").visible


def test_what_was_refused_of_one_is_never_what_was_refused_of_another() -> None:
    area = shielded(identifiers=NUMBER)
    area.settle(change("school", given="Tobias", family="Else", born="2009-05-06", addresses=AWAY))
    same: dict[str, Any] = {"given": "Zara", "family": "Quill", "born": "2015-04-09", "identifiers": TWO_NUMBERS}
    area.settle(change("school", 2, **same), change("gp", 2, **same))
    area.shield(area.of("gp/1").number, offset=2)
    assert area.of("school/1").visible


def test_what_was_refused_joins_nobody() -> None:
    area = Area()
    area.settle(change("gp", **SHE, addresses=HOME, identifiers=NUMBER))
    area.settle(change("gp", 2, **ADOPTED))
    area.settle(change("school", given="Zara", family="Quill", born="2015-04-09", addresses=AWAY))
    assert area.of("school/1").visible
    assert area.of("school/1").number != area.of("gp/1").number


def test_what_a_shielded_child_was_once_called_and_where_it_lived_covers_it_still() -> None:
    area = shielded()
    area.settle(change("gp", 2, **RENAMED))
    area.settle(change("school", **SHE, addresses=HOME))
    area.settle(change("care", given="Ann", family="Else", born="2015-04-09", addresses=HOME))
    assert area.of("school/1").held
    assert area.of("care/1").held


def test_who_was_held_stays_so_whatever_its_own_source_says_of_it_later() -> None:
    for later in (
        [change("school", 2, **RENAMED)],
        [change("school", 2, gone=True), change("school", 3, **RENAMED)],
    ):
        area = shielded()
        area.settle(change("school", given="Amelia", family="Ward", born="2015-04-09"))
        for each in later:
            area.settle(each)
        assert area.of("school/1").held


def moves(source: str, times: int) -> list[SourceChange]:
    """Versions of a source's record, each with another home, under names that none was known by before."""
    homes = ([address(f"{at} Other Street", "SE1 1AA")] for at in range(times))
    return [
        change(source, at, **RENAMED | {"given": "Abel", "addresses": home}) for at, home in enumerate(homes, 2)
    ]


def test_nothing_that_a_shielded_child_ever_was_is_forgotten_however_often_it_moves() -> None:
    area = shielded()
    area.settle(*moves("gp", FORMERS + 12))
    area.settle(change("school", **SHE, addresses=HOME))
    assert area.of("school/1").held
    # Nor is anything once it has left: it is there to be held against.
    area.settle(change("gp", FORMERS + 20, gone=True))
    area.settle(change("care", **SHE, addresses=HOME))
    assert area.of("care/1").held


def test_who_is_held_stays_so_however_often_its_source_changes_it() -> None:
    area = shielded()
    area.settle(change("school", given="Amelia", family="Ward", born="2015-04-09"))
    area.settle(*moves("school", FORMERS + 12))
    assert area.of("school/1").held


def test_of_whom_nobody_has_to_be_covered_only_so_much_is_remembered() -> None:
    area = shielded()
    area.settle(*moves("gp", FORMERS + 12))
    area.shield(area.of("gp/1").number, placed=False, offset=2)
    area.settle(*moves("gp", FORMERS + 13)[-1:])
    assert len(area.of("gp/1").live[0].formers) == FORMERS
    assert area.settle(*moves("gp", FORMERS + 12))[0].revision == area.of("gp/1").revision


def test_a_child_shielded_after_all_of_it_was_withdrawn_holds_who_was_there() -> None:
    area = Area()
    area.settle(change("gp", **SHE, addresses=HOME))
    area.settle(change("gp", 2, gone=True))
    area.settle(change("school", **SHE, addresses=HOME))
    assert area.of("school/1").visible
    area.shield(area.of("gp/1").number)
    assert area.of("school/1").held


def test_a_data_manager_of_the_authority_that_had_the_child_says_who_it_is_now() -> None:
    area = shielded()
    area.settle(change("gp", 2, gone=True))
    area.settle(change("school", **SHE, addresses=HOME))
    gone, held = area.of("gp/1"), area.of("school/1")
    assert child_of(document_of(gone)).former_authority == "northshire"
    assert may_decide(gone, held, "northshire")
    area.say(word("same", area))
    assert area.of("school/1").number == gone.number
    assert area.of("school/1").shielded
    # Withdrawn or not, the word holds.
    area.settle(change("gp", 3, **RENAMED))
    assert area.of("gp/1").number == area.of("school/1").number == gone.number


def test_who_is_said_to_be_another_child_or_whose_shield_is_lifted_is_released() -> None:
    area = shielded()
    area.settle(change("gp", 2, gone=True))
    area.settle(change("school", **SHE, addresses=HOME))
    area.say(word("different", area))
    assert area.of("school/1").visible
    assert not area.of("school/1").shielded
    area = shielded()
    area.settle(change("gp", 2, gone=True))
    area.settle(change("school", **SHE, addresses=HOME))
    area.shield(area.of("gp/1").number, placed=False, offset=2)
    assert area.of("school/1").visible


def named(came: list[SourceChange]) -> list[SourceChange]:
    """Those with more than an initial: by which words others are sought is told in test_candidates."""
    return [each for each in came if not isinstance(each, ChildSupplied) or each.child.names[0].given != "A"]


@settings(max_examples=150, deadline=None)
@given(came=changes.map(named), shielded_at=st.integers(0, 8), size=st.integers(1, 4))
def test_nobody_is_visible_who_may_be_what_a_shielded_child_is_or_ever_was(
    came: list[SourceChange], shielded_at: int, size: int
) -> None:
    area, judge = Area(), Judge(POLICY)
    for at in range(0, shielded_at, size):
        area.settle(*came[at : min(at + size, shielded_at)])
    for number in list(area.children)[:1]:
        area.shield(number)
    for at in range(shielded_at, len(came), size):
        area.settle(*came[at : at + size])
        covered = [record for child in area.children.values() if child.shielded for record in child.sources]
        for child in area.children.values():
            assert hidden(child) or not any(
                judge.may_be(replace(mine, formers=()), theirs, (False, True))
                for mine in child.live
                for theirs in covered
            )
