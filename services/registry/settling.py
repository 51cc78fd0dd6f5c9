"""Settling what has come: which source records make up which child afterwards, and what stays in doubt. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations

from contracts.sources import SourceChange
from services.registry import candidates, history
from services.registry.children import ChildRecord, Doubt, ShieldMark, Verdict
from services.registry.doubting import doubt_between, mirrored
from services.registry.matching import Judge, clusters
from services.registry.numbering import Resettling
from services.registry.shielding import marked
from services.registry.sources import SourceRecord, taken
from services.registry.wanted import Wanted


class Neighbourhood:
    """The child records that something can concern, and how they look once it is settled.

    Whatever is not at hand and has to be is ``missing``: then nothing that was settled counts, and it is to be
    settled anew with that. ``announce`` names the children to publish: also those that a change found as it
    left them, since the change may be here again because nobody was told the first time.
    """

    def __init__(
        self,
        children: Iterable[ChildRecord],
        asked: Wanted,
        judge: Judge,
        new_number: Callable[[], str],
        now: datetime,
    ) -> None:
        self.children = {child.number: child for child in children}
        self.announce: dict[str, None] = {}
        self.together: list[frozenset[str]] = []
        self._touched: set[str] = set()
        self._before = dict(self.children)
        self._asked = asked
        self._wanted = Wanted()
        self._judge = judge
        self._new_number = new_number
        self._now = now
        self._homes: dict[str, set[str]] = defaultdict(set)
        self._found_by: dict[str, set[str]] = defaultdict(set)
        self._found_wide: dict[str, set[str]] = defaultdict(set)
        self._doubted = {pair: doubt for child in self._before.values() for pair, doubt in child.doubts.items()}
        for child in self.children.values():
            self._index(child)

    @property
    def missing(self) -> Wanted:
        """What has to be at hand, and is not."""
        return self._wanted - self._asked

    def settle(self, changes: Iterable[SourceChange]) -> None:
        """Take the changes in, in order; one that is no news changes nothing."""
        changes = list(changes)
        self._wanted.sources |= {change.key for change in changes}
        if self.missing:
            return
        news = [change for change in changes if self._is_news(change)]
        if self.missing:
            return
        self.announce |= {home.number: None for change in changes for home in self._of_key(change.key)}
        for change in news:
            self._take(change)
            self._close()

    def shield(self, word: Callable[[str], ShieldMark | None]) -> None:
        """Note the word on each child number's shield; whoever may be a child that is shielded now is held."""
        for child in list(self.children.values()):
            self._mark(child, marked(child, word).marks)

    def cover_parted(self, words: Mapping[str, ShieldMark], since: datetime) -> None:
        """Shield also what parted from a shielded child after ``since``, by somebody unaware of the shield."""
        for number, word in words.items():
            ruled = [child for child in self.children.values() if word.placed and number in child.lineage]
            for key in {key for child in ruled for key in history.parted(child, since)}:
                self._wanted.sources.add(key)
                for child in self._of_key(key):
                    self._mark(child, {**child.marks, number: child.marks.get(number, word)})

    def tell(self, numbers: Collection[str]) -> None:
        """Have the children announced whom the shields of these numbers rule."""
        ruled = (child.number for child in self.children.values() if not child.lineage.isdisjoint(numbers))
        self.announce |= dict.fromkeys(ruled)

    def decide(self, verdict: Verdict) -> None:
        """Take a data manager's word in."""
        self._rule(verdict.ones | verdict.others, lambda said: (*said, verdict))

    def take_back(self, verdict: Verdict) -> None:
        """Undo a data manager's word: what the machine makes of the records, and older words, count again."""
        self._rule(verdict.ones | verdict.others, lambda said: tuple(v for v in said if v.id != verdict.id))

    def look_again(self, numbers: Iterable[str], news: Collection[str]) -> None:
        """Settle these children's records once more, where ``news``, changed meanwhile by others, is near them."""
        for number in numbers:
            for record in self.children[number].live:
                if any(child.number in news for child in self._near(record, shielded=True)):
                    self._place(record)
                    self._close()

    def steps(self) -> list[list[ChildRecord]]:
        """The changed records, grouped into what must be kept in one step; revisions have grown by one."""
        return [
            [self._grown(number) for number in sorted(group) if self._changed(number)]
            for group in _joined(self.together)
            if any(self._changed(number) for number in group)
        ]

    def read(self) -> dict[str, int]:
        """The revisions as they were read, of the records that existed."""
        return {number: child.revision for number, child in self._before.items()}

    def announced(self) -> list[ChildRecord]:
        """The records to publish, as they are kept."""
        return [self._grown(number) for number in self.announce]

    def now(self) -> dict[str, int]:
        """The revisions as they are once this is kept."""
        return {number: self._grown(number).revision for number in self.children}

    def seekers(self, numbers: Iterable[str]) -> Wanted:
        """By what these children are to be looked up again, once they are kept."""
        wanted = Wanted()
        for child in (self.children[number] for number in numbers if number in self.children):
            wanted.sources |= {each.key for each in child.sources}
            for record in child.live:
                wanted.keys |= record.seek_keys
                wanted.wide |= record.wide_keys
                if child.shielded:
                    wanted.keys |= record.wide_seek_keys
        return wanted

    def _is_news(self, change: SourceChange) -> bool:
        """Whether the change is newer than what is held; what it may concern is wanted."""
        homes = self._of_key(change.key)
        held = max((_of(home, change.key) for home in homes), key=lambda each: each.version, default=None)
        record = taken(held, change)
        if record is None:
            return False
        if record.live and not _as_alike(record, held):
            self._near(record)
        return True

    def _mark(self, child: ChildRecord, marks: Mapping[str, ShieldMark]) -> None:
        if marks != child.marks:
            after = replace(child, marks=marks)
            self._replace(after)
            if after.shielded != child.shielded:
                self._shield_changed(child.number)
            self._close()

    def _rule(self, keys: frozenset[str], change: Callable[[tuple[Verdict, ...]], tuple[Verdict, ...]]) -> None:
        self._wanted.sources |= keys
        about = {child.number: child for key in keys for child in self._of_key(key)}
        for child in about.values():
            self._replace(replace(child, verdicts=change(child.verdicts)))
        if about and not self.missing:
            self._resettle(set(about), None)
        self._close()

    def _take(self, change: SourceChange) -> None:
        homes = self._of_key(change.key)
        held = max((_of(home, change.key) for home in homes), key=lambda each: each.version, default=None)
        record = taken(held, change)
        if record is None:
            return
        if held is not None and len(homes) == 1 and _as_alike(record, held):
            # Nothing that is compared has changed: it stays where it is.
            self._replace(_with(homes[0], replace(record, keys=held.keys)))
        else:
            self._place(record)

    def _place(self, record: SourceRecord) -> None:
        if record.live:
            record = replace(record, keys=self._index_keys(record))
        homes = {home.number for home in self._of_key(record.key)}
        tied = {
            child.number
            for child in (self._near(record) if record.live else ())
            if any(self._judge.ties(record, each, together=False) for each in child.live)
        }
        self._resettle(homes | tied, record)

    def _resettle(self, numbers: set[str], record: SourceRecord | None) -> None:
        """Part the source records of these children, and of all tied to them, anew; ``record`` is among them."""
        affected = sorted(self._with_tied(numbers), key=lambda child: (child.created_at, child.number))
        known: dict[str, SourceRecord] = {}
        for each in (*(each for child in affected for each in child.sources), *([record] if record else [])):
            # Held twice only where two processes placed it at the same moment.
            if each.key not in known or known[each.key].version <= each.version:
                known[each.key] = each
        homes = {each.key: child.number for child in reversed(affected) for each in child.sources}
        verdicts = {each.id: each for child in affected for each in child.verdicts}
        parts = clusters((e for e in known.values() if e.live), self._judge, tuple(verdicts.values()), homes)
        retired = self._retired(affected)
        resettling = Resettling(affected, parts, known, retired, self._unused_number, self._now)
        if resettling.homeless():
            former = {number for child in affected for number in child.supersedes}
            self._wanted.numbers |= former - self.children.keys()
        settled = resettling.children()
        if not settled and record is not None:
            settled = [ChildRecord(self._unused_number(), 0, self._now, record.key, (record,))]
        for child in settled:
            self._replace(replace(child, doubts={}))
        self._doubt(affected, settled, record)

    def _doubt(
        self, affected: Sequence[ChildRecord], settled: Sequence[ChildRecord], record: SourceRecord | None
    ) -> None:
        """Say anew what is in doubt between the settled children, and about ``record`` towards all others."""
        inside = {each.key for child in (*affected, *settled) for each in child.sources}
        was_shielded = {each.key: child.shielded for child in affected for each in child.sources}
        former = [doubt for child in affected for doubt in child.doubts.values()]
        moved = record.key if record else None
        for doubt in former:
            if doubt.theirs not in inside and doubt.mine != moved:
                self._put(doubt)
        here = [child.number for child in settled if child.live]
        for one, other in combinations(here, 2):
            self._doubt_anew(one, other)
        if record is not None:
            self._doubt_outside(record, {doubt.theirs for doubt in former if doubt.mine == moved} - inside)
        for number in here:
            shielded = self.children[number].shielded
            if any(was_shielded.get(each.key, False) != shielded for each in self.children[number].sources):
                self._shield_changed(number)

    def _doubt_outside(self, record: SourceRecord, partners: set[str]) -> None:
        """Doubts between ``record`` and children that it does not belong to; former ``partners`` included."""
        self._wanted.sources |= partners
        home = next(home.number for home in self._of_key(record.key))
        former = {child.number for key in partners for child in self._of_key(key)}
        others = set(former)
        if record.live:
            others |= {child.number for child in self._near(record, shielded=self.children[home].shielded)}
        for number in sorted(others - {home}):
            one, other = self.children[home], self.children[number]
            theirs = {each.key for each in other.sources}
            doubted = any(doubt.theirs in theirs for doubt in one.doubts.values())
            if doubted or number in former or doubt_between(one, [record], other, self._judge, self._now):
                self._doubt_anew(home, number)

    def _shield_changed(self, number: str) -> None:
        """Hold whoever may be this child, now that it is shielded; or release them, now that it is not."""
        child = self.children[number]
        others: set[str] = set()
        for doubt in child.doubts.values():
            self._wanted.sources.add(doubt.theirs)
            others |= {other.number for other in self._of_key(doubt.theirs)}
        if child.shielded:
            near = (other for record in child.live for other in self._near(record, shielded=True))
            others |= {other.number for other in near}
        for other in sorted(others - {number}):
            self._doubt_anew(number, other)

    def _doubt_anew(self, mine: str, theirs: str) -> None:
        """Put the strongest doubt between two children on both, if there is one, and no other."""
        for number, away in ((mine, theirs), (theirs, mine)):
            keys = {each.key for each in self.children[away].sources}
            doubts = self.children[number].doubts
            kept = {pair: doubt for pair, doubt in doubts.items() if doubt.theirs not in keys}
            if len(kept) != len(doubts):
                self._replace(replace(self.children[number], doubts=kept))
        one, other = self.children[mine], self.children[theirs]
        doubt = doubt_between(one, one.live, other, self._judge, self._now)
        if doubt is not None:
            self._put(doubt)
            self._put(mirrored(doubt, shielded=one.shielded))

    def _put(self, doubt: Doubt) -> None:
        before = self._doubted.get(doubt.pair)
        for child in self._of_key(doubt.mine):
            kept = before if before is not None and doubt.same_as(before) else doubt
            self._replace(replace(child, doubts={**child.doubts, doubt.pair: kept}))

    def _retired(self, affected: Iterable[ChildRecord]) -> dict[str, ChildRecord]:
        numbers = (number for child in affected for number in child.supersedes)
        return {number: self.children[number] for number in numbers if number in self.children}

    def _with_tied(self, numbers: set[str]) -> list[ChildRecord]:
        """These children, and whoever would be one child with them, did not some record speak against it."""
        found: set[str] = set()
        left = set(numbers)
        while left:
            found |= left
            tied = {d.theirs for number in left for d in self.children[number].doubts.values() if d.tied}
            self._wanted.sources |= tied
            left = {child.number for key in tied for child in self._of_key(key)} - found
        return [self.children[number] for number in found]

    def _near(self, record: SourceRecord, *, shielded: bool = False) -> list[ChildRecord]:
        """The children at hand that may have a record of the same child."""
        keys = record.seek_keys
        if shielded:
            keys |= record.wide_seek_keys
        # Who came to a key when it was full is found by finer ones.
        keys |= {finer for key in keys if self._full(key) for finer in candidates.refined(key, record.person)}
        wide = record.wide_keys
        self._wanted.keys |= keys
        self._wanted.wide |= wide
        found = {number for key in keys for number in self._found_by.get(key, ())}
        found |= {number for key in wide for number in self._found_wide.get(key, ())}
        return [self.children[number] for number in sorted(found)]

    def _index_keys(self, record: SourceRecord) -> frozenset[str]:
        """What the record is to be found by: a key by which enough are found already gives way to finer ones."""
        homes = {home.number for home in self._of_key(record.key)}
        keys: set[str] = set()
        for key in candidates.index_keys(record.person):
            keys |= candidates.refined(key, record.person) if self._full(key, homes) else {key}
        return frozenset(keys)

    def _full(self, key: str, but: Collection[str] = ()) -> bool:
        """Whether a key leads to as many children as it may, not counting some."""
        return len(self._found_by.get(key, set()).difference(but)) >= candidates.CAP

    def _of_key(self, key: str) -> list[ChildRecord]:
        """The children that hold the source record: one, or two where two processes placed it at once."""
        homes = (self.children[number] for number in sorted(self._homes.get(key, ())))
        return [child for child in homes if any(each.key == key for each in child.sources)]

    def _replace(self, child: ChildRecord) -> None:
        before = self.children.get(child.number)
        self.children[child.number] = child
        if before is None or before.sources != child.sources or before.shielded != child.shielded:
            self._index(child)
        self._touched.add(child.number)
        self.announce[child.number] = None

    def _close(self) -> None:
        """What was touched since the last time belongs together: it is kept whole or not at all."""
        if self._touched:
            self.together.append(frozenset(self._touched))
            self._touched = set()

    def _changed(self, number: str) -> bool:
        return self._before.get(number) != self.children[number]

    def _grown(self, number: str) -> ChildRecord:
        child, before = self.children[number], self._before.get(number)
        if before == child:
            return child
        return replace(
            child,
            revision=(before.revision if before else 0) + 1,
            seen=child.seen or child.visible,
            history=history.told(before, child, self._judge, self._now),
        )

    def _unused_number(self) -> str:
        # Of those at hand; a number that the store already has is refused there, and decided anew.
        while True:
            number = self._new_number()
            if number not in self.children:
                return number

    def _index(self, child: ChildRecord) -> None:
        for record in child.sources:
            self._homes[record.key].add(child.number)
            for key in record.keys:
                self._found_by[key].add(child.number)
        if child.shielded:
            for record in child.live:
                for key in record.wide_keys:
                    self._found_wide[key].add(child.number)


def _of(child: ChildRecord, key: str) -> SourceRecord:
    return next(record for record in child.sources if record.key == key)


def _with(child: ChildRecord, record: SourceRecord) -> ChildRecord:
    sources = tuple(record if each.key == record.key else each for each in child.sources)
    return replace(child, sources=sources)


def _as_alike(record: SourceRecord, held: SourceRecord | None) -> bool:
    """Whether nothing of what is compared with others has changed."""
    return held is not None and held.live and record.live and record.person == held.person


def _joined(groups: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Groups that share a number, united."""
    group_of: dict[str, frozenset[str]] = {}
    for group in groups:
        united = group.union(*(group_of[number] for number in group if number in group_of))
        group_of |= dict.fromkeys(united, united)
    return list(dict.fromkeys(group_of.values()))
