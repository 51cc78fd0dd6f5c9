"""A first load: how many source records a second, until the last is in the store, and until search has it too.

The limit is the incremental way on the same changes and the same store in the same run, with nothing in between:
no Kafka, no announcements, no index.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from time import monotonic, sleep

import httpx
import orjson
import uvloop

import generator
from bench.figures import Figure
from bench.place import Place, Sizes, database, say
from contracts.codec import read
from contracts.sources import SOURCE_CHANGES
from runtime import clock
from services.registry import policy
from services.registry.keeping import Keeper
from services.registry.sources import Arrival, arrived
from services.registry.store import Records
from services.registry.wanted import Wanted

_SEED, _BATCH = 41, 500
_PATIENCE = 300.0
_HANDLED = re.compile(r'^signpost_events_handled_total\{group="search",stream="[^"]+"\} (\S+)$', re.MULTILINE)


def measure(place: Place, sizes: Sizes) -> list[Figure]:
    """Source records a second, stage by stage and in all."""
    with tempfile.TemporaryDirectory(prefix="signpost-bench-") as folder:
        file = Path(folder) / "changes.jsonl"
        summary = generator.write(sizes.children, _SEED, file)
        say(f"firstload: {summary.source_records} source records set-wise")
        began = monotonic()
        stages, report = _first_load(place, file, Path(folder) / "work")
        written = monotonic() - began
        _await_search(place, sizes.children)
        found = monotonic() - began
        say("firstload: the same change by change")
        arrivals = [arrived(read(SOURCE_CHANGES, line.strip()), clock.now()) for line in file.open("rb")]  # type: ignore[arg-type]
    changes = uvloop.run(_incremental(place, arrivals))
    count, limit = report["source_records"], "change by change, by the registry's core alone"
    return [
        Figure("source records", count, ""),
        Figure("source records written", count / written, "/s", count / changes, limit),
        Figure("source records found", count / found, "/s", count / changes, limit),
        *(Figure(f"{stage}, from its beginning to the next", seconds, "s") for stage, seconds in stages.items()),
    ]


def _first_load(place: Place, file: Path, work: Path) -> tuple[dict[str, float], dict[str, int]]:
    """How long each stage took, as far as it told of itself, and the report."""
    command = [sys.executable, "-m", "services.registry", "first-load", str(file), "--work", str(work)]
    environment = place.stack.environment("registry")
    heard: list[tuple[str, float]] = []
    report: dict[str, int] = {}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        for line in running.stdout:
            said = orjson.loads(line)
            report = said.get("report", report)
            heard.append((said.get("stage", "end"), monotonic()))
    assert running.returncode == 0
    starts = dict(reversed(heard))
    names = list(dict.fromkeys(stage for stage, _ in heard))
    return {one: starts[other] - starts[one] for one, other in pairwise(names)}, report


def _await_search(place: Place, children: int) -> None:
    """Return once search has handled a record for each child, and no more come."""
    deadline = monotonic() + _PATIENCE
    before = -1.0
    while (handled := _handled(place)) < children or handled != before:
        assert monotonic() < deadline, "search does not follow"
        before = handled
        sleep(0.25)


def _handled(place: Place) -> float:
    page = httpx.get(f"{place.stack.url('search')}/metrics", trust_env=False).text
    return sum(map(float, _HANDLED.findall(page)))


async def _incremental(place: Place, arrivals: Sequence[Arrival]) -> float:
    """The seconds that the registry's core takes for the same changes."""
    records = Records(database(place.stack, "incremental"))
    await records.prepare()
    keeper = Keeper(records, lambda _: {}, policy.load())
    began = monotonic()
    for at in range(0, len(arrivals), _BATCH):
        batch = arrivals[at : at + _BATCH]
        keys = {each.key for each in batch}
        settled = await keeper.settle(lambda all_, batch=batch: all_.settle(batch), Wanted(sources=keys))  # type: ignore[misc]
        await records.fulfil(settled.intention)
    return monotonic() - began
