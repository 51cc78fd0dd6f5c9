"""The best F1 counts true pairs that are among no candidates, and cuts only between different scores."""

from __future__ import annotations

import pytest

from bench.febrl import best_f1


def test_the_best_threshold_is_found() -> None:
    scored = [(9.0, True), (8.0, True), (7.0, False), (6.0, True), (1.0, False), (0.0, False)]
    assert best_f1(scored, true=3) == pytest.approx(2 * 3 / (4 + 3))


def test_equal_scores_are_not_parted() -> None:
    assert best_f1([(5.0, True), (5.0, False)], true=1) == pytest.approx(2 / 3)


def test_what_is_not_found_counts() -> None:
    assert best_f1([(5.0, True)], true=2) == pytest.approx(2 / 3)
