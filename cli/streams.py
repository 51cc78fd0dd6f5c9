"""Feeding Signpost: make up children, load a file of changes, and build the index anew."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.output import AsJson, Code, Failure, complain, err, out, print_json
from cli.place import Place

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from cli.loading import Bookmark, Position
    from contracts.lines import BadLine

_PROGRESS = re.compile(r"(\d+)/(\d+)")


def generate(
    children: Annotated[int, typer.Option(min=1, help="How many.")],
    file: Annotated[Path, typer.Option("--out", help="The file of changes to write; the truth is put beside it.")],
    seed: Annotated[int, typer.Option(help="The same seed makes the same children.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Make up children, and write what source systems would publish about them."""
    import generator

    try:
        summary = asdict(generator.write(children, seed, file))
    except OSError as error:
        raise Failure(f"{file} cannot be written: {error.strerror}.") from None
    summary["truth"] = str(summary["truth"])
    if as_json:
        print_json({"file": str(file), **summary})
    else:
        facts = ", ".join(
            f"{value} {name.replace('_', ' ')}" for name, value in summary.items() if name != "truth"
        )
        out.print(f"{file}: {facts}", soft_wrap=True)
        out.print(f"{summary['truth']}: which source records are one child", soft_wrap=True)


def load(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="One change a line.")],
    again: Annotated[bool, typer.Option("--again", help="From the start, even if it was loaded before.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish a file of changes; resumes where it stopped, names bad lines and loads the rest."""
    from time import monotonic

    from cli.loading import Bookmark, Position

    place = Place.current()
    bookmark = Bookmark(place.state / "loads", file)
    if again:
        bookmark.keep(Position())
    start = bookmark.position()
    began = monotonic()
    bad: list[BadLine] = []
    if start.offset < file.stat().st_size:
        bad = publish_file(place, file, bookmark, start)
    end, seconds = bookmark.position(), monotonic() - began
    if as_json:
        print_json(_report(start, end, bad, seconds))
    elif start.offset and start == end:
        out.print(f"Loaded already: {end.loaded} changes, {end.bad} bad lines. (--again loads it once more.)")
    else:
        done = end.loaded - start.loaded
        resumed = f", from line {start.line + 1} on" if start.line else ""
        out.print(
            f"{done} changes loaded{resumed} in {seconds:.1f} s ({done / seconds:.0f}/s), {len(bad)} bad lines."
        )
    if end.bad:
        raise typer.Exit(Code.SOME_BAD)


def publish_file(place: Place, file: Path, bookmark: Bookmark, start: Position) -> list[BadLine]:
    """Publish the rest of a file with a progress bar; returns its bad lines, which were reported as they came."""
    import asyncio

    from cli.kafka import producer
    from cli.loading import Chunk, chunks, publish
    from contracts.sources import SOURCE_CHANGES
    from runtime.kafka import topic

    bad: list[BadLine] = []

    async def run(progress: Progress, task: TaskID) -> None:
        def acknowledged(chunk: Chunk) -> None:
            bookmark.keep(chunk.behind)
            bad.extend(chunk.bad)
            for each in chunk.bad:
                complain(str(each))
            progress.update(task, completed=chunk.behind.offset)

        settings = place.kafka
        name = topic(settings, SOURCE_CHANGES)
        with file.open("rb") as lines:
            async with producer(settings) as client:
                await publish(
                    chunks(SOURCE_CHANGES, lines, start),
                    lambda key, body: client.send(name, body, key),
                    acknowledged,
                )

    try:
        with bar() as progress:
            size = file.stat().st_size
            task = progress.add_task(f"loading {file.name}", total=size, completed=start.offset)
            asyncio.run(run(progress, task))
    except KeyboardInterrupt:
        line = bookmark.position().line
        raise Failure(f"Stopped after line {line}: the same command goes on there.", Code.INTERRUPTED) from None
    return bad


def read_again(
    services: Annotated[list[str], typer.Argument(help="Of registry, search, shielding, audit; all stopped.")],
    as_json: AsJson = False,
) -> None:
    """Have services read all their streams from the beginning at their next start, after a backup was restored."""
    import asyncio

    from cli.kafka import forget_position
    from contracts import SERVICES, STREAMS

    place = Place.current()
    if unknown := set(services) - set(SERVICES):
        raise Failure(f"There is no service {', '.join(sorted(unknown))}.", Code.USAGE)
    if running := [name for name in services if place.stack.processes[name].running()]:
        raise Failure(f"{', '.join(running)} must be stopped first: signpost down")
    for stream in STREAMS:
        for reader in stream.readers:
            if reader.service in services and reader.group is not None:
                asyncio.run(forget_position(place.kafka, stream, reader.group))
    if as_json:
        print_json({"reads_again": services})
    else:
        out.print(f"At their next start they read everything again: {', '.join(services)}.")


def reindex(as_json: AsJson = False) -> None:
    """Build the search index anew from the stream, beside the old one, and switch when it is complete."""
    messages = _rebuilt(Place.current())
    if as_json:
        print_json({"messages": messages})
    else:
        out.print(f"The index is rebuilt from {messages} messages.")


def _rebuilt(place: Place) -> int:
    """Rebuild it beside the running search; returns from how many messages."""
    from deploy.stack import inherited

    stack = place.stack
    if not stack.ready("search"):
        raise Failure("Search is not ready, and it must write to both indexes: signpost up", Code.NOT_RUNNING)
    command = [sys.executable, "-m", "services.search", "reindex"]
    with (
        stack.processes["search"].log.open("ab") as log,
        subprocess.Popen(
            command, env=inherited() | stack.environment("search"), stdout=subprocess.PIPE, stderr=log, text=True
        ) as running,
        bar() as progress,
    ):
        task = progress.add_task("rebuilding the index", total=None)
        last = ""
        for line in running.stdout or ():
            last = line.strip()
            if far := _PROGRESS.fullmatch(last):
                progress.update(task, completed=int(far[1]), total=int(far[2]))
    if running.returncode:
        raise Failure(f"The index was not rebuilt: read why in {stack.processes['search'].log}.")
    return int(last.removeprefix("done "))


def bar() -> Progress:
    """A progress bar beside the result, where somebody watches."""
    from rich.progress import Progress

    return Progress(console=err, transient=True, disable=not err.is_terminal)


def _report(start: Position, end: Position, bad: list[BadLine], seconds: float) -> dict[str, Any]:
    return {
        "loaded": end.loaded - start.loaded,
        "bad": len(bad),
        "loaded_in_all": end.loaded,
        "bad_in_all": end.bad,
        "resumed_at_line": start.line + 1,
        "seconds": round(seconds, 3),
        "bad_lines": [
            {"line": each.line, "faults": [fault.model_dump() for fault in each.faults]} for each in bad
        ],
    }
