"""A shield goes from decision to lift by its rules, and two officers lift it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from runtime import clock
from services.shielding.decisions import Receipt, RefusedError, Shield, approve_lift, request_lift, with_receipt

NOW = clock.now()
DECIDED = Shield("s1", "4010232137", "adoption", None, date(2099, 1, 1), "officer-1", NOW, audited=True)
FENCED = replace(DECIDED, offset=7, published_at=NOW, fenced_at=NOW)


def receipt(offset: int) -> Receipt:
    """A receipt at this offset."""
    return Receipt(offset, 2, NOW)


def test_a_shield_is_scrubbed_when_both_services_have_rewritten_their_copies_as_of_its_offset() -> None:
    one = with_receipt(FENCED, "registry", receipt(7))
    assert one.status() == "fenced"
    assert with_receipt(one, "search", receipt(7)).status() == "scrubbed"
    assert with_receipt(one, "search", receipt(6)) is one


def test_a_receipt_that_repeats_changes_nothing() -> None:
    one = with_receipt(FENCED, "registry", receipt(7))
    assert with_receipt(one, "registry", receipt(7)) is one


def test_receipts_of_an_earlier_publication_do_not_stand_in_the_way_of_the_present_one() -> None:
    noted = with_receipt(FENCED, "registry", receipt(7))
    again = replace(noted, offset=9)
    assert with_receipt(again, "registry", receipt(9)).receipts["registry"].offset == 9


def test_a_lift_needs_two_officers_and_a_shield_in_force() -> None:
    with pytest.raises(RefusedError, match="lift-not-possible"):
        request_lift(DECIDED, "officer-1", NOW)
    with pytest.raises(RefusedError, match="no-lift-request"):
        approve_lift(FENCED, "officer-2", NOW)
    asked = request_lift(FENCED, "officer-1", NOW)
    with pytest.raises(RefusedError, match="second-officer-needed"):
        approve_lift(asked, "officer-1", NOW)
    approved = approve_lift(asked, "officer-2", NOW)
    assert (approved.status(), approved.unfinished) == ("lift-approved", True)
    with pytest.raises(RefusedError, match="no-lift-request"):
        approve_lift(approved, "officer-3", NOW)


def test_a_decision_is_unfinished_until_it_is_in_force_and_audited() -> None:
    assert DECIDED.unfinished
    assert replace(FENCED, audited=False).unfinished
    assert not FENCED.unfinished
