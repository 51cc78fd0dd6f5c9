"""Which records concern each other: pairs that share a word, weighed by the registry's own judge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from services.registry import candidates, policy
from services.registry.doubting import in_doubt
from services.registry.firstload.hands import Hands
from services.registry.firstload.reading import Progress
from services.registry.firstload.workspace import Rows, Workspace
from services.registry.matching import Judge
from services.registry.sources import Likeness, SourceRecord

_CHUNK = 20_000

_CROWDED = """CREATE TABLE crowded AS
SELECT word FROM keys WHERE NOT swapped GROUP BY word HAVING count(*) > $cap"""

# Of two that the store held before, nothing is asked: their ids are up to the given number. A child that the store
# held is compared whole, as it is when it is found by one of its records.
_PAIRS = """CREATE TABLE pairs AS
WITH uncrowded AS (SELECT word, id, swapped FROM keys ANTI JOIN crowded USING (word)),
found AS (
    SELECT a.id AS one, b.id AS other FROM uncrowded a JOIN uncrowded b USING (word)
    WHERE a.id < b.id AND NOT a.swapped AND NOT b.swapped AND b.id > $known
    UNION ALL
    SELECT least(a.id, b.id), greatest(a.id, b.id) FROM uncrowded a JOIN uncrowded b USING (word)
    WHERE a.id <> b.id AND NOT a.swapped AND b.swapped AND greatest(a.id, b.id) > $known
    UNION ALL
    SELECT a.id, b.id FROM wide a JOIN wide b USING (word) WHERE a.shielded AND NOT b.shielded),
whole AS (
    SELECT one, other FROM found WHERE one > $known
    UNION ALL
    SELECT sibling.id, other FROM found JOIN records mine ON mine.id = one
    JOIN records sibling ON sibling.number = mine.number AND (sibling.live OR sibling.shielded)
    WHERE one <= $known)
SELECT one, other, (row_number() OVER (ORDER BY one, other)) // $chunk AS chunk
FROM (SELECT DISTINCT one, other FROM whole) ORDER BY one, other"""


@dataclass(frozen=True)
class Weighing:
    """Pairs to be weighed, and what is asked of their records: what they are and were like; who is shielded."""

    pairs: Rows
    likenesses: dict[int, tuple[str | None, list[str], list[str], bool]]


def pair(work: Workspace, hands: Hands, progress: Progress) -> None:
    """Find the pairs that share a word which not too many share, and keep those that matter."""
    if work.state("pair") is None:
        known = work.count("SELECT count(*) FROM records WHERE number IS NOT NULL")
        with work.step("pair", {"chunk": 0}):
            work.run(_CROWDED, cap=candidates.CAP)
            work.run(_PAIRS, known=known, chunk=_CHUNK)
    start = work.state("pair")["chunk"]
    chunks = work.count("SELECT max(chunk) + 1 FROM pairs")
    asked = (_weighing(work, chunk) for chunk in range(start, chunks))
    for chunk, found in enumerate(hands.each(weigh, asked), start):
        with work.step("pair", {"chunk": chunk + 1}):
            work.add("matters", found)
        progress("comparing", chunk + 1, chunks)


def weigh(asked: Weighing) -> Rows:
    """The pairs that matter, as rows of ``matters``; runs in a process of its own."""
    judge = Judge(policy.in_force())
    records = {id_: record_like(id_, each[0], each[1], each[2]) for id_, each in asked.likenesses.items()}
    found = []
    for one, other in asked.pairs:
        tied, doubted = concern(judge, records[one], records[other], shielded=asked.likenesses[one][3])
        if tied or doubted:
            found.append((one, other, tied))
    return found


def concern(judge: Judge, one: SourceRecord, other: SourceRecord, *, shielded: bool = False) -> tuple[bool, bool]:
    """Whether two records tie, and whether there can be a doubt between their children; one may be shielded."""
    tied = one.live and other.live and judge.ties(one, other)
    return tied, in_doubt(one, other, judge, shielded=(shielded, False))


def record_like(
    id_: int, likeness: str | None, formers: Iterable[str], refused: Iterable[str] = ()
) -> SourceRecord:
    """As much of a source record as is compared."""
    now = Likeness(likeness) if likeness is not None else None
    before, beside = tuple(map(Likeness, formers)), tuple(map(Likeness, refused))
    return SourceRecord(str(id_), 1, datetime.min.replace(tzinfo=UTC), now, formers=before, refused=beside)


def _weighing(work: Workspace, chunk: int) -> Weighing:
    pairs = work.rows("SELECT one, other FROM pairs WHERE chunk = ?", chunk)
    ids = "SELECT one FROM pairs WHERE chunk = $1 UNION SELECT other FROM pairs WHERE chunk = $1"
    query = f"SELECT id, likeness, formers, refused, shielded FROM records WHERE id IN ({ids})"  # noqa: S608 - ours
    return Weighing(pairs, {id_: (*rest,) for id_, *rest in work.rows(query, chunk)})
