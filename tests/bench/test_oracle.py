"""Whether two samples could be of one distribution, by the test of Kolmogorov and Smirnov."""

from __future__ import annotations

import pytest

from bench.oracle import alike


@pytest.mark.parametrize(("apart", "p"), [(86, 0.0486), (103, 0.0096), (123, 0.00098)])
def test_the_p_value_is_that_of_the_published_tables(apart: int, p: float) -> None:
    # Critical values of Kolmogorov's distribution: 1.358 for 0.05, 1.628 for 0.01, 1.949 for 0.001.
    one, other = list(range(2000)), list(range(apart, 2000 + apart))
    assert alike(one, other) == pytest.approx(p, rel=0.02)


def test_samples_that_are_the_same_are_alike_and_those_far_apart_are_not() -> None:
    assert alike([1.0, 2.0, 3.0] * 100, [1.0, 2.0, 3.0] * 100) == 1.0
    assert alike([1.0] * 100, [2.0] * 100) < 1e-9
