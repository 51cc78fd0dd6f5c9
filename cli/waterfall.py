"""A waterfall of bars on the screen: how each field takes an explanation from nothing known to its total."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

_CELLS = 48
_MARKS = {"probable": "a person is asked", "join": "the machine joins"}


def picture(explanation: dict[str, Any]) -> RenderableType:
    """The bars of an explanation, its thresholds as dotted lines; where it explains a hold, of that too."""
    hold = explanation["hold"]
    held: list[RenderableType] = [] if hold is None else [_held(hold), _bars(hold, ("hold",))]
    return Group(*_about(explanation), _bars(explanation, tuple(_MARKS)), *held)


def _bars(explanation: dict[str, Any], thresholds: tuple[str, ...]) -> Table:
    steps, bits = explanation["steps"], explanation["bits"]
    marks = [explanation["thresholds"][name] for name in thresholds]
    reached = [0.0, bits, *marks, *(step["total"] for step in steps)]
    scale = _Scale(min(reached), max(reached), tuple(marks))
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for heading, justify in (("Field", "left"), ("Agrees", "left"), ("", "left"), ("Bits", "right")):
        table.add_column(heading, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    before = 0.0
    for step in steps:
        gain = step["total"] >= before
        bar = scale.bar(before, step["total"], "green" if gain else "red")
        table.add_row(step["field"], step["level"].replace("-", " "), bar, f"{step['total'] - before:+.1f}")
        before = step["total"]
    total = Text(f"{bits:.1f}", style="bold")
    table.add_row(Text("total", style="bold"), "", scale.bar(0.0, bits, "blue"), total)
    return table


def _about(explanation: dict[str, Any]) -> list[Text]:
    """What the bits mean, and what no machine may join over."""
    thresholds = explanation["thresholds"]
    said = ", ".join(f"{about} from {thresholds[name]:g} bits on" for name, about in _MARKS.items())
    lines = [Text(f"Policy {explanation['policy']}: {said}.")]
    if explanation["contradiction"]:
        against = explanation["contradiction"].replace("-", " ")
        lines.append(Text(f"No machine may join them: {against}.", style="red"))
    return lines


def _held(hold: dict[str, Any]) -> Text:
    return Text(
        "One is shielded. What can change in a life counts nothing against it then: "
        f"{hold['bits']:.1f} bits, and from {hold['thresholds']['hold']:g} on the other is held."
    )


class _Scale:
    """Bits on a line of so many cells; ``marks`` are dotted in."""

    def __init__(self, low: float, high: float, marks: tuple[float, ...]) -> None:
        self._low, self._span = low, (high - low) or 1.0
        self._marks = {self._cell(mark) for mark in marks}

    def _cell(self, value: float) -> int:
        return min(int((value - self._low) / self._span * _CELLS), _CELLS - 1)

    def bar(self, before: float, after: float, colour: str) -> Text:
        """A bar from the one to the other, one cell at least."""
        first, last = sorted((self._cell(before), self._cell(after)))
        text = Text()
        for cell in range(_CELLS):
            if first <= cell <= max(last - 1, first):
                text.append("█", style=colour)
            else:
                text.append("┊" if cell in self._marks else " ", style="dim")
        return text
