"""What people say of a child: from a file or standard input, as others can see a command's arguments in ps."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from cli.output import Code, Failure

INPUT = "-"
SEEN = "For made-up children: other users of the machine can see these in ps"
"""The heading of options that say something of a child."""
IN_PRIVATE = "or - for standard input. What is written here, other users of the machine can see in ps."


def own_words(text: str | None) -> str | None:
    """A text as it was typed, or what standard input has where that is asked for."""
    if text != INPUT:
        return text
    try:
        return sys.stdin.buffer.read().decode().strip()
    except UnicodeDecodeError:
        raise Failure("Standard input is not UTF-8 text.") from None


def json_object(file: str) -> dict[str, Any]:
    """The JSON object in a file, or on standard input; nothing of it is quoted where it is none."""
    try:
        text = sys.stdin.buffer.read() if file == INPUT else Path(file).read_bytes()
        known = json.loads(text)
    except OSError as error:
        raise Failure(f"{file} cannot be read ({type(error).__name__}).") from None
    except ValueError:
        known = None
    if not isinstance(known, dict):
        raise Failure(f"{'Standard input' if file == INPUT else file} is not a JSON object.")
    return known


def once(**options: str | None) -> None:
    """Refuse a command in which more than one option is to be read from standard input."""
    wanted = [f"--{name}" for name, value in options.items() if value == INPUT]
    if len(wanted) > 1:
        raise Failure(f"Only one of {' and '.join(wanted)} can be read from standard input.", Code.USAGE)
