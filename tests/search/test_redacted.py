"""A child is rewritten in the index only where no number of hers leads to what is hidden any more."""

from __future__ import annotations

import pytest

from services.search.documents import Held, redacted

YOUNGER, ELDER = "9434765919", "4010232137"
STUB = Held(2, open=False, superseded_by=ELDER)
OPEN, SHIELDED = Held(3, open=True), Held(4, open=False, under=7)


@pytest.mark.parametrize(
    ("elder", "is_rewritten"),
    [(OPEN, False), (SHIELDED, True), (None, False), (Held(3, open=True, supersedes=(YOUNGER,)), False)],
    ids=["from before the merge", "rewritten", "not here yet", "merged and not rewritten"],
)
def test_a_merged_number_is_as_hidden_as_the_record_it_leads_to(elder: Held | None, is_rewritten: bool) -> None:
    found = {YOUNGER: STUB} | ({ELDER: elder} if elder else {})
    assert redacted({YOUNGER: 7}, found) == ({YOUNGER: 2} if is_rewritten else {})


def test_a_record_of_its_own_is_rewritten_once_it_is_redacted_or_removed() -> None:
    assert redacted({ELDER: 7}, {ELDER: SHIELDED}) == {ELDER: 4}
    assert redacted({ELDER: 7}, {ELDER: Held(5, open=False, under=9)}) == {ELDER: 5}
    assert redacted({ELDER: 7}, {ELDER: OPEN}) == redacted({ELDER: 7}, {}) == {}


@pytest.mark.parametrize("number", [ELDER, YOUNGER])
@pytest.mark.parametrize("under", [6, None], ids=["an earlier shield", "nobody knows which"])
def test_what_is_redacted_under_an_earlier_shield_is_not_rewritten_for_the_present_one(
    number: str, under: int | None
) -> None:
    found = {YOUNGER: STUB, ELDER: Held(4, open=False, under=under)}
    assert redacted({number: 7}, found) == {}
    assert redacted({number: 7}, found | {ELDER: SHIELDED}) == {number: found[number].version}


def test_numbers_that_lead_in_a_circle_lead_to_nobody_who_is_rewritten() -> None:
    found = {YOUNGER: STUB, ELDER: Held(1, open=False, superseded_by=YOUNGER)}
    assert redacted({YOUNGER: 7, ELDER: 7}, found) == {}
