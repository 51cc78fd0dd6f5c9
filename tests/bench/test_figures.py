"""Figures: percentiles are values that occurred, and the table lines them up beside their limits."""

from __future__ import annotations

import pytest

from bench.febrl import share
from bench.figures import Figure, document, percentile, spread, table


@pytest.mark.parametrize(("percent", "expected"), [(50, 5), (90, 9), (95, 10), (99, 10), (100, 10), (0, 1)])
def test_a_percentile_is_the_nearest_value_that_enough_do_not_exceed(percent: float, expected: float) -> None:
    assert percentile([3, 1, 2, 10, 9, 8, 7, 6, 5, 4], percent) == expected


def test_the_percentile_of_one_value_is_that_value() -> None:
    assert percentile([7.5], 95) == 7.5


def test_a_spread_is_in_milliseconds_and_ends_with_the_longest() -> None:
    figures = spread("hidden", [0.1, 0.2, 0.3], 50, limit=0.4, limit_is="promise")
    assert [(each.name, each.value, each.limit) for each in figures] == [
        ("hidden, p50", 200.0, 400.0),
        ("hidden, max", 300.0, 400.0),
    ]


def test_a_figure_without_a_limit_has_no_ratio() -> None:
    assert Figure("answers", 5, "").ratio is None
    assert Figure("rate", 500, "/s", 1000).ratio == 0.5


def test_the_table_lines_figures_up_beside_their_limits() -> None:
    text = table(
        [("load", Figure("rate", 1234.5, "/s", 2469, "the store")), ("memory", Figure("search", 99.6, "MB"))]
    )
    assert text.splitlines() == [
        "measure  figure  value  unit  limit  ratio  the limit is",
        "load     rate    1,234  /s    2,469   0.50  the store",
        "memory   search   99.6  MB",
    ]


@pytest.mark.parametrize(
    ("value", "shown"), [(0.993990, "<1.00"), (0.9940, "1.00"), (0.994001, ">1.00"), (0.9868, "0.99")]
)
def test_a_share_just_below_its_limit_is_not_shown_as_being_there(value: float, shown: str) -> None:
    figure = share("F1", value, 0.9940, "asked for")
    assert table([("matching", figure)]).splitlines()[1].split()[5] == shown
    assert figure.ratio == pytest.approx(value / 0.9940)


def test_the_document_carries_the_ratio() -> None:
    (figure,) = document([("load", Figure("rate", 500, "/s", 1000, "asked for"))])
    assert figure == {
        "measure": "load",
        "name": "rate",
        "value": 500,
        "unit": "/s",
        "limit": 1000,
        "limit_is": "asked for",
        "ratio": 0.5,
        "broken": False,
    }
