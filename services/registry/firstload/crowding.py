"""Words that too many share: who comes to a full one is sought and indexed by finer ones, as change by change too.

What is found at a full word depends on who came first. Here that is the order of the ids: the outcome is one that
the incremental way could have had.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from services.registry import candidates, policy
from services.registry.firstload.pairing import concern, record_like
from services.registry.firstload.reading import Progress
from services.registry.firstload.united import United
from services.registry.firstload.workspace import Rows, Workspace
from services.registry.matching import Judge
from services.registry.sources import SourceRecord

_CONCERNED = """
SELECT id, likeness, formers, number, shielded,
    list(word ORDER BY word) FILTER (NOT swapped), list(word ORDER BY word)
FROM keys JOIN records USING (id)
WHERE word IN (SELECT word FROM crowded) OR (number IS NOT NULL AND word LIKE '%/%')
GROUP BY ALL ORDER BY id"""


def crowd(work: Workspace, progress: Progress) -> None:
    """Find the pairs that share a crowded word, and the finer words that late comers are indexed by."""
    if work.done("crowd"):
        return
    same = United()
    for one, other in work.stream("SELECT one, other FROM matters WHERE tied"):
        same.unite(one, other)
    walk = Walk(same)
    most = work.count("SELECT count(*) FROM records")
    for id_, likeness, formers, number, shielded, index, seek in work.stream(_CONCERNED):
        record = record_like(id_, likeness, formers)
        if number is None:
            walk.come(id_, record, frozenset(index or ()), frozenset(seek))
        else:
            walk.was_there(id_, record, number, index or (), shielded=shielded)
        progress("telling apart who shares a full key", id_, most)
    with work.step("crowd", done=True):
        work.add("matters", walk.matters)
        work.add("refined", walk.refined)


class Walk:
    """Records come one after the other to crowded words; a word is full once it leads to ``CAP`` children."""

    def __init__(self, same: United) -> None:
        self.matters: Rows = []
        self.refined: Rows = []
        self._same = same
        self._found_by: dict[str, list[int]] = defaultdict(list)
        self._homes: dict[str, int] = {}
        self._records: dict[int, SourceRecord] = {}
        self._shielded: set[int] = set()
        self._policy = policy.in_force()

    def was_there(
        self, id_: int, record: SourceRecord, number: str, index: Iterable[str], *, shielded: bool
    ) -> None:
        """A record of a child that the store held before, by the words under which it is there."""
        self._same.unite(self._homes.setdefault(number, id_), id_)
        if shielded:
            self._shielded.add(id_)
        self._put(id_, record, index)

    def come(self, id_: int, record: SourceRecord, index: frozenset[str], seek: frozenset[str]) -> None:
        """A new record, with the crowded words that it is indexed and sought by."""
        person = record.likeness.person
        kept = candidates.kept_under(index, person, lambda word: self._leads_to(word, candidates.CAP))
        sought = candidates.looked_under(seek, person, lambda word: self._leads_to(word, candidates.CROWDED))
        judge = Judge(self._policy)
        for other in sorted({each for word in sought for each in self._found_by.get(word, ())}):
            there = self._records[other]
            tied, doubted = concern(judge, there, record, shielded=other in self._shielded)
            if tied:
                self._same.unite(other, id_)
            if tied or doubted:
                self.matters.append((other, id_, tied))
        if kept != index:
            self.refined.append((id_, sorted(kept), sorted(index - kept)))
        self._put(id_, record, kept)

    def _put(self, id_: int, record: SourceRecord, index: Iterable[str]) -> None:
        self._records[id_] = record
        for word in index:
            self._found_by[word].append(id_)

    def _leads_to(self, word: str, most: int) -> bool:
        """Whether the word has a cap, and leads to so many children or more."""
        found = self._found_by.get(word, ())
        capped = len(found) >= most and candidates.is_capped(word)
        return capped and len({self._same.of(each) for each in found}) >= most
