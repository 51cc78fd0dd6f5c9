"""A first load from the command line: audited, and telling on standard output how far it is."""

from __future__ import annotations

import argparse
import getpass
import os
import signal
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import orjson

from contracts.lines import identity
from runtime.tokens import Caller
from services.registry.app import Parts, parts
from services.registry.firstload.hands import Begin, Processes
from services.registry.firstload.load import Into, Report, load
from services.registry.firstload.workspace import LAYOUT, BusyError, Workspace
from services.registry.settings import Settings

_EVERY = 0.2
_REPORT = "report.json"


def arguments(typed: list[str]) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m services.registry first-load", description=__doc__)
    parser.add_argument("file", type=Path, help="one change a line")
    parser.add_argument(
        "--work", type=Path, required=True, help="a folder for what is worked out, on a disk of one's own"
    )
    parser.add_argument("--by", default=getpass.getuser(), help="who loads, for the audit log")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes that reckon")
    parser.add_argument("--spark", metavar="MASTER", help="the URL of a Spark cluster that reckons instead")
    parser.add_argument("--again", action="store_true", help="even if it was loaded to its end before")
    return parser.parse_args(typed)


async def first_load(settings: Settings, asked: argparse.Namespace) -> None:
    """Load the file and print the report; what is printed are lines of JSON."""
    # It may be killed at any moment: so an interruption need not be handled either.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    made = parts(settings)
    content = identity(asked.file)
    name = f"{content}-{made.weights.version}"
    told = asked.work / f"{name}.json"
    if told.exists() and not asked.again:
        _print({"report": {**orjson.loads(told.read_bytes()), "loaded_before": True}})
        return
    try:
        work = Workspace(asked.work / f"{name}-{LAYOUT}")
    except BusyError:
        raise SystemExit("The same file is being loaded by another process.") from None
    document = await _loaded(made, work, asked, content)
    told.write_bytes(orjson.dumps(document))
    work.close(forget=True)
    _print({"report": document})


async def _loaded(made: Parts, work: Workspace, asked: argparse.Namespace, content: str) -> dict[str, Any]:
    began = monotonic()
    await made.bus.connect()
    try:
        await _record(made, asked.by, content, "begun")
        await made.shields.start()
        await made.stages.start()
        into = Into(made.records, made.keeper, made.announcer, made.shields.of)
        report = await load(work, asked.file, into, _hands(asked), _Progress())
        await _record(made, asked.by, content, "done")
    finally:
        await made.stages.stop()
        await made.shields.stop()
        await made.bus.stop()
    return _document(report, monotonic() - began)


def _hands(asked: argparse.Namespace) -> Begin:
    if asked.spark is None:
        return partial(Processes, asked.workers)
    from services.registry.firstload.cluster import SparkHands  # noqa: PLC0415 - few have Spark

    return partial(SparkHands, asked.spark)


async def _record(made: Parts, by: str, content: str, outcome: str) -> None:
    caller = Caller(by, frozenset({"operator"}), None, None, None)
    await made.recorder.record(caller, "operator", "first-load", outcome=outcome, typed={"file": content})


class _Progress:
    """Tells how far it is, a few times a second."""

    def __init__(self) -> None:
        self._said = ("", 0.0)

    def __call__(self, stage: str, done: int, of: int) -> None:
        if self._said[0] != stage or monotonic() - self._said[1] > _EVERY or done == of:
            self._said = (stage, monotonic())
            _print({"stage": stage, "done": done, "of": of})


def _document(report: Report, seconds: float) -> dict[str, Any]:
    bad = [{"line": each.line, "faults": [fault.model_dump() for fault in each.faults]} for each in report.bad]
    rest = {name: value for name, value in asdict(report).items() if name != "bad"}
    return {**rest, "bad": len(bad), "bad_lines": bad, "seconds": round(seconds, 3)}


def _print(document: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.flush()
