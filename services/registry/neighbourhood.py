"""The child records at hand while something is settled: found by source record and by key, and replaced. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from services.registry import candidates
from services.registry.children import ChildRecord, Doubt
from services.registry.sources import Likeness, SourceRecord
from services.registry.wanted import Wanted


class Neighbourhood:
    """The child records that something can concern, as they are and as they were read.

    What is looked for and has not been asked of the store yet is ``missing``. Children are found by such keys
    alone as have been asked: by most of what they are indexed by nobody seeks.
    """

    def __init__(self, children: Iterable[ChildRecord], asked: Wanted) -> None:
        self.children: dict[str, ChildRecord] = {}
        self.before: dict[str, ChildRecord] = {}
        self.missing = Wanted()
        self._asked = Wanted()
        self._doubts: dict[tuple[str, str], Doubt] = {}
        self._homes: dict[str, set[str]] = defaultdict(set)
        self._found_by: dict[str, set[str]] = defaultdict(set)
        self._crowded: set[str] = set()
        """The keys that are full, or were perhaps when somebody came to them."""
        self._found_wide: dict[str, set[str]] = defaultdict(set)
        self._sought: dict[tuple[int, bool], tuple[Likeness, frozenset[str]]] = {}
        self._touched: set[str] = set()
        self._checked: set[str] = set()
        self._together: list[frozenset[str]] = []
        self.learn(children, asked)

    def learn(self, children: Iterable[ChildRecord], asked: Wanted) -> None:
        """Have these children at hand too, or as they are by now; the store gave them for what was ``asked``."""
        new = asked - self._asked
        self._asked |= asked
        self.missing -= asked
        for child in self.children.values() if new.keys or new.wide else ():
            self._find(child, child.sources, new)
        learnt = list(children)
        # A doubt or a source record may have gone from one of them to another: first all is forgotten.
        for child in learnt:
            if child.number in self.children:
                self._forget(self.children[child.number])
        for child in learnt:
            self.children[child.number] = self.before[child.number] = child
            self._doubts |= child.doubts
            self._index(child)

    @property
    def untouched(self) -> bool:
        """Whether nothing has been put yet."""
        return not self._touched and not self._together

    def want(self, name: str, words: Iterable[str]) -> None:
        """Have the children at hand that have one of these words, by the name of its kind in :class:`Wanted`."""
        asked = getattr(self._asked, name)
        getattr(self.missing, name).update(dict.fromkeys(word for word in words if word not in asked))

    def holding(self, *keys: str) -> list[ChildRecord]:
        """The children that hold these source records; of one that two processes placed at once, both."""
        asked = self._asked.sources
        self.missing.sources.update(key for key in keys if key not in asked)
        return self.at_hand(*keys)

    def at_hand(self, *keys: str) -> list[ChildRecord]:
        """The children at hand that hold these source records, whoever else may."""
        numbers = {number for key in keys for number in self._homes.get(key, ())}
        return [self.children[number] for number in sorted(numbers)]

    def doubted(self, pair: tuple[str, str]) -> Doubt | None:
        """What was in doubt about this pair of source records when the children were read."""
        return self._doubts.get(pair)

    def in_doubt_with(self, child: ChildRecord) -> list[ChildRecord]:
        """The children that have something in doubt with this one, whether or not it has with them."""
        keys = {each.key for each in child.sources}
        self.want("doubting", keys)
        found = (each for each in self.children.values() if any(theirs in keys for _, theirs in each.doubts))
        return sorted((each for each in found if each.number != child.number), key=lambda each: each.number)

    def numbered(self, numbers: Iterable[str]) -> dict[str, ChildRecord]:
        """The children with these numbers, as far as they are at hand."""
        return {number: self.children[number] for number in numbers if number in self.children}

    def near(self, record: SourceRecord, *, shielded: bool = False) -> list[ChildRecord]:
        """The children that may have a record of the same child; more of them where it is a ``shielded`` one.

        A shielded child is found by whatever a record was ever like, and as whatever it was ever like itself.
        """
        known, likes = record.compared_as(shielded=shielded), record.sought_as(shielded=shielded)
        keys = {key for like in likes for key in self._seek_keys(like, shielded=shielded)}
        found = {number for key in keys & self._found_by.keys() for number in self._found_by[key]}
        for like in known[1:]:
            self.want("wide", like.wide_keys)
        if self._found_wide:
            wide = {key for like in known for key in like.wide_keys}
            found |= {number for key in wide for number in self._found_wide.get(key, ())}
        return [self.children[number] for number in sorted(found)]

    def _seek_keys(self, like: Likeness, *, shielded: bool) -> frozenset[str]:
        """What to look for; remembered until one more key is crowded."""
        _, keys = self._sought.get((id(like), shielded), (like, None))
        if keys is None:
            keys = self.sought_under(like, shielded=shielded)
            self.want("keys", keys)
            self.want("wide", like.wide_keys)
            self._sought[id(like), shielded] = like, keys
        return keys

    def sought_under(self, like: Likeness, *, shielded: bool) -> frozenset[str]:
        """The keys under which others are to be looked for, as far as it is known which are crowded."""
        keys = like.seek_keys | like.wide_seek_keys if shielded else like.seek_keys
        # Who came to a key when it was full is found by finer ones.
        return candidates.looked_under(keys, like.person, self._crowded.__contains__)

    def moved(self) -> set[str]:
        """The source records that have come to another child, or whose child is shielded and was not."""
        before = [self.before[number] for number in self.touched if number in self.before]
        homes = {record.key: child for child in before for record in child.sources}
        return {
            record.key
            for child in map(self.children.__getitem__, self.touched)
            for record in child.sources
            if (was := homes.get(record.key)) is not None
            and (was.number != child.number or was.shielded < child.shielded)
        }

    def index_keys(self, record: SourceRecord) -> frozenset[str]:
        """What the record is to be found by: a key by which enough are found already gives way to finer ones."""
        homes = {home.number for home in self.holding(record.key)}
        person = record.likeness.person
        keys = candidates.index_keys(person, record.likeness.common_keys)
        return candidates.kept_under(keys, person, lambda key: key in self._crowded and self._full_but(key, homes))

    def put(self, child: ChildRecord) -> None:
        """The child is so from now on; until ``close``, it belongs together with all else that is put."""
        before = self.children.get(child.number)
        self.children[child.number] = child
        if before is None or before.sources is not child.sources or before.shielded != child.shielded:
            self._index(child, before)
        self._touched.add(child.number)

    def check(self, number: str) -> None:
        """Keep the child with what is put, though it be unchanged: nothing is kept if it is not as it was read."""
        self._touched.add(number)
        self._checked.add(number)

    def close(self) -> None:
        """What was put since the last time belongs together: it is kept whole or not at all."""
        if self._touched:
            self._together.append(frozenset(self._touched))
            self._touched = set()

    @property
    def touched(self) -> list[str]:
        """The numbers of all that was put."""
        return sorted({number for group in self._together for number in group})

    def steps(self) -> list[list[str]]:
        """The numbers of what has changed, grouped into what must be kept in one step."""
        groups = (
            [number for number in sorted(group) if self._is_kept(number)] for group in _joined(self._together)
        )
        return [step for step in groups if step]

    def _is_kept(self, number: str) -> bool:
        return number in self._checked or self.changed(number)

    def changed(self, number: str) -> bool:
        """Whether the child is not as it was read."""
        return self.before.get(number) != self.children[number]

    def _full_but(self, key: str, but: Collection[str]) -> bool:
        """Whether a crowded key is full, without some children too."""
        return len(self._found_by[key].difference(but)) >= candidates.CAP

    def _forget(self, child: ChildRecord) -> None:
        """Find a child no more by what it was: whoever left a key leaves room there."""
        for pair in child.doubts:
            self._doubts.pop(pair, None)
        for record in child.sources:
            self._homes[record.key].discard(child.number)
            for key in record.keys & self._found_by.keys():
                self._found_by[key].discard(child.number)

    def _index(self, child: ChildRecord, before: ChildRecord | None = None) -> None:
        indexed = {id(record) for record in before.sources} if before else ()
        for record in before.sources if before else ():
            self._homes[record.key].discard(child.number)
        for record in child.sources:
            self._homes[record.key].add(child.number)
        self._find(child, [record for record in child.sources if id(record) not in indexed], self._asked)

    def _find(self, child: ChildRecord, records: Iterable[SourceRecord], asked: Wanted) -> None:
        """Have the child found by what is asked and these records of it are indexed by."""
        for record in records:
            for key in asked.keys.keys() & record.keys:
                found = self._found_by[key]
                found.add(child.number)
                if len(found) >= candidates.CROWDED and key not in self._crowded and candidates.is_capped(key):
                    self._crowded.add(key)
                    self._sought.clear()
        if child.shielded:
            for key in asked.wide.keys() & child.wide_keys:
                self._found_wide[key].add(child.number)


def _joined(groups: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Groups that share a number, united."""
    group_of: dict[str, frozenset[str]] = {}
    for group in groups:
        united = group.union(*(group_of[number] for number in group if number in group_of))
        group_of |= dict.fromkeys(united, united)
    return list(dict.fromkeys(group_of.values()))
