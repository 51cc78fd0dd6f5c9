"""Children whom officers expect: shielded by details, they are caught when they arrive, whoever brings them."""

from __future__ import annotations

import traceback
from datetime import date

import pytest

from contracts.codec import encode
from contracts.records import RecordRemoved
from contracts.shields import ShieldLifted, ShieldPlaced
from contracts.sources import OFFICERS, REGISTRY
from runtime import clock
from services.registry.children import ChildRecord
from services.registry.documents import child_of, document_of
from services.registry.expecting import DetailsError, told_by
from services.registry.firstload.reading import take_in
from services.registry.forgetting import telling
from services.registry.handlers import taking_in
from services.registry.redaction import announcements
from services.registry.sources import ReservedSourceError
from tests.children import address, nhs
from tests.registry.settled import Area, change, placed_by_details
from tests.registry.test_deciding import word

EXPECTED, SECOND, KEY = "0289107067", "0340001046", f"{OFFICERS}/s"
NHS, OTHER = "9990000018", "9990000026"
WHO = {"given": "Amelia", "family": "Okafor", "born": "2015-04-09"}
HOME, ELSEWHERE = [address("4 Mill Lane", "NW7 4QT")], [address("9 Other Street", "SE1 1AA")]


def told(children: tuple[ChildRecord, ...]) -> list[tuple[str, str, str | None]]:
    """What search hears: child number, what it is, where it leads."""
    found = [each for child in children for each in announcements(child, lambda _: ())]
    return [
        (each.child_number, "removed", each.superseded_by)
        if isinstance(each, RecordRemoved)
        else (each.child_number, "redacted" if each.shielded else "whole", None)
        for each in found
    ]


def test_an_expected_child_has_a_record_shielded_from_its_first_revision_and_nobody_is_told_of_it() -> None:
    area = Area()
    announced = area.expect(EXPECTED, **WHO)
    child = area.children[EXPECTED]
    assert (child.shielded, child.expected, child.visible, child.revision) == (True, True, False, 1)
    assert told(announced) == [(EXPECTED, "removed", None)]
    assert child_of(document_of(child)) == child


def test_who_arrives_is_shielded_under_a_number_that_does_not_tell_that_it_was_expected() -> None:
    area = Area()
    area.expect(EXPECTED, **WHO, identifiers=[nhs(NHS)])
    announced = area.settle(change("school", **WHO, identifiers=[nhs(NHS)]))
    child = area.of("school/1")
    assert child.shielded
    assert child.number[0] != "0"
    assert area.children[EXPECTED].superseded_by == child.number
    assert set(told(announced)) == {(child.number, "redacted", None), (EXPECTED, "removed", child.number)}


def test_who_may_be_an_expected_child_is_held() -> None:
    area = Area()
    area.expect(EXPECTED, **WHO, addresses=HOME)
    area.settle(change("school", **{**WHO, "family": "Ward"}, addresses=ELSEWHERE))
    assert area.of("school/1").held
    assert area.children[EXPECTED].expected


def test_who_was_held_and_turns_out_to_be_the_expected_child_is_shielded_under_its_own_number() -> None:
    area = Area()
    area.expect(EXPECTED, **WHO, identifiers=[nhs(NHS)])
    area.settle(change("school", **{**WHO, "family": "Ward"}, addresses=ELSEWHERE))
    held = area.of("school/1")
    assert held.held
    area.settle(change("school", 2, **WHO, addresses=ELSEWHERE, identifiers=[nhs(NHS)]))
    now = area.of("school/1")
    assert (now.number, now.shielded) == (held.number, True)
    assert area.children[EXPECTED].superseded_by == held.number


def test_whoever_is_there_already_is_merged_under_its_own_number_and_shielded_and_its_twin_is_held() -> None:
    area = Area()
    area.settle(change("gp", **WHO, identifiers=[nhs(NHS)], addresses=HOME))
    area.settle(change("school", **{**WHO, "family": "Ward"}, addresses=HOME, identifiers=[nhs(OTHER)]))
    girl, twin = area.of("gp/1"), area.of("school/1")
    assert (girl.number != twin.number, twin.visible) == (True, True)
    area.expect(EXPECTED, **WHO, identifiers=[nhs(NHS)])
    now = area.of("gp/1")
    assert (now.number, now.shielded, area.of(KEY).number) == (girl.number, True, girl.number)
    assert area.children[EXPECTED].superseded_by == girl.number
    assert area.of("school/1").held


def test_what_is_true_of_a_child_sources_say_and_officers_only_of_whom_nobody_else_knows() -> None:
    area = Area()
    mistaken = {**WHO, "given": "Amelie", "gender": "unknown", "responsible_authority": "eastmoor"}
    area.expect(EXPECTED, **mistaken, identifiers=[nhs(NHS)], addresses=HOME)
    golden = area.children[EXPECTED].golden
    assert golden is not None
    assert golden.names[0].value.given == "Amelie"
    area.settle(change("school", **WHO, identifiers=[nhs(NHS)]))
    golden = area.of("school/1").golden
    assert golden is not None
    assert [each.value.given for each in golden.names] == ["Amelia"]
    assert (golden.addresses, golden.responsible_authority.value) == ((), "northshire")
    assert all(OFFICERS not in key for each in golden.identifiers for key in each.sources)


def test_the_same_word_again_changes_nothing_and_a_later_place_in_the_stream_makes_no_second_record() -> None:
    area = Area()
    area.expect(EXPECTED, **WHO)
    before = area.children
    area.expect(EXPECTED, **WHO)
    assert area.children == before
    area.expect(EXPECTED, offset=9, **WHO)
    assert area.children.keys() == before.keys()
    area.settle(change("school", **WHO, identifiers=[nhs(NHS)], addresses=HOME))
    merged = area.children
    area.expect(EXPECTED, offset=9, **WHO)
    assert area.children == merged


@pytest.mark.parametrize("arrived", [True, False])
def test_a_lift_takes_the_details_back_without_a_trace_of_what_they_said(arrived: bool) -> None:
    area = Area()
    area.expect(EXPECTED, **WHO, identifiers=[nhs(NHS)], addresses=HOME)
    if arrived:
        area.settle(change("school", **WHO, identifiers=[nhs(NHS)]))
    announced = area.lift(EXPECTED)
    documents = repr([document_of(each) for each in area.children.values()])
    assert "mill lane" not in documents.casefold()
    assert arrived or "okafor" not in documents.casefold()
    assert (("whole" in {what for _, what, _ in told(announced)}), "redacted" in str(told(announced))) == (
        arrived,
        False,
    )
    assert not [child for child in area.children.values() if child.shielded or child.expected]
    # A word of long ago, said again by whoever replays it, brings nothing back.
    before = area.children
    area.expect(EXPECTED, **WHO, identifiers=[nhs(NHS)], addresses=HOME)
    assert area.children == before


def test_a_lift_releases_who_was_held_for_the_details_alone() -> None:
    area = Area()
    area.expect(EXPECTED, **WHO, addresses=HOME)
    area.settle(change("school", **{**WHO, "family": "Ward"}, addresses=ELSEWHERE))
    area.lift(EXPECTED)
    assert area.of("school/1").visible


def test_a_data_managers_word_that_it_is_the_expected_child_shields_who_was_held_under_its_own_number() -> None:
    area = Area()
    area.expect(EXPECTED, **WHO, addresses=HOME)
    area.settle(change("school", **{**WHO, "family": "Ward"}, addresses=ELSEWHERE))
    held = area.of("school/1").number
    said = word("same", "school/1", KEY)
    area.say(said)
    child = area.of("school/1")
    assert (child.number, child.shielded, area.children[EXPECTED].superseded_by) == (held, True, held)
    area.say(said, undo=True)
    assert area.children[EXPECTED].expected
    area.lift(EXPECTED)
    assert (area.of("school/1").visible, area.of("school/1").shielded) == (True, False)


def test_a_child_whom_its_last_source_withdraws_is_expected_still_and_comes_back_shielded() -> None:
    area = Area()
    area.expect(EXPECTED, **WHO, identifiers=[nhs(NHS)])
    area.settle(change("school", **WHO, identifiers=[nhs(NHS)]))
    announced = area.settle(change("school", 2, gone=True))
    assert "redacted" not in str(told(announced))
    announced = area.settle(change("gp", **WHO, identifiers=[nhs(NHS)]))
    assert {what for _, what, _ in told(announced)} == {"redacted", "removed"}


def test_two_officers_details_of_one_child_are_one_record_that_stays_shielded_until_both_are_lifted() -> None:
    area = Area()
    area.expect(EXPECTED, "s", **WHO, identifiers=[nhs(NHS)])
    area.expect(SECOND, "t", offset=2, **WHO, identifiers=[nhs(NHS)])
    area.settle(change("school", **WHO, identifiers=[nhs(NHS)]))
    area.lift(EXPECTED, "s", offset=3)
    assert area.of("school/1").shielded
    area.lift(SECOND, "t", offset=4)
    assert area.of("school/1").visible
    assert not area.of("school/1").shielded


@pytest.mark.parametrize("reserved", [OFFICERS, REGISTRY])
def test_no_source_may_call_itself_what_officers_details_or_the_registrys_words_are_kept_under(
    reserved: str,
) -> None:
    for each in (change(reserved, ref="s", **WHO), change(reserved, 2, ref="s", gone=True)):
        with pytest.raises(ReservedSourceError):
            taking_in([each])
        assert [str(bad) for bad in take_in([(7, encode(each))], clock.now()).bad] == ["line 7: source: reserved"]


@pytest.mark.parametrize("spoilt", ["{}", "Zzyzx7Planted", '{"names": "Zzyzx7Planted"}'])
def test_details_that_are_none_are_refused_and_not_quoted(spoilt: str) -> None:
    word = placed_by_details(EXPECTED, **WHO).model_copy(update={"sealed_details": spoilt})
    with pytest.raises(DetailsError) as refused:
        told_by([word], str.encode)
    assert "Zzyzx7" not in "".join(traceback.format_exception(refused.value))


def test_details_by_which_nobody_can_be_recognised_are_refused() -> None:
    for each in ({"born": date(1950, 1, 1).isoformat()}, {"given": "?", "family": "-"}):
        with pytest.raises(DetailsError):
            told_by([placed_by_details(EXPECTED, **{**WHO, **each})], str.encode)


def test_of_words_on_one_shield_in_one_batch_the_last_counts() -> None:
    lifted = ShieldLifted(child_number=EXPECTED, shield_id="s", occurred_at=clock.now())
    (said,) = told_by([placed_by_details(EXPECTED, **WHO), lifted], str.encode)
    assert not said.arrival.record.live
    plain = ShieldPlaced(child_number=NHS, shield_id="t", occurred_at=clock.now())
    assert told_by([plain], str.encode) == []
    # Nor does the same shield under another number of the child, said with what was told under its own.
    sealed = placed_by_details(EXPECTED, **WHO)
    beside = sealed.model_copy(update={"child_number": plain.child_number, "sealed_details": None})
    assert [each.number for each in told_by([sealed, beside], str.encode)] == [EXPECTED]


def test_the_id_of_their_shield_is_not_sought_among_what_must_be_forgotten() -> None:
    area = Area()
    area.expect(EXPECTED, **WHO, identifiers=[nhs(NHS)])
    sought = set(telling(area.children[EXPECTED]))
    assert NHS in sought
    assert "s" not in sought
