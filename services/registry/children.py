"""A child record: its source records, its shields, what is in doubt about it, and the numbers leading to it."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal

from services.registry.golden import Golden, assemble
from services.registry.sources import SourceRecord

MOST_DOUBTS = 100
"""So many doubts, the strongest, stay on a child that others found where nobody is shielded; those keep all."""


@dataclass(frozen=True, slots=True)
class Word:
    """A shield was placed, or lifted; the offset is the word's place in history."""

    offset: int
    placed: bool


@dataclass(frozen=True, slots=True)
class ShieldMark:
    """The newest word on each of a child number's shields, by the shield's id.

    The number is shielded while any of them is: a process that was cut off may lift one of long ago late, and that
    must not undo another one.
    """

    words: Mapping[str, Word]

    @classmethod
    def said(cls, shield_id: str, offset: int, *, placed: bool) -> ShieldMark:
        """One word. One that could not be read has no ``shield_id``."""
        return cls({shield_id: Word(offset, placed)})

    @classmethod
    def in_force(cls, shields: Mapping[str, int]) -> ShieldMark:
        """Shields in force, each with the offset at which it was placed."""
        return cls({shield_id: Word(offset, placed=True) for shield_id, offset in shields.items()})

    @property
    def placed(self) -> bool:
        """Whether any shield is in force."""
        return any(word.placed for word in self.words.values())

    @property
    def offset(self) -> int:
        """Where the newest shield in force was placed; where the last one was lifted, if none is."""
        return max(word.offset for word in self.words.values() if word.placed or not self.placed)

    def __or__(self, other: ShieldMark) -> ShieldMark:
        """Of each shield the newer word; one that could not be read holds until one is placed that could be."""
        words = dict(self.words)
        for shield_id, word in other.words.items():
            if shield_id not in words or words[shield_id].offset < word.offset:
                words[shield_id] = word
        readable = [word.offset for shield_id, word in words.items() if shield_id and word.placed]
        if "" in words and any(offset > words[""].offset for offset in readable):
            del words[""]
        return ShieldMark(words)


@dataclass(frozen=True, slots=True, repr=False)
class Doubt:
    """A source record of this child (``mine``) may be one of another child's (``theirs``): a person decides.

    ``tied`` where the machine would have joined them, had not another record spoken against it.
    ``contradiction`` says what speaks against it. ``shielded`` where the other child is: then this one is held.
    """

    mine: str
    theirs: str
    bits: float
    tied: bool
    contradiction: str | None
    shielded: bool
    policy: str
    since: datetime
    sought: bool = True
    """Whether this child sought the other, or else was found by it: on one of the two a doubt is always kept."""
    held: bool = False
    """Whether the other child is held, so that nobody who may not see it is to learn of it by this doubt."""
    for_officers: bool = False
    """Whether both are shielded, of two authorities: then data managers of neither are to learn of it."""

    @property
    def pair(self) -> tuple[str, str]:
        """Which doubt it is, for this child."""
        return self.mine, self.theirs

    def same_as(self, other: Doubt | None) -> bool:
        """Whether it says what ``other`` says, whenever that was first said."""
        return other is not None and (self.bits, self.tied, self.contradiction, self.shielded) == (
            other.bits,
            other.tied,
            other.contradiction,
            other.shielded,
        )


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """A data manager's word on two groups of source records: the same child, different children, or neither.

    No machine overrides it. The newest word on two source records is the one that counts; where that is that it
    cannot be told, none does.
    """

    id: str
    said: Literal["same", "different", "cannot-tell"]
    ones: frozenset[str]
    others: frozenset[str]
    by: str
    at: datetime
    reason: str
    stood: tuple[tuple[str, str, datetime], ...] = ()
    """What was in doubt about these children when it was said, by two source records, and since when."""
    despite: frozenset[tuple[str, ...]] = frozenset()
    """What was known already: pairs for which much spoke; of "same", in order, two and what spoke against it."""
    officers_of: frozenset[str] = frozenset()
    """The two authorities whose shield officers may take it back, where it was for them to say."""

    def covers(self, one: str, other: str) -> bool:
        """Whether it is about these two source records."""
        return (one in self.ones and other in self.others) or (other in self.ones and one in self.others)

    def is_between(self, some: Set[str], others: Set[str]) -> bool:
        """Whether it is about a source record of some and one of others."""
        return bool((self.ones & some and self.others & others) or (self.ones & others and self.others & some))


@dataclass(frozen=True, slots=True, repr=False)
class Event:
    """Something that happened to a child record; ``keys`` are source records, ``numbers`` child numbers."""

    at: datetime
    what: str
    keys: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    bits: float | None = None
    policy: str | None = None


@dataclass(frozen=True, repr=False)
class ChildRecord:
    """The golden record's whole substance; everything published follows from it.

    ``marks`` are kept by child number: a record is shielded while any number it descends from is.
    ``supersedes`` maps each number that was merged into this one to that record's last revision.
    ``doubts`` are kept by their pair of source records. ``seen`` once it may have been published.
    """

    number: str
    revision: int
    created_at: datetime
    founder: str
    """The source record that this number was first given to."""
    sources: tuple[SourceRecord, ...]
    marks: Mapping[str, ShieldMark] = field(default_factory=dict)
    supersedes: Mapping[str, int] = field(default_factory=dict)
    superseded_by: str | None = None
    doubts: Mapping[tuple[str, str], Doubt] = field(default_factory=dict)
    verdicts: tuple[Verdict, ...] = ()
    contested: Doubt | None = None
    """Of two of its own source records: what speaks by now against a person's word that it is one child."""
    history: tuple[Event, ...] = ()
    seen: bool = False
    former_authority: str | None = None
    """Who was responsible for it while a source still held something: of one of whom none does any more."""
    held_since: int | None = None
    """Of one that is held: its first revision in which it was; nothing of it was published from then on."""
    findable: bool = False
    """Of a shielded child: whether practitioners may find what is visible of it, its authority being live."""

    @property
    def shielded(self) -> bool:
        """Whether the record's protected fields are hidden."""
        return any(mark.placed for mark in self.marks.values())

    @property
    def redacted_under(self) -> int | None:
        """The offset of the newest shield in force; every one before it that rules the record is noted, too."""
        return max((mark.offset for mark in self.marks.values() if mark.placed), default=None)

    @property
    def held(self) -> bool:
        """Whether it may be a shielded child without being known to be: then nobody may see that it exists."""
        return not self.shielded and any(doubt.shielded for doubt in self.doubts.values())

    @property
    def doubted(self) -> frozenset[str]:
        """The source records of other children with which something of it is in doubt."""
        return frozenset(theirs for _, theirs in self.doubts)

    @property
    def doubts_told(self) -> Mapping[tuple[str, str], Doubt]:
        """What is in doubt about it as far as its own authority's data managers may know.

        Of one who is held nothing; of a shielded one nothing of another authority's who is shielded too.
        """
        told = {pair: doubt for pair, doubt in self.doubts.items() if not doubt.for_officers}
        return told if self.shielded else {pair: doubt for pair, doubt in told.items() if not doubt.held}

    @property
    def asked(self) -> tuple[Doubt, ...]:
        """All that a person is asked about it, be it about itself."""
        return (*self.doubts.values(), *([self.contested] if self.contested else []))

    @property
    def crowded(self) -> bool:
        """Whether it has as many doubts as are kept: there may be more, which come up as these are decided."""
        return len(self.doubts) >= MOST_DOUBTS

    @property
    def live(self) -> tuple[SourceRecord, ...]:
        """The source records that still hold something."""
        return tuple(record for record in self.sources if record.live)

    @property
    def compared(self) -> tuple[SourceRecord, ...]:
        """The source records that others are compared with: of a shielded child also those that were withdrawn.

        It is still there, though nobody holds anything of it; and whoever comes may be it.
        """
        return self.sources if self.shielded else self.live

    @cached_property
    def wide_keys(self) -> frozenset[str]:
        """Of a shielded child: the words by which whoever comes finds it, as whatever it was ever like."""
        covering = (like for record in self.compared for like in record.covering)
        return frozenset(key for like in covering for key in like.wide_keys)

    @property
    def expected(self) -> bool:
        """Whether it is known from officers alone, who shielded the child before any source told of it."""
        return bool(self.live) and all(record.by_officers for record in self.live)

    @property
    def visible(self) -> bool:
        """Whether it is published, be it redacted."""
        return self.superseded_by is None and bool(self.live) and not self.held and not self.expected

    @property
    def lineage(self) -> frozenset[str]:
        """The child numbers whose shields rule this record."""
        if self.superseded_by is not None:
            return frozenset()
        return frozenset({self.number, *self.supersedes, *self.marks})

    @cached_property
    def golden(self) -> Golden | None:
        """What is held true of the child; ``None`` where nobody holds anything any more.

        Officers' details lead to the child. What is true of it, sources say, where there are any.
        """
        told = [record for record in self.live if not record.by_officers] or self.live
        return assemble(told) if told else None
