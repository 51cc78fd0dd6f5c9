"""Pairs that matter are gathered into islands, and islands settled into children, chunk by chunk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import bson

from contracts.child_number import new_child_number
from runtime import clock
from services.registry import policy
from services.registry.documents import document_of
from services.registry.firstload.hands import Hands
from services.registry.firstload.islands import Island, children_of, indexed
from services.registry.firstload.reading import Progress, record_of
from services.registry.firstload.united import United
from services.registry.firstload.workspace import Rows, Workspace
from services.registry.matching import Judge

CHUNK = 1000

# A source record that the store holds already, or that one of its records may be, is settled change by change; so
# is whatever concerns it.
_APART = """UPDATE islands SET apart = true WHERE island IN (
    SELECT island FROM islands WHERE id IN (
        SELECT id FROM records WHERE number IS NULL AND key IN (SELECT key FROM records WHERE number IS NOT NULL)
        UNION ALL SELECT other FROM matters JOIN records ON id = one WHERE number IS NOT NULL))"""

_SETTLING = """CREATE TABLE settling AS
SELECT id, family, island, document, words, instead_of,
    (min(place) OVER (PARTITION BY island)) // $chunk AS chunk
FROM (
    SELECT id, island, family, document, words, instead_of, row_number() OVER (ORDER BY island, id) AS place
    FROM records JOIN islands USING (id) LEFT JOIN refined USING (id) WHERE NOT apart)
ORDER BY chunk, island, id"""

_DOUBTS = """CREATE TABLE doubts AS
SELECT chunk, one, other FROM matters JOIN settling ON id = one ORDER BY chunk"""


@dataclass(frozen=True)
class Settled:
    """Some islands to be settled at one moment: their records, and the pairs that matter."""

    records: Rows
    doubts: Rows
    now: datetime


def gather(work: Workspace) -> None:
    """Say which records concern each other, and which concern a child that the store held before."""
    if work.done("gather"):
        return
    families, islands = United(), United()
    known = work.count("SELECT count(*) FROM records WHERE number IS NOT NULL")
    for one, other, tied in work.stream("SELECT one, other, tied FROM matters WHERE one > ?", known):
        islands.unite(one, other)
        if tied:
            families.unite(one, other)
    with work.step("gather", done=True):
        work.add("islands", [(each, families.of(each), islands.of(each), False) for each in islands])
        work.run("""INSERT INTO islands SELECT id, id, id, false FROM records ANTI JOIN islands USING (id)
                    WHERE number IS NULL""")
        work.run(_APART)
        work.run(_SETTLING, chunk=CHUNK)
        work.run(_DOUBTS)


def settle(work: Workspace, hands: Hands, progress: Progress) -> None:
    """Make children of all islands that concern nobody else."""
    start = (work.state("settle") or {"chunk": 0})["chunk"]
    chunks = work.count("SELECT max(chunk) + 1 FROM settling")
    asked = (_chunk(work, chunk) for chunk in range(start, chunks))
    for chunk, children in enumerate(hands.each(make, asked), start):
        with work.step("settle", {"chunk": chunk + 1}):
            work.add("children", [(chunk, number, document) for number, document in children])
        progress("settling", chunk + 1, chunks)


def make(asked: Settled) -> list[tuple[str, bytes]]:
    """The children's numbers and documents; runs in a process of its own."""
    judge = Judge(policy.in_force())
    islands: dict[int, Island] = {}
    of: dict[int, tuple[Island, str]] = {}
    for id_, family, island, document, words, instead_of in asked.records:
        record = indexed(record_of(document), words or (), instead_of or ())
        into = islands.setdefault(island, Island())
        into.families.setdefault(family, []).append(record)
        of[id_] = into, record.key
    for one, other in asked.doubts:
        of[one][0].doubts.append((of[one][1], of[other][1]))
    return [
        (child.number, bson.encode(document_of(child)))
        for island in islands.values()
        for child in children_of(island, judge, new_child_number, asked.now)
    ]


def _chunk(work: Workspace, chunk: int) -> Settled:
    columns = "id, family, island, document, words, instead_of"
    query = f"SELECT {columns} FROM settling WHERE chunk = ? ORDER BY island, id"  # noqa: S608 - ours
    return Settled(
        work.rows(query, chunk), work.rows("SELECT one, other FROM doubts WHERE chunk = ?", chunk), clock.now()
    )
