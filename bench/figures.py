"""Figures and how they are shown. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

_HEADS = ("measure", "figure", "value", "unit", "limit", "ratio", "the limit is")


@dataclass(frozen=True)
class Figure:
    """One figure of a measure, and the limit it is held against, in the same unit.

    ``broken`` where it shows that a promise is not kept: then the bench ends as failed.
    """

    name: str
    value: float
    unit: str
    limit: float | None = None
    limit_is: str = ""
    broken: bool = False

    @property
    def ratio(self) -> float | None:
        """The figure as a multiple of its limit; ``None`` where it has none."""
        return self.value / self.limit if self.limit else None


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of ``values`` that at least ``percent`` % of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def spread(
    name: str, seconds: Sequence[float], *percents: float, limit: float | None = None, limit_is: str = ""
) -> list[Figure]:
    """Percentiles of durations, in milliseconds, and the longest; ``limit`` in seconds."""
    bound = None if limit is None else limit * 1000
    shown = [Figure(f"{name}, p{p:g}", percentile(seconds, p) * 1000, "ms", bound, limit_is) for p in percents]
    return [*shown, Figure(f"{name}, max", max(seconds) * 1000, "ms", bound, limit_is)]


def table(figures: Sequence[tuple[str, Figure]]) -> str:
    """The figures as lines of text, each with the measure it comes from."""
    rows = [_HEADS, *(_row(measure, figure) for measure, figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in {2, 4, 5} else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def document(figures: Sequence[tuple[str, Figure]]) -> list[dict[str, Any]]:
    """The same for a machine to read."""
    return [{"measure": measure, **asdict(figure), "ratio": figure.ratio} for measure, figure in figures]


def _row(measure: str, figure: Figure) -> tuple[str, ...]:
    limit = "" if figure.limit is None else _number(figure.limit)
    ratio = "" if figure.ratio is None else _ratio(figure.ratio)
    return measure, figure.name, _number(figure.value), figure.unit, limit, ratio, figure.limit_is


def _ratio(ratio: float) -> str:
    """To hundredths; what is only nearly at its limit is not shown as being there."""
    shown = f"{ratio:.2f}"
    return shown if shown != "1.00" or ratio == 1 else f"{'<' if ratio < 1 else '>'}1.00"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
