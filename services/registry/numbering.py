"""Which child number a group of source records goes by, and what a child record takes along. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from services.registry import history
from services.registry.children import ChildRecord, Event, ShieldMark, Verdict
from services.registry.shielding import united
from services.registry.sources import SourceRecord

Part = Sequence[SourceRecord]


@dataclass(frozen=True)
class Resettling:
    """Children whose source records are parted anew into ``parts``.

    ``affected`` are those children, eldest first; ``retired`` the superseded ones that can come back;
    ``known`` all their source records, withdrawn ones included.
    """

    affected: Sequence[ChildRecord]
    parts: Sequence[Part]
    known: Mapping[str, SourceRecord]
    retired: Mapping[str, ChildRecord]
    new_number: Callable[[], str]
    now: datetime

    def children(self) -> list[ChildRecord]:
        """The children as they are afterwards.

        A number stays with its founder's group where it can. A child whose records all went to an elder is
        superseded by it. A group without a number gets back the one that its founder once had, or a new one,
        and inherits the shields it was under; with a number that comes back go the withdrawn records it had.
        """
        number_of, successor = _numbers(self.affected, self.parts)
        returning = self._returning(number_of)
        gone = {child.number for child in returning.values()}
        back = self._back(returning.values())
        settled = []
        for index, part in enumerate(self.parts):
            own = next((child for child in self.affected if child.number == number_of.get(index)), None)
            heirs = [child for child in self.affected if own and successor.get(child.number) == own.number]
            base = own or returning.get(index) or ChildRecord(self.new_number(), 0, self.now, part[0].key, ())
            child = self._made_up(base, part, heirs, back)
            settled.append(self._without(child, gone) if own else self._with_former(child))
        for child in self.affected:
            if child.number in successor:
                settled.append(_superseded(child, successor[child.number]))
            elif child.number not in number_of.values():
                settled.append(self._made_up(child, [], [], back))
        return settled

    def homeless(self) -> bool:
        """Whether some group has no number among the affected children's."""
        return len(_numbers(self.affected, self.parts)[0]) < len(self.parts)

    def _returning(self, number_of: Mapping[int, str]) -> dict[int, ChildRecord]:
        """For groups without a number, the superseded child whose founder is among them."""
        free = sorted(self.retired.values(), key=lambda child: (child.created_at, child.number))
        found: dict[int, ChildRecord] = {}
        for index, part in enumerate(self.parts):
            keys = {each.key for each in part}
            back = next((c for c in free if c.founder in keys and c not in found.values()), None)
            if index not in number_of and back is not None:
                found[index] = replace(back, superseded_by=None)
        return found

    def _back(self, returning: Iterable[ChildRecord]) -> dict[str, str]:
        """The withdrawn records that go back to a returning child: it had them when it was merged.

        Of two that had one, it goes to the one that was merged first.
        """
        merged = [(event, child.number) for child in returning if (event := history.superseding(child))]
        found: dict[str, str] = {}
        for event, number in sorted(merged, key=lambda each: (each[0].at, each[1]), reverse=True):
            theirs = {e.key for child in self.affected if number in child.supersedes for e in child.sources}
            found |= dict.fromkeys(theirs.intersection(event.keys), number)
        return found

    @cached_property
    def _parted(self) -> frozenset[str]:
        """All that some group has; once for all groups, of which there may be hundreds."""
        return frozenset(each.key for part in self.parts for each in part)

    def _made_up(
        self, child: ChildRecord, part: Part, heirs: Sequence[ChildRecord], back: Mapping[str, str]
    ) -> ChildRecord:
        """``child`` made up of ``part``, of its own withdrawn records and of those of its ``heirs``.

        ``back`` are those that go back to somebody, who may be this child.
        """
        keys = {each.key for each in part}
        own = {each.key for one in (child, *heirs) for each in one.sources} | back.keys()
        withdrawn = {
            key: self.known[key] for key in own - self._parted if back.get(key, child.number) == child.number
        }
        parents = [one for one in self.affected if any(each.key in keys for each in one.sources)]
        inherited = {name: revision for heir in heirs for name, revision in heir.supersedes.items()}
        merged = {heir.number: heir.revision + 1 for heir in heirs}
        come = keys - {each.key for each in child.sources}
        came = [one for one in parents if any(each.key in come for each in one.sources)]
        supersedes = {**child.supersedes, **inherited, **merged}
        left = {number for one in came for number in one.lineage} - supersedes.keys() - {child.number}
        # Those who are shielded this very moment, unknown to whoever decides this, must be found again.
        news = (Event(self.now, "came", tuple(sorted(come)), tuple(sorted(left))),) if left else ()
        sources = tuple(sorted([*part, *withdrawn.values()], key=lambda each: each.key))
        return replace(
            child,
            sources=sources,
            founder=child.founder if child.founder in keys or not part else part[0].key,
            marks=_marks(child, parents, heirs),
            supersedes=supersedes,
            history=(*child.history, *news),
            verdicts=_verdicts(self.affected, {each.key for each in sources}),
        )

    def _without(self, child: ChildRecord, gone: set[str]) -> ChildRecord:
        """``child`` once numbers that led to it have come back, with those that led to them."""
        if not gone:
            return child
        left = {name for name in child.supersedes if self._heir(name) in gone or name in gone}
        return replace(
            child,
            supersedes={name: revision for name, revision in child.supersedes.items() if name not in left},
            # A shield that was placed covers both sides; what was lifted goes with its number.
            marks={name: mark for name, mark in child.marks.items() if mark.placed or name not in left},
        )

    def _with_former(self, child: ChildRecord) -> ChildRecord:
        """A child that has come back, with the numbers that led to it."""
        if not self.retired:
            return child
        numbers = (number for number in self.retired if self._heir(number) == child.number != number)
        former = {number: self.retired[number].revision for number in numbers}
        return replace(child, supersedes={**child.supersedes, **former})

    def _heir(self, number: str) -> str | None:
        """Where the number led to, before that number itself led to somebody else."""
        if number not in self.retired:
            return None
        after = self.retired[number].superseded_by
        return number if after is None or after not in self.retired else self._heir(after)


def _numbers(affected: Sequence[ChildRecord], parts: Sequence[Part]) -> tuple[dict[int, str], dict[str, str]]:
    """Which part keeps which number, and which numbers are superseded by which."""
    taken: dict[int, str] = {}
    successor: dict[str, str] = {}
    for child in affected:
        wanted = _wanted(child, parts)
        free = next((index for index in wanted if index not in taken), None)
        if free is not None:
            taken[free] = child.number
        elif wanted:
            successor[child.number] = taken[wanted[0]]
    return taken, successor


def _wanted(child: ChildRecord, parts: Sequence[Part]) -> list[int]:
    """The parts that have something of the child, its founder's first, then by how much they have."""
    mine = {each.key for each in child.sources}
    shares = {index: sum(each.key in mine for each in part) for index, part in enumerate(parts)}
    founded = {index for index, part in enumerate(parts) if any(each.key == child.founder for each in part)}
    return sorted(
        (index for index, share in shares.items() if share),
        key=lambda index: (index not in founded, -shares[index], index),
    )


def _marks(
    child: ChildRecord, parents: Iterable[ChildRecord], heirs: Iterable[ChildRecord]
) -> dict[str, ShieldMark]:
    marks = dict(child.marks)
    for parent in parents:
        # Whoever takes in a record of a shielded child is shielded: it may be her.
        marks = united(marks, {name: mark for name, mark in parent.marks.items() if mark.placed})
    for heir in heirs:
        marks = united(marks, heir.marks)
    return marks


def _verdicts(affected: Iterable[ChildRecord], keys: set[str]) -> tuple[Verdict, ...]:
    """Every word on one of these source records: it goes where they go."""
    found = {each.id: each for child in affected for each in child.verdicts if keys & (each.ones | each.others)}
    return tuple(sorted(found.values(), key=lambda each: (each.at, each.id)))


def _superseded(child: ChildRecord, by: str) -> ChildRecord:
    return replace(child, sources=(), marks={}, supersedes={}, superseded_by=by, doubts={}, verdicts=())
