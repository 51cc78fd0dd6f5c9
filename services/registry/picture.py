"""The picture of an explanation: a waterfall of bars, from what is true of any two children to the score. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_LEFT, _WIDTH, _ROW = 250.0, 560.0, 30.0
_MARKS, _HELD = ("probable", "join"), ("hold",)


@dataclass(frozen=True, slots=True)
class Bar:
    """One step: ``x`` and ``width`` span what it adds or takes away, ``text`` says how much."""

    name: str
    x: float
    y: float
    width: float
    gain: bool
    text: str
    at: float
    """Where the running total stands afterwards."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A threshold: from there on the machine asks a person, or joins."""

    name: str
    x: float


@dataclass(frozen=True, slots=True)
class Picture:
    """Bars and marks on a field of ``width`` by ``height``."""

    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    total: Bar
    width: float
    height: float


def picture(explanation: Mapping[str, Any]) -> Picture:
    """The bars of an explanation, as ``comparison.explained`` gives it."""
    return _drawn(explanation, _MARKS)


def picture_of_hold(explanation: Mapping[str, Any]) -> Picture | None:
    """The bars of why one is held, where that is explained."""
    return None if explanation["hold"] is None else _drawn(explanation["hold"], _HELD)


def _drawn(explanation: Mapping[str, Any], thresholds: Sequence[str]) -> Picture:
    steps: list[dict[str, Any]] = explanation["steps"]
    bits: float = explanation["bits"]
    marks: dict[str, float] = {name: explanation["thresholds"][name] for name in thresholds}
    reached: list[float] = [0.0, bits, *marks.values(), *(step["total"] for step in steps)]
    low, high = min(reached), max(reached)

    def x(value: float) -> float:
        return round(_LEFT + (value - low) / (high - low) * _WIDTH, 1)

    bars = []
    before = 0.0
    for row, step in enumerate(steps):
        bars.append(_bar(f"{step['field']}: {step['level']}", before, step["total"], row, x))
        before = step["total"]
    total = _bar("total", 0.0, bits, len(steps), x)
    return Picture(
        tuple(bars),
        tuple(Mark(name, x(value)) for name, value in marks.items()),
        total,
        _LEFT + _WIDTH + 70,
        (len(steps) + 1) * _ROW + 40,
    )


def _bar(name: str, before: float, after: float, row: int, x: Callable[[float], float]) -> Bar:
    left, right = sorted((x(before), x(after)))
    return Bar(
        name.replace("-", " "),
        left,
        row * _ROW + 30,
        max(round(right - left, 1), 1.0),
        after >= before,
        f"{after - before:+.1f}",
        x(after),
    )
