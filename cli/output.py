"""What every command says and how it ends: exit codes, failures, and output for people or machines."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def _remember(ctx: typer.Context, asked: bool) -> bool:
    """Note on the whole command line that JSON is wanted, for failures too."""
    ctx.meta[WANTS_JSON] = asked
    return asked


WANTS_JSON = "signpost.json"
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for a machine to read.", callback=_remember)]


class Code(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_RUNNING = 3
    SOME_BAD = 4
    NOTHING_FOUND = 5
    NOT_YET = 6
    INTERRUPTED = 130


MEANING = {
    Code.DONE: "done",
    Code.FAILED: "failed or refused; standard error says why",
    Code.USAGE: "the command was not understood",
    Code.NOT_RUNNING: "Signpost is not running, or not reachable",
    Code.SOME_BAD: "some lines were bad; the rest was loaded",
    Code.NOTHING_FOUND: "nothing found, or too much to show",
    Code.NOT_YET: "a decision is kept, but not in force yet, or waits for a second officer",
    Code.INTERRUPTED: "interrupted; what can be resumed is",
}


class Failure(Exception):  # noqa: N818 - an outcome of a command, not a fault in it
    """The command ends here; the text is for a person, ``document`` for whoever asked for JSON."""

    def __init__(self, text: str, code: Code = Code.FAILED, document: Any = None) -> None:
        super().__init__(text)
        self.code = code
        self.document = document


def not_running() -> Failure:
    """The failure of everything that needs a running Signpost."""
    return Failure("Signpost is not running: signpost up", Code.NOT_RUNNING)


def say(line: str) -> None:
    """One line of progress, apart from the command's result."""
    err.print(line, style="dim", markup=False, soft_wrap=True)


def complain(line: str) -> None:
    """One line about something that is wrong."""
    err.print(line, markup=False, soft_wrap=True)


def print_json(document: Any) -> None:
    """A document on standard output."""
    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2))
