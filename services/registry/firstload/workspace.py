"""What a first load has worked out so far: one DuckDB file, in which a step leaves all of its outcome or none."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import orjson

Rows = list[tuple[Any, ...]]

LAYOUT = 2
"""Which tables there are: what was worked out by a build with others is not gone on with."""

_TABLES = """
CREATE TABLE IF NOT EXISTS stages (name VARCHAR PRIMARY KEY, state VARCHAR, done BOOLEAN);
CREATE TABLE IF NOT EXISTS bad (line BIGINT, faults VARCHAR);
-- The children that the store held before, by their revisions then.
CREATE TABLE IF NOT EXISTS known (number VARCHAR, revision BIGINT);
-- What each change makes of its source record, as the store would hold it.
CREATE TABLE IF NOT EXISTS changes (key VARCHAR, version BIGINT, line BIGINT, born DATE, document BLOB);
-- Source records, folded from their changes; those that the store held before have the lowest ids, and a number.
CREATE TABLE IF NOT EXISTS records
    (id BIGINT, key VARCHAR, number VARCHAR, shielded BOOLEAN, live BOOLEAN, likeness VARCHAR, formers VARCHAR[],
    refused VARCHAR[], document BLOB);
-- The words by which they find each other; a swapped one only seeks.
CREATE TABLE IF NOT EXISTS keys (word VARCHAR, id BIGINT, swapped BOOLEAN);
-- The words by which shielded children are found, and those who may be one of them.
CREATE TABLE IF NOT EXISTS wide (word VARCHAR, id BIGINT, shielded BOOLEAN);
-- Pairs that matter to each other: they tie, or are in doubt.
CREATE TABLE IF NOT EXISTS matters (one BIGINT, other BIGINT, tied BOOLEAN);
-- What those are indexed by who came to a full word, and by what they are not any more.
CREATE TABLE IF NOT EXISTS refined (id BIGINT, words VARCHAR[], instead_of VARCHAR[]);
-- Which records could be one child (family), and which concern each other (island); apart: others too.
CREATE TABLE IF NOT EXISTS islands (id BIGINT, family BIGINT, island BIGINT, apart BOOLEAN);
-- The children to be written.
CREATE TABLE IF NOT EXISTS children (chunk BIGINT, number VARCHAR, document BLOB);
"""


class BusyError(Exception):
    """Another process has the workspace open: the same file is being loaded already."""


class Workspace:
    """Tables, and how far each stage has come."""

    def __init__(self, folder: Path) -> None:
        # What is in it is as personal as what the store holds.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        try:
            self._database = duckdb.connect(str(folder / "load.duckdb"))
        except duckdb.IOException as error:
            raise BusyError from error
        self._database.execute(_TABLES)

    def close(self, *, forget: bool = False) -> None:
        """Close the file; once nothing of it is needed any more, ``forget`` it."""
        self._database.close()
        if forget:
            shutil.rmtree(self._folder)

    def rows(self, query: str, *given: Any) -> Rows:
        """All that a query finds."""
        return self._database.execute(query, list(given)).fetchall()

    def stream(self, query: str, *given: Any, size: int = 20_000) -> Iterator[tuple[Any, ...]]:
        """What a query finds, row by row; meanwhile other queries may be asked."""
        cursor = self._database.cursor()
        cursor.execute(query, list(given))
        while part := cursor.fetchmany(size):
            yield from part
        cursor.close()

    def count(self, query: str, *given: Any) -> int:
        """The one number that a query answers; 0 for none."""
        return int(self.rows(query, *given)[0][0] or 0)

    def run(self, statement: str, **named: Any) -> None:
        """Run a statement with its named parameters."""
        self._database.execute(statement, named)

    def add(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Add rows; a column a parameter, which is a hundred times as fast as a row a statement."""
        if not rows:
            return
        types = [each[2] for each in self.rows(f"PRAGMA table_info('{table}')")]
        columns = [list(column) for column in zip(*rows, strict=True)]
        unnested = ", ".join(f"unnest(${at}::{kind}[])" for at, kind in enumerate(types, 1))
        self._database.execute(f"INSERT INTO {table} SELECT {unnested}", columns)

    def state(self, stage: str) -> Any:
        """What a stage has noted of how far it is; ``None`` before it began."""
        found = self.rows("SELECT state FROM stages WHERE name = ?", stage)
        return orjson.loads(found[0][0]) if found else None

    def done(self, stage: str) -> bool:
        """Whether a stage is over."""
        return bool(self.rows("SELECT 1 FROM stages WHERE name = ? AND done", stage))

    @contextmanager
    def step(self, stage: str, state: Any = None, *, done: bool = False) -> Iterator[None]:
        """What is done within is kept together with how far the stage has come by it, or neither is."""
        self._database.begin()
        try:
            yield
            note = orjson.dumps(state).decode()
            self._database.execute("INSERT OR REPLACE INTO stages VALUES (?, ?, ?)", [stage, note, done])
            self._database.commit()
        except BaseException:
            self._database.rollback()
            raise
