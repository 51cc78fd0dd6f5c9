"""An override is for one person, a short while, and ends in a review by another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from runtime import clock
from services.shielding.decisions import RefusedError
from services.shielding.overrides import LASTS, Override, end, may_hold, review

NOW = clock.now()
GRANTED = Override("o1", "4010232137", "holder-1", "immediate-risk", "she is missing", NOW, NOW + LASTS)


def test_only_the_highest_level_of_sign_in_will_do() -> None:
    may_hold("level-3", "level-3")
    for acr in ("level-2", "", None):
        with pytest.raises(RefusedError, match="level-too-low"):
            may_hold(acr, "level-3")


def test_it_is_open_for_fifteen_minutes_or_until_its_holder_leaves() -> None:
    assert timedelta(minutes=15) == LASTS
    assert GRANTED.open(NOW + LASTS - timedelta(seconds=1))
    assert not GRANTED.open(NOW + LASTS)
    assert not end(GRANTED, "holder-1", NOW).open(NOW)
    with pytest.raises(RefusedError, match="not-the-holder"):
        end(GRANTED, "holder-2", NOW)


def test_to_leave_twice_changes_nothing() -> None:
    left = end(GRANTED, "holder-1", NOW)
    assert end(left, "holder-1", NOW + timedelta(minutes=1)) is left


def test_it_is_reviewed_once_and_by_somebody_else() -> None:
    with pytest.raises(RefusedError, match="own-override"):
        review(GRANTED, "holder-1", "justified", "it was", NOW)
    done = review(GRANTED, "officer-1", "not-justified", "it was not", NOW)
    assert (done.verdict, done.reviewed_by) == ("not-justified", "officer-1")
    with pytest.raises(RefusedError, match="already-reviewed"):
        review(done, "officer-2", "justified", "it was", NOW)


def test_a_review_is_needed_whether_or_not_it_is_over() -> None:
    assert review(replace(GRANTED, ended_at=NOW), "officer-1", "justified", "it was", NOW).reviewed_at == NOW
