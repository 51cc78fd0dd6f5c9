"""A file of messages, one a line: which file it is, and what is wrong with a line; never what is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from contracts.base import Message, Stream
from contracts.codec import UnreadableError, read
from contracts.dead_letters import Fault


@dataclass(frozen=True)
class BadLine:
    """A line that is no message; its fields and what is wrong with them, never their values."""

    line: int
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return "\n".join(f"line {self.line}: {fault.field}: {fault.problem}" for fault in self.faults)


def read_line(stream: Stream, number: int, body: bytes) -> Message | BadLine:
    """The message in a line, or what is wrong with it."""
    try:
        return read(stream, body)
    except UnreadableError as error:
        return BadLine(number, _faults(error, {each.model_fields["type"].default for each in stream.messages}))


def identity(file: Path) -> str:
    """By what a file is known again: all that is in it, not its name."""
    # All of it: a digit may have been corrected anywhere, and what is known again is not loaded again.
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()[:32]


def _faults(error: UnreadableError, kinds: Collection[str]) -> tuple[Fault, ...]:
    if not error.faults:
        return (Fault(field="(body)", problem=error.reason),)
    return tuple(Fault(field=_field(fault.field, kinds), problem=fault.problem) for fault in error.faults)


def _field(path: str, kinds: Collection[str]) -> str:
    """The field as its writer knows it: pydantic puts the message's type before it."""
    first, _, rest = path.partition(".")
    return rest if rest and first in kinds else path
