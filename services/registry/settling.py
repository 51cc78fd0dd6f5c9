"""Settling what has come: which source records make up which child afterwards, and what stays in doubt. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product

from services.registry import history
from services.registry.children import ChildRecord, ShieldMark, Verdict
from services.registry.contesting import objections
from services.registry.doubting import Doubting
from services.registry.matching import Judge
from services.registry.matters import authority_of
from services.registry.neighbourhood import Neighbourhood
from services.registry.parting import Parting
from services.registry.shielding import Marks, marked, united
from services.registry.sources import Arrival, SourceRecord, taken
from services.registry.veiling import veil
from services.registry.wanted import Wanted

IsLive = Callable[[str], bool]
"""Whether an authority is live."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """What became of a source record; it keeps both alive by whose identities it is remembered."""

    held: SourceRecord | None
    arrival: Arrival
    record: SourceRecord | None


class Settling:
    """Settles changes, words on shields and data managers' words in a neighbourhood.

    While something is ``missing``, nothing that was settled counts: it is to be settled anew with that at hand.
    All that was settled is ``announced``; so are the children that a change left as they are, since the change may
    be here again because nobody was told the first time.
    """

    def __init__(self, hood: Neighbourhood, judge: Judge, new_number: Callable[[], str], now: datetime) -> None:
        self._hood = hood
        self._judge = judge
        self._now = now
        self._doubting = Doubting(hood, judge, now)
        self._parting = Parting(hood, judge, new_number, now)
        self._taken: dict[tuple[int, int, bool], _Taken] = {}
        self._as_they_were: set[str] = set()
        self.no_news: set[str] = set()
        """The source records of which something came that is kept already."""
        self._looking: set[str] = set()
        self._grown: dict[str, tuple[ChildRecord, ChildRecord]] = {}

    @property
    def missing(self) -> Wanted:
        """What has to be at hand, and is not."""
        return self._hood.missing

    def settle(self, arrivals: Sequence[Arrival]) -> None:
        """Take changes in, in order; one that is no news changes nothing."""
        homes = self._hood.holding(*(arrival.key for arrival in arrivals))
        if self.missing:
            return
        self._as_they_were |= {home.number for home in homes}
        news = [arrival for arrival in arrivals if self._is_news(arrival)]
        if self.missing:
            return
        self.no_news |= {arrival.key for arrival in arrivals}.difference(arrival.key for arrival in news)
        for arrival in news:
            self._take(arrival)
            self._hood.close()

    def expect(self, number: str, mark: ShieldMark | None, arrival: Arrival) -> None:
        """Take in what officers say of a child; it is under their shield before anything is made of it."""
        if not self._hood.holding(arrival.key) and not self.missing:
            if mark is None or not mark.placed or not arrival.record.live:
                return
            # Nobody else has the number; if somebody had, the details would still have to be watched for.
            free = number if number not in self._hood.children else self._parting.unused_number()
            nothing = SourceRecord(arrival.key, 0, arrival.record.occurred_at, None)
            self._hood.put(ChildRecord(free, 0, self._now, arrival.key, (nothing,), marks={number: mark}))
            self._hood.close()
        self.settle([arrival])

    def recall(self, child: ChildRecord) -> None:
        """Have a record of a child of whom the store knows nothing any more; whoever has one keeps it.

        It is looked at again: somebody may be shielding it this very moment, who found no record.
        """
        if child.number not in self._hood.children:
            self._looking |= {each.key for each in child.sources}
            self._hood.put(child)
            self._hood.close()

    def shield(self, word: Callable[[str], ShieldMark | None]) -> None:
        """Note the word on each child number's shield; whoever may be a child that is shielded now is held."""
        for number in list(self._hood.children):
            self._mark(number, marked(self._hood.children[number], word).marks)

    def cover_parted(self, words: Mapping[str, ShieldMark], since: datetime) -> None:
        """Shield also what parted from a shielded child after ``since``, by somebody unaware of the shield."""
        for number, word in words.items():
            ruled = [child for child in self._hood.children.values() if word.placed and number in child.lineage]
            parted = {key for child in ruled for key in history.parted(child, since)}
            for child in self._hood.holding(*parted):
                self._mark(child.number, united(child.marks, {number: word}))

    def cover(self, marks: Mapping[str, Marks]) -> None:
        """Have each child ruled by shields that its source records were under when they came to it."""
        for number in marks.keys() & self._hood.children.keys():
            if self._hood.children[number].superseded_by is None:
                self._mark(number, united(self._hood.children[number].marks, marks[number]))

    def tell(self, numbers: Collection[str]) -> None:
        """Have the children announced whom the shields of these numbers rule, and who is held for them."""
        for child in list(self._hood.children.values()):
            if not child.lineage.isdisjoint(numbers):
                others = self._hood.holding(*child.doubted) if child.shielded else []
                self._as_they_were |= {child.number, *(other.number for other in others if other.held)}

    def veil(self) -> None:
        """Note on every doubt who is to learn of it; that done, all is as it is to be kept.

        Whoever was near a record where it was before need not have found it, nor known what its child is now: so
        what has only moved is to be looked at again too.
        """
        self._looking |= veil(self._hood)
        self._looking |= self._hood.moved()

    def open(self, is_live: IsLive, *, everybody: bool = False) -> None:
        """Note of shielded children, of those announced or of all, whether practitioners may find them."""
        about = self._hood.children if everybody else {*self._hood.touched, *self._as_they_were}
        for number in sorted(about):
            child = self._hood.children[number]
            golden = child.golden if child.shielded and child.superseded_by is None else None
            findable = golden is not None and is_live(golden.responsible_authority.value)
            if findable != child.findable:
                self._hood.put(replace(child, findable=findable))
        self._hood.close()

    def decide(self, verdict: Verdict) -> None:
        """Take a data manager's word in, with what was in doubt until then."""
        about = self._hood.holding(*verdict.ones, *verdict.others)
        doubts = (doubt for child in about for doubt in child.asked)
        stood = {(min(doubt.pair), max(doubt.pair), doubt.since) for doubt in doubts}
        noted = replace(verdict, stood=tuple(sorted(stood)), despite=self._despite(verdict, about))
        self._rule(noted, lambda said: (*said, noted))

    def heeds(self, verdict_id: str) -> bool:
        """Whether a word is kept on any child at hand."""
        return any(each.id == verdict_id for child in self._hood.before.values() for each in child.verdicts)

    def take_back(self, verdict: Verdict) -> None:
        """Undo a data manager's word: what the machine makes of the records, and older words, count again.

        What is in doubt again has been since it first was.
        """
        about = self._hood.holding(*verdict.ones, *verdict.others)
        noted = next((each for child in about for each in child.verdicts if each.id == verdict.id), verdict)
        self._rule(noted, lambda said: tuple(each for each in said if each.id != verdict.id))
        stood = {frozenset(pair): since for *pair, since in noted.stood}
        for child in list(self._hood.children.values()):
            new = (doubt for doubt in child.asked if doubt.since == self._now)
            again = {d.pair: replace(d, since=stood[key]) for d in new if (key := frozenset(d.pair)) in stood}
            if again:
                contested = child.contested and again.pop(child.contested.pair, child.contested)
                self._hood.put(replace(child, doubts={**child.doubts, **again}, contested=contested))
        self._hood.close()

    def look_again(self, keys: frozenset[str], news: Collection[str] | None = None) -> None:
        """Settle these source records once more, where ``news``, changed meanwhile by others, is near them."""
        self._looking |= keys
        records = [each for child in self._hood.holding(*keys) for each in child.live if each.key in keys]
        for record in records:
            if news is None or self._is_near(record, news):
                self._place(record)
                self._hood.close()
        for child in self._hood.holding(*keys):
            self._look_around(child, keys, news)

    def look_for(self, keys: frozenset[str]) -> None:
        """These source records were settled too, in an attempt before this."""
        self._looking |= keys

    @property
    def looking(self) -> frozenset[str]:
        """The source records that were settled."""
        return frozenset(self._looking)

    def steps(self) -> list[list[ChildRecord]]:
        """The changed records, grouped into what must be kept in one step; revisions have grown by one."""
        return [[self._as_kept(number) for number in step] for step in self._hood.steps()]

    def read(self) -> dict[str, int]:
        """The revisions as they were read, of the records that existed."""
        return {number: child.revision for number, child in self._hood.before.items()}

    def announced(self) -> list[ChildRecord]:
        """The records to publish, as they are kept."""
        return [self._as_kept(number) for number in sorted({*self._hood.touched, *self._as_they_were})]

    def kept(self) -> dict[str, int]:
        """The revisions of all that is at hand, once this is kept."""
        return {number: self._as_kept(number).revision for number in self._hood.children}

    def seekers(self) -> Wanted:
        """By what the records that were settled are to be looked up again, once they are kept."""
        wanted = Wanted(sources=set(self._looking))
        for child in self._hood.holding(*self._looking):
            for record in child.compared:
                if record.key in self._looking:
                    for like in record.sought_as(shielded=child.shielded):
                        wanted.keys |= dict.fromkeys(self._hood.sought_under(like, shielded=child.shielded))
                    for like in record.compared_as(shielded=child.shielded):
                        wanted.wide |= dict.fromkeys(like.wide_keys)
        return wanted

    def _is_near(self, record: SourceRecord, numbers: Collection[str]) -> bool:
        """Whether one of these children has the record, or may have one of the same child: shielded, more may."""
        homes = self._hood.holding(record.key)
        near = self._hood.near(record, shielded=any(home.shielded for home in homes))
        return any(child.number in numbers for child in (*homes, *near))

    def _look_around(self, child: ChildRecord, keys: frozenset[str], news: Collection[str] | None) -> None:
        """Hold who has come near what was withdrawn of a shielded child."""
        gone = [each for each in child.compared if each.key in keys and not each.live]
        near = {other.number for each in gone for other in self._hood.near(each, shielded=True)}
        if near if news is None else not near.isdisjoint(news):
            self._doubting.shield_changed(child.number)
            self._hood.close()

    def _is_news(self, arrival: Arrival) -> bool:
        """Whether the change is newer than what is held; whoever it may concern is wanted."""
        held = self._held(arrival.key)
        record = self._made_of(held, arrival)
        homes = self._hood.holding(arrival.key)
        if record is not None and not (record.live and _as_alike(record, held, homes)):
            near = self._hood.near(record) if record.live else []
            doubts = (doubt for home in homes for doubt in home.doubts.values() if doubt.mine == arrival.key)
            self._hood.holding(*(doubt.theirs for doubt in doubts))
            self._parting.with_tied({child.number for child in (*near, *homes)})
        return record is not None

    def _made_of(self, held: SourceRecord | None, arrival: Arrival) -> SourceRecord | None:
        covering = any(home.shielded or home.held for home in self._hood.holding(arrival.key))
        asked = id(held), id(arrival), covering
        known = self._taken.get(asked)
        if known is None:
            made = taken(held, arrival, forget=not covering)
            known = self._taken[asked] = _Taken(held, arrival, made)
        return known.record

    def _take(self, arrival: Arrival) -> None:
        held = self._held(arrival.key)
        record = self._made_of(held, arrival)
        if record is None:
            return
        homes = self._hood.holding(arrival.key)
        if held is not None and len(homes) == 1 and _as_alike(record, held, homes):
            # Nothing that is compared has changed: it stays where it is.
            self._hood.put(_with(homes[0], replace(record, keys=held.keys)))
        else:
            self._place(record)

    def _held(self, key: str) -> SourceRecord | None:
        records = (each for home in self._hood.holding(key) for each in home.sources if each.key == key)
        return max(records, key=lambda each: each.version, default=None)

    def _place(self, record: SourceRecord) -> None:
        self._looking.add(record.key)
        if record.live:
            record = replace(record, keys=self._hood.index_keys(record))
        homes = {home.number for home in self._hood.holding(record.key)}
        tied = {
            child.number
            for child in (self._hood.near(record) if record.live else ())
            if any(self._judge.ties(record, each) for each in child.live)
        }
        self._doubting.settled(*self._parting.part(homes | tied, record), record)

    def _mark(self, number: str, marks: Mapping[str, ShieldMark]) -> None:
        child = self._hood.children[number]
        if marks != child.marks:
            after = replace(child, marks=marks)
            self._hood.put(after)
            if after.shielded != child.shielded:
                self._looking |= {each.key for each in after.sources}
                self._doubting.shield_changed(number)
            self._hood.close()

    def _despite(self, verdict: Verdict, about: Iterable[ChildRecord]) -> frozenset[tuple[str, ...]]:
        """What speaks against a word already: against "different", the pairs for which much speaks."""
        records = {each.key: each for child in about for each in child.sources}
        if verdict.said == "same":
            return objections(verdict, records, self._judge)
        pairs = product(verdict.ones & records.keys(), verdict.others & records.keys())
        return frozenset(pair for pair in pairs if self._judge.insists(*(records[key] for key in pair)))

    def _rule(self, verdict: Verdict, change: Callable[[tuple[Verdict, ...]], tuple[Verdict, ...]]) -> None:
        about = self._hood.holding(*verdict.ones, *verdict.others)
        for child in about:
            self._hood.put(replace(child, verdicts=change(child.verdicts)))
        self._doubting.settled(*self._parting.part({child.number for child in about}, None), None)
        for child in self._hood.holding(*verdict.ones, *verdict.others):
            self._doubting.take_up(child.number)
        self._hood.close()

    def _as_kept(self, number: str) -> ChildRecord:
        child, before = self._hood.children[number], self._hood.before.get(number)
        known = self._grown.get(number)
        if known is None or known[0] is not child:
            known = self._grown[number] = (child, grown(before, child, self._judge, self._now))
        return known[1]


def grown(before: ChildRecord | None, child: ChildRecord, judge: Judge, now: datetime) -> ChildRecord:
    """``child`` as it is kept: one revision on from ``before``, with what happened to it in its history.

    One of whom there was no record is one on from what was said of it already.
    """
    if before == child:
        return child
    revision = (before or child).revision + 1
    since = before.held_since if before is not None and before.held else None
    return replace(
        child,
        former_authority=_former_authority(before, child),
        held_since=(since or revision) if child.held else None,
        revision=revision,
        seen=child.seen or child.visible,
        history=history.told(before, child, judge, now),
    )


def _former_authority(before: ChildRecord | None, child: ChildRecord) -> str | None:
    if child.live or child.superseded_by is not None:
        return None
    # What is true of a child is put together only where it is needed: this is asked of all that is kept.
    known = authority_of(before) if before is not None else None
    return child.former_authority if known is None else known


def _with(child: ChildRecord, record: SourceRecord) -> ChildRecord:
    sources = tuple(record if each.key == record.key else each for each in child.sources)
    return replace(child, sources=sources)


def _as_alike(record: SourceRecord, held: SourceRecord | None, homes: Iterable[ChildRecord]) -> bool:
    """Whether nothing of what is compared with others has changed; under a shield more is compared."""
    if held is None or not held.live or (record.like, record.formers) != (held.like, held.formers):
        return False
    return record.refused == held.refused or not any(home.shielded for home in homes)
