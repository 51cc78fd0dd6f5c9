"""A whole authority's first load, straight into the store; how far it is and what came of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from cli.output import AsJson, Code, Failure, complain, err, out, print_json
from cli.place import Place

if TYPE_CHECKING:
    from deploy.stack import Stack


def first_load(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="One change a line.")],
    again: Annotated[bool, typer.Option("--again", help="Even if it was loaded to its end before.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load a whole authority at once, straight into the store; resumes where it stopped."""
    place = Place.current()
    if not place.stack.ready("registry"):
        raise Failure(
            "The registry is not ready, and others must find what is loaded: signpost up", Code.NOT_RUNNING
        )
    report = _run(place, file, again=again)
    if as_json:
        print_json(report)
    else:
        _show(report)
    if report["bad"]:
        raise typer.Exit(Code.SOME_BAD)


def _run(place: Place, file: Path, *, again: bool) -> dict[str, Any]:
    from deploy.stack import inherited

    stack: Stack = place.stack
    command = [
        sys.executable,
        "-m",
        "services.registry",
        "first-load",
        str(file),
        "--work",
        str(place.state / "loads"),
    ]
    environment = inherited() | stack.environment("registry")
    try:
        with (
            stack.processes["registry"].log.open("ab") as log,
            subprocess.Popen(
                [*command, *(["--again"] if again else [])], env=environment, stdout=subprocess.PIPE, stderr=log
            ) as running,
        ):
            report = _follow(running.stdout)
    except KeyboardInterrupt:
        raise Failure("Stopped: the same command goes on where it was.", Code.INTERRUPTED) from None
    if running.returncode or report is None:
        raise Failure(
            f"It was not loaded to its end: read why in {stack.processes['registry'].log}. "
            "The same command goes on where it was."
        )
    return report


def _follow(lines: IO[bytes] | None) -> dict[str, Any] | None:
    """Show how far it is; returns the report that comes last."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    report: dict[str, Any] | None = None
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("loading", total=None)
        for line in lines or ():
            said = json.loads(line)
            report = said.get("report", report)
            if "stage" in said:
                progress.update(task, description=said["stage"], completed=said["done"], total=said["of"] or None)
    return report


def _show(report: dict[str, Any]) -> None:
    for each in report["bad_lines"]:
        for fault in each["faults"]:
            complain(f"line {each['line']}: {fault['field']}: {fault['problem']}")
    facts = f"{report['changes']} changes, {report['source_records']} source records, {report['bad']} bad lines"
    if report.get("loaded_before"):
        out.print(f"Loaded already: {facts}. (--again loads it once more.)")
        return
    seconds = report["seconds"]
    out.print(
        f"{facts}: {report['children']} children in {seconds:.1f} s "
        f"({report['source_records'] / seconds:.0f} source records/s)."
    )
    if report["apart"]:
        out.print(f"{report['apart']} source records concerned children who were there: settled change by change.")
