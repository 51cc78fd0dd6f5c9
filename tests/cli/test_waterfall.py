"""The waterfall on the screen says what the explanation says."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from cli.app import app
from cli.output import Code
from cli.waterfall import picture

NAMES = ("prior", "given", "home", "total")


def shown(
    bits: float,
    *steps: tuple[str, float],
    contradiction: str | None = None,
    hold: dict[str, Any] | None = None,
) -> list[str]:
    """The picture's lines."""
    told, total = [], 0.0
    for field, adds in steps:
        total += adds
        told.append({"field": field, "level": "exact", "total": total})
    answer: dict[str, Any] = {
        "policy": "p1",
        "bits": bits,
        "may_be": 1.0,
        "contradiction": contradiction,
        "thresholds": {"probable": 0.0, "join": 8.0, "hold": -2.3},
        "steps": told,
        "hold": hold,
    }
    screen = Console(record=True, width=120, file=io.StringIO())
    screen.print(picture(answer))
    return screen.export_text().splitlines()


def bar(line: str) -> tuple[int, int]:
    """Where a line's bar begins and ends."""
    return line.index("█"), line.rindex("█")


def test_each_bar_begins_where_the_one_before_ended_and_says_what_it_adds() -> None:
    lines = shown(12.0, ("prior", -20.0), ("given", 12.0), ("home", 20.0))
    prior, given, home, total = (next(each for each in lines if each.startswith(name)) for name in NAMES)
    assert bar(prior)[0] == bar(given)[0]
    assert abs(bar(given)[1] - bar(home)[0]) <= 1
    assert abs(bar(home)[1] - bar(total)[1]) <= 1
    assert [each.split()[-1] for each in (prior, given, home, total)] == ["-20.0", "+12.0", "+20.0", "12.0"]


def test_what_no_machine_may_join_over_is_said() -> None:
    assert "No machine may join them: different nhs numbers." in shown(
        1.0, ("prior", 1.0), contradiction="different-nhs-numbers"
    )


def test_why_one_is_held_is_shown_beside_the_score() -> None:
    why = {"bits": 3.5, "thresholds": {"hold": -2.3}, "steps": [{"field": "kept", "level": "any", "total": 3.5}]}
    lines = shown(-4.0, ("prior", -4.0), hold=why)
    assert any("3.5 bits, and from -2.3 on the other is held" in line for line in lines)
    assert next(line for line in lines if line.startswith("kept")).endswith("+3.5")
    assert not any("is held" in line for line in shown(-4.0, ("prior", -4.0)))


@pytest.mark.parametrize("one", ["gp", "gp/"])
def test_a_source_record_without_its_reference_is_not_understood(one: str) -> None:
    assert CliRunner().invoke(app, ["explain", one, "gp/1"]).exit_code == Code.USAGE
