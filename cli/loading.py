"""Loading a file of changes: what is good goes to Kafka, what is bad is named, and it resumes where it stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from contracts.base import Stream
from contracts.lines import BadLine, identity, read_line

_CHUNK = 2000

Send = Callable[[bytes, bytes], Awaitable[Awaitable[Any]]]
"""Hands a key and a body to Kafka; what it returns is done once all in-sync replicas have it."""


@dataclass(frozen=True)
class Position:
    """How far a file has been loaded: everything before ``offset`` (bytes) is acknowledged, or was bad."""

    offset: int = 0
    line: int = 0
    loaded: int = 0
    bad: int = 0


@dataclass(frozen=True)
class Chunk:
    """Some lines of a file: keys and bodies to publish, the bad ones, and the position behind them."""

    messages: Sequence[tuple[bytes, bytes]]
    bad: Sequence[BadLine]
    behind: Position


class Bookmark:
    """Where the loading of a file stands, kept in a folder under the file's content, not its name."""

    def __init__(self, folder: Path, file: Path) -> None:
        self._path = folder / f"{identity(file)}.json"

    def position(self) -> Position:
        """Where the last run got to."""
        try:
            return Position(**orjson.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return Position()

    def keep(self, position: Position) -> None:
        """Remember ``position``, whole or not at all."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._path.with_suffix(".new")
        unfinished.write_bytes(orjson.dumps(asdict(position)))
        unfinished.replace(self._path)


def chunks(stream: Stream, file: BinaryIO, position: Position, size: int = _CHUNK) -> Iterator[Chunk]:
    """The rest of the file from ``position`` on."""
    file.seek(position.offset)
    messages: list[tuple[bytes, bytes]] = []
    bad: list[BadLine] = []
    for line in file:
        position = replace(position, offset=position.offset + len(line), line=position.line + 1)
        body = line.strip()
        if not body:
            continue
        found = read_line(stream, position.line, body)
        if isinstance(found, BadLine):
            bad.append(found)
        else:
            messages.append((found.key.encode(), body))
        if len(messages) + len(bad) == size:
            position = _counted(position, messages, bad)
            yield Chunk(messages, bad, position)
            messages, bad = [], []
    yield Chunk(messages, bad, _counted(position, messages, bad))


async def publish(found: Iterator[Chunk], send: Send, acknowledged: Callable[[Chunk], None]) -> None:
    """Publish chunk by chunk, one ahead of what is acknowledged; ``acknowledged`` hears of each, in order."""
    before: tuple[Chunk, list[Awaitable[Any]]] | None = None
    for chunk in found:
        sent = [await send(key, body) for key, body in chunk.messages]
        if before is not None:
            await _settle(*before, acknowledged)
        before = chunk, sent
    if before is not None:
        await _settle(*before, acknowledged)


async def _settle(chunk: Chunk, sent: list[Awaitable[Any]], acknowledged: Callable[[Chunk], None]) -> None:
    await asyncio.gather(*sent)
    acknowledged(chunk)


def _counted(position: Position, messages: Sequence[object], bad: Sequence[object]) -> Position:
    return replace(position, loaded=position.loaded + len(messages), bad=position.bad + len(bad))
