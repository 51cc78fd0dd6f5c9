"""The two files of a made-up area: the changes that sources publish, and the truth behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from generator.people import Child
from generator.rates import Rates
from generator.records import Record
from generator.stream import Plan, plan

_USUAL = Rates()


@dataclass(frozen=True)
class Summary:
    """What was written; ``late`` and ``repeated`` changes are among the ``changes``."""

    children: int
    households: int
    source_records: int
    changes: int
    withdrawn: int
    late: int
    repeated: int
    truth: Path


def generate(children: int, seed: int, rates: Rates = _USUAL) -> Iterator[dict[str, Any]]:
    """The changes that sources publish about ``children`` made-up children, in the order of their arrival."""
    return plan(children, seed, rates).messages()


def write(
    children: int,
    seed: int,
    out: Path,
    truth: Path | None = None,
    rates: Rates = _USUAL,
) -> Summary:
    """Write the changes to ``out`` and, one child a line, which source records are whose to ``truth``."""
    truth = truth or out.with_suffix(".truth.jsonl")
    made = plan(children, seed, rates)
    _write_lines(out, made.messages())
    _write_lines(truth, (_truth(child, records) for child, records in made.children))
    return _summary(made, truth)


def _write_lines(path: Path, lines: Iterator[dict[str, Any]]) -> None:
    with path.open("wb") as file:
        for line in lines:
            file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def _truth(child: Child, records: list[Record]) -> dict[str, Any]:
    return {
        "person": child.person,
        "household": child.household,
        "source_records": [record.key for record in records],
        "notes": child.notes,
        "errors": {
            record.key: [mistake.kind for mistake in record.mistakes] for record in records if record.mistakes
        },
    }


def _summary(made: Plan, truth: Path) -> Summary:
    kinds: Counter[str] = Counter()
    for arrival in made.arrivals:
        kinds["withdrawn"] += arrival.record.versions[arrival.version].withdrawn
        kinds["late"] += arrival.late and not arrival.repeated
        kinds["repeated"] += arrival.repeated
    return Summary(
        children=len(made.children),
        households=len({child.household for child, _ in made.children}),
        source_records=sum(len(records) for _, records in made.children),
        changes=len(made.arrivals),
        withdrawn=kinds["withdrawn"],
        late=kinds["late"],
        repeated=kinds["repeated"],
        truth=truth,
    )
