"""Settling a change: which source records make up which child afterwards, and under which number. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from contracts.sources import SourceChange
from services.registry import matching
from services.registry.children import ChildRecord, ShieldMark, SourceRecord
from services.registry.shielding import marked


@dataclass
class Neighbourhood:
    """The child records that a batch of changes can concern, and how they look once settled.

    ``announce`` names the children to publish: also those that a change found as it left them, since the
    change may be here again because nobody was told the first time.
    """

    children: dict[str, ChildRecord]
    new_number: Callable[[], str]
    now: datetime
    announce: dict[str, None] = field(default_factory=dict)
    together: list[frozenset[str]] = field(default_factory=list)
    """Numbers whose records changed in one step and must be kept in one step."""

    def __post_init__(self) -> None:
        self._before = dict(self.children)
        self._homes: dict[str, set[str]] = {}
        self._keys: dict[str, set[str]] = {}
        for child in self.children.values():
            self._index(child)

    def settle(self, changes: Iterable[SourceChange]) -> None:
        """Take the changes in, in order; an older or repeated version changes nothing."""
        for change in changes:
            homes = self._homes_of(change.key)
            if any(self._version(home, change.key) >= change.source_version for home in homes):
                self.announce |= dict.fromkeys(homes)
            else:
                self._place(SourceRecord.of(change))

    def shield(self, words: Mapping[str, ShieldMark]) -> None:
        """Note shields that are in force before anything is made of these records."""
        for child in list(self.children.values()):
            after = marked(child, words)
            if after is not child:
                self.children[child.number] = after
                self.announce[child.number] = None
                self.together.append(frozenset({child.number}))

    def look_again(self, numbers: Iterable[str]) -> None:
        """Join to these children whatever turns out to be the same child, made by somebody else meanwhile."""
        for record in [record for number in numbers for record in self.children[number].sources]:
            if len(self._concerned(record)) > 1:
                self._place(record)

    def steps(self) -> list[list[ChildRecord]]:
        """The changed records, grouped into what must be kept in one step; revisions have grown by one."""
        return [
            [self._grown(number) for number in group] for group in _joined(self.together) if self._changed(group)
        ]

    def read(self) -> dict[str, int]:
        """The revisions as they were read, of the records that existed."""
        return {number: child.revision for number, child in self._before.items()}

    def announced(self) -> list[ChildRecord]:
        """The records to publish, as they are kept."""
        return [self._grown(number) for number in self.announce]

    def _changed(self, group: Iterable[str]) -> bool:
        return any(self._before.get(number) != self.children[number] for number in group)

    def _grown(self, number: str) -> ChildRecord:
        child, before = self.children[number], self._before.get(number)
        if before == child:
            return child
        return replace(child, revision=(before.revision if before else 0) + 1)

    def _place(self, record: SourceRecord) -> None:
        concerned = (self.children[number] for number in self._concerned(record))
        affected = sorted(concerned, key=lambda child: (child.created_at, child.number))
        settled = resettle(affected, record, self._unused_number, self.now)
        for child in settled:
            self.children[child.number] = child
            self._index(child)
            self.announce[child.number] = None
        self.together.append(frozenset(child.number for child in settled))

    def _concerned(self, record: SourceRecord) -> set[str]:
        return self._homes_of(record.key) | {
            number
            for key in matching.keys(record)
            for number in self._keys.get(key, ())
            if any(matching.same_child(record, other) for other in self.children[number].sources)
        }

    def _homes_of(self, key: str) -> set[str]:
        return {
            number
            for number in self._homes.get(key, ())
            if any(record.key == key for record in self.children[number].sources)
        }

    def _unused_number(self) -> str:
        # Of those at hand; a number that the store already has is refused there, and decided anew.
        return next(number for number in iter(self.new_number, None) if number not in self.children)

    def _version(self, number: str, key: str) -> int:
        return next(record.version for record in self.children[number].sources if record.key == key)

    def _index(self, child: ChildRecord) -> None:
        for record in child.sources:
            self._homes.setdefault(record.key, set()).add(child.number)
            for key in matching.keys(record):
                self._keys.setdefault(key, set()).add(child.number)


def resettle(
    affected: Sequence[ChildRecord], record: SourceRecord, new_number: Callable[[], str], now: datetime
) -> list[ChildRecord]:
    """The affected children, eldest first, as they are once ``record`` is what its source holds.

    A number stays with its founder's cluster where it can; a child whose records all went to an elder is
    superseded by it; a cluster without a number gets a new one and inherits the shields it was under.
    """
    known: dict[str, SourceRecord] = {}
    for each in (*(each for child in affected for each in child.sources), record):
        # Held twice only where two processes placed it at the same moment.
        if each.key not in known or known[each.key].version <= each.version:
            known[each.key] = each
    origin = {each.key: child for child in reversed(affected) for each in child.sources}
    parts = matching.clusters(each for each in known.values() if each.supplied is not None)
    number_of, successor = _numbers(affected, parts)
    settled = []
    for index, part in enumerate(parts):
        parents = [child for child in affected if any(origin.get(each.key) is child for each in part)]
        own = next((child for child in affected if child.number == number_of.get(index)), None)
        heirs = [child for child in affected if own and successor.get(child.number) == own.number]
        base = own or ChildRecord(new_number(), 0, now, part[0].key, ())
        settled.append(_with(base, part, known, heirs, parents))
    if not affected and not parts:
        settled.append(ChildRecord(new_number(), 0, now, record.key, (record,)))
    for child in affected:
        if child.number in successor:
            settled.append(_superseded(child, successor[child.number]))
        elif child.number not in number_of.values():
            settled.append(_with(child, [], known, [], []))
    return settled


def _numbers(
    affected: Sequence[ChildRecord], parts: Sequence[Sequence[SourceRecord]]
) -> tuple[dict[int, str], dict[str, str]]:
    """Which part keeps which number, and which numbers are superseded by which."""
    taken: dict[int, str] = {}
    successor: dict[str, str] = {}
    for child in affected:
        mine = {each.key for each in child.sources}
        shares = {index: sum(each.key in mine for each in part) for index, part in enumerate(parts)}
        founded = {index for index, part in enumerate(parts) if any(each.key == child.founder for each in part)}
        wanted = sorted(
            (index for index, share in shares.items() if share),
            key=lambda index, founded=founded, shares=shares: (index not in founded, -shares[index], index),  # type: ignore[misc]
        )
        free = next((index for index in wanted if index not in taken), None)
        if free is not None:
            taken[free] = child.number
        elif wanted:
            successor[child.number] = taken[wanted[0]]
    return taken, successor


def _with(
    child: ChildRecord,
    part: Sequence[SourceRecord],
    known: Mapping[str, SourceRecord],
    heirs: Sequence[ChildRecord],
    parents: Sequence[ChildRecord],
) -> ChildRecord:
    """``child`` made up of ``part``, of its own withdrawn records and of those of the children it supersedes."""
    withdrawn = {
        each.key: known[each.key]
        for one in (child, *heirs)
        for each in one.sources
        if known[each.key].supplied is None
    }
    marks: dict[str, ShieldMark] = dict(child.marks)
    for parent in parents:
        # Whoever takes in a record of a shielded child is shielded: it may be her.
        marks |= {name: mark for name, mark in parent.marks.items() if mark.placed and name not in marks}
    for heir in heirs:
        for name, mark in heir.marks.items():
            if name not in marks or marks[name].offset < mark.offset:
                marks[name] = mark
    inherited = {name: revision for heir in heirs for name, revision in heir.supersedes.items()}
    merged = {heir.number: heir.revision + 1 for heir in heirs}
    keys = {each.key for each in part}
    return replace(
        child,
        sources=tuple(sorted([*part, *withdrawn.values()], key=lambda each: each.key)),
        founder=child.founder if child.founder in keys or not part else part[0].key,
        marks=marks,
        supersedes={**child.supersedes, **inherited, **merged},
    )


def _superseded(child: ChildRecord, by: str) -> ChildRecord:
    return replace(child, sources=(), marks={}, supersedes={}, superseded_by=by)


def _joined(groups: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Groups that share a number, united."""
    group_of: dict[str, frozenset[str]] = {}
    for group in groups:
        united = group.union(*(group_of[number] for number in group if number in group_of))
        group_of |= dict.fromkeys(united, united)
    return list(dict.fromkeys(group_of.values()))
