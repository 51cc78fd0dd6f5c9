"""A file of changes taken in, and folded into source records, in whatever order the versions stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

import bson
import orjson
from bson.codec_options import CodecOptions

from contracts.dead_letters import Fault
from contracts.lines import BadLine, read_line
from contracts.sources import SOURCE_CHANGES, ChildSupplied, ChildWithdrawn
from runtime import clock
from services.registry import candidates
from services.registry.documents import source_document, source_of
from services.registry.firstload.hands import Hands
from services.registry.firstload.workspace import Rows, Workspace
from services.registry.sources import Arrival, ReservedSourceError, SourceRecord, arrived, taken

CHUNK = 2000
OPTIONS: CodecOptions[Any] = CodecOptions(tz_aware=True)

Progress = Callable[[str, int, int], None]
"""Hears the stage, how much of it is done, and of how much."""


@dataclass
class Taken:
    """What is in some lines: rows of ``changes``, and the bad ones."""

    changes: Rows = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)


@dataclass
class Folded:
    """Some source records: rows of ``records``, of ``keys`` and of ``wide``."""

    records: Rows = field(default_factory=list)
    keys: Rows = field(default_factory=list)
    wide: Rows = field(default_factory=list)


def read_file(work: Workspace, file: Path, hands: Hands, progress: Progress) -> None:
    """Take in the rest of the file; a line that is no change is noted with its number and fields."""
    if work.done("read"):
        return
    state = work.state("read") or {"offset": 0, "line": 0}
    size = file.stat().st_size
    with file.open("rb") as lines:
        places: list[dict[str, int]] = []
        for found in hands.each(partial(take_in, now=clock.now()), _chunks(lines, state, places)):
            state = places.pop(0)
            with work.step("read", state):
                work.add("changes", found.changes)
                work.add("bad", [(each.line, _faults(each)) for each in found.bad])
            progress("reading", state["offset"], size)
    with work.step("read", state, done=True):
        # By birth date: those who are compared with each other lie beside each other.
        work.run(
            """CREATE TABLE ordered AS SELECT id, line, version, document FROM changes JOIN
               (SELECT key, row_number() OVER (ORDER BY min(born), key) + (SELECT count(*) FROM records) AS id
                FROM changes GROUP BY key) USING (key) ORDER BY id, version, line"""
        )
        work.run("DROP TABLE changes")


def take_in(lines: Sequence[tuple[int, bytes]], now: datetime) -> Taken:
    """What is in these lines, which arrive ``now``; runs in a process of its own."""
    taken_in = Taken()
    for number, body in lines:
        change = read_line(SOURCE_CHANGES, number, body)
        if isinstance(change, BadLine):
            taken_in.bad.append(change)
            continue
        assert isinstance(change, (ChildSupplied, ChildWithdrawn))  # noqa: S101 - the stream has no others
        try:
            record = arrived(change, now).record
        except ReservedSourceError:
            taken_in.bad.append(BadLine(number, (Fault(field="source", problem="reserved"),)))
            continue
        born = change.child.date_of_birth if isinstance(change, ChildSupplied) else None
        document = bson.encode(source_document(record))
        taken_in.changes.append((record.key, change.source_version, number, born, document))
    return taken_in


def fold(work: Workspace, hands: Hands, progress: Progress, *, wide: bool) -> None:
    """Make one source record of all its versions; ``wide`` where there are shielded children that it may be."""
    first = work.count("SELECT min(id) FROM ordered")
    last = work.count("SELECT max(id) FROM ordered")
    state = work.state("fold") or {"from": first}
    starts = range(state["from"], last + 1, CHUNK)
    chunks = (
        work.rows(
            "SELECT id, document FROM ordered WHERE id >= ? AND id < ? ORDER BY id, version, line", at, at + CHUNK
        )
        for at in starts
    )
    act = partial(fold_chunk, wide=wide)
    for at, folded in zip(starts, hands.each(act, chunks), strict=True):
        with work.step("fold", {"from": at + CHUNK}):
            work.add("records", folded.records)
            work.add("keys", folded.keys)
            work.add("wide", folded.wide)
        progress("folding", min(at + CHUNK, last) - first, last - first)


def fold_chunk(rows: Rows, *, wide: bool) -> Folded:
    """The source records of these rows of ``ordered``; runs in a process of its own."""
    folded = Folded()
    for id_, record in _records(rows):
        likeness, formers = None, [each.text for each in record.formers]
        if record.live:
            like = record.likeness
            likeness, index = like.text, candidates.index_keys(like.person, like.common_keys)
            folded.keys += [(word, id_, word not in index) for word in like.seek_keys]
            words = {word for each in record.likenesses for word in each.wide_keys} if wide else ()
            folded.wide += [(word, id_, False) for word in words]
        document = bson.encode(source_document(record))
        # What was refused of them covers nobody yet: none is shielded.
        folded.records.append((id_, record.key, None, False, record.live, likeness, formers, [], document))
    return folded


def changes_of(work: Workspace, ids: str, *given: object) -> Iterator[Arrival]:
    """The changes to source records, of which ``ids`` is a query, each as it came."""
    query = f"SELECT document FROM ordered WHERE id IN ({ids}) ORDER BY id, version, line"  # noqa: S608 - ours
    for (document,) in work.stream(query, *given):
        yield Arrival(record_of(document))


def record_of(document: bytes) -> SourceRecord:
    """A source record, as the workspace keeps it."""
    return source_of(bson.decode(document, OPTIONS))


def _records(rows: Rows) -> Iterator[tuple[int, SourceRecord]]:
    for id_, versions in groupby(rows, key=itemgetter(0)):
        held: SourceRecord | None = None
        for _, document in versions:
            held = taken(held, Arrival(record_of(document))) or held
        if held is not None:
            yield id_, held


def _chunks(
    lines: BinaryIO, state: dict[str, int], behind: list[dict[str, int]]
) -> Iterator[list[tuple[int, bytes]]]:
    """The rest of the file; ``behind`` gets the place behind each chunk."""
    lines.seek(state["offset"])
    number, chunk = state["line"], []
    for line in lines:
        number += 1
        if body := line.strip():
            chunk.append((number, body))
        if len(chunk) == CHUNK:
            behind.append({"offset": lines.tell(), "line": number})
            yield chunk
            chunk = []
    behind.append({"offset": lines.tell(), "line": number})
    yield chunk


def _faults(bad: BadLine) -> str:
    return orjson.dumps([each.model_dump() for each in bad.faults]).decode()
