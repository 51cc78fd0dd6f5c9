"""python -m bench [NAME ...] [--json]: measure, and print figures beside the limits of the same run."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from time import monotonic

import orjson

from bench import (
    fence,
    firstload,
    latency,
    load,
    matching,
    memory,
    merge,
    oracle,
    registry,
    schedules,
    search,
    twins,
)
from bench.figures import Figure, document, table
from bench.place import Place, Sizes, fresh_stack, own_engines, say
from deploy.engines import EngineError

MEASURES: dict[str, Callable[[Place, Sizes], list[Figure]]] = {
    "memory": memory.measure,
    "latency": latency.measure,
    "merge": merge.measure,
    "fence": fence.measure,
    "oracle": oracle.measure,
    "schedules": schedules.measure,
    "load": load.measure,
    "search": search.measure,
    "registry": registry.measure,
    "twins": twins.measure,
    "firstload": firstload.measure,
}

ALONE: dict[str, Callable[[Sizes], list[Figure]]] = {"matching": matching.measure}
"""Measures that need no engine."""


def arguments(typed: list[str] | None = None) -> argparse.Namespace:
    """What was asked for, all measures where none is named."""
    every = [*MEASURES, *ALONE]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(every)}; by default all")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    for size in fields(Sizes):
        parser.add_argument(
            f"--{size.name}", type=int, default=size.default, metavar="N", help=f"({size.default})"
        )
    asked = parser.parse_args(typed)
    asked.names = asked.names or every
    if unknown := set(asked.names) - set(every):
        parser.error(f"there is no measure {', '.join(sorted(unknown))}")
    return asked


def main(typed: list[str] | None = None) -> int:
    """Take the named measures, or all."""
    asked = arguments(typed)
    sizes = Sizes(**{size.name: getattr(asked, size.name) for size in fields(Sizes)})
    machine = f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before the start"
    say(f"Machine: {machine}")
    try:
        taken, failed = take(asked.names, sizes)
    except EngineError as error:
        print(error, file=sys.stderr)
        return 1
    if asked.json:
        whole = {"machine": machine, "sizes": asdict(sizes), "figures": document(taken)}
        print(orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode())
    else:
        print(table(taken))
    return 1 if failed or any(figure.broken for _, figure in taken) else 0


def take(names: list[str], sizes: Sizes) -> tuple[list[tuple[str, Figure]], list[str]]:
    """The figures of the named measures, and the measures that failed."""
    taken: list[tuple[str, Figure]] = []
    failed: list[str] = []
    for name in [each for each in names if each in ALONE]:
        with _kept_going(name, failed):
            taken += [(name, figure) for figure in ALONE[name](sizes)]
    on_engines = [each for each in names if each in MEASURES]
    if on_engines:
        with own_engines() as (engines, state):
            for name in on_engines:
                with _kept_going(name, failed), fresh_stack(engines, state) as place:
                    taken += [(name, figure) for figure in MEASURES[name](place, sizes)]
    return taken, failed


@contextmanager
def _kept_going(name: str, failed: list[str]) -> Iterator[None]:
    """Note a measure that fails: minutes went into the others, and their figures are printed all the same."""
    began = monotonic()
    try:
        yield
        say(f"{name}: measured in {monotonic() - began:.0f} s")
    except Exception:
        failed.append(name)
        traceback.print_exc()


if __name__ == "__main__":
    sys.exit(main())
