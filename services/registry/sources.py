"""A source record: what one source holds on one child, as of its newest usable version. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property

import orjson

from contracts.children import Child, Involvement
from contracts.sources import OFFICERS, REGISTRY, ChildSupplied, SourceChange
from likeness import dates
from likeness.comparable import person_of, unusable
from likeness.person import Person, pack, unpack
from services.registry import candidates

FORMERS = 32
"""So many different likenesses that a source record once had are remembered; of a shielded or held child all."""

_FAST = timedelta(days=1)
"""How far a source's clock may be ahead."""


def to_millisecond(moment: datetime) -> datetime:
    """``moment`` as the store can hold it, so that what is read back equals what was written."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Likeness:
    """What of a source record is compared with others, as far as it is needed; nothing is reckoned twice."""

    def __init__(self, text: str | None = None, came: ChildSupplied | None = None) -> None:
        self._text = text
        self._came = came

    @classmethod
    def of(cls, person: Person) -> Likeness:
        """The likeness of a child as it is compared."""
        return cls(orjson.dumps(pack(person)).decode())

    @cached_property
    def text(self) -> str:
        """As JSON, for the store; the same of any two that are alike."""
        return Likeness.of(self.person).text if self._text is None else self._text

    @cached_property
    def person(self) -> Person:
        """The child as it is compared."""
        if self._text is not None:
            return unpack(orjson.loads(self._text))
        assert self._came is not None  # noqa: S101 - one of the two was given
        return person_of(self._came.child)

    @cached_property
    def common_keys(self) -> tuple[str, ...]:
        """The words by which others of the same child are sought, and find it."""
        return candidates.common_keys(self.person)

    @cached_property
    def seek_keys(self) -> frozenset[str]:
        """The words by which others of the same child are sought."""
        return candidates.seek_keys(self.person, self.common_keys)

    @cached_property
    def wide_keys(self) -> frozenset[str]:
        """The words by which it is sought among shielded children, and found once it is one of theirs."""
        return candidates.wide_keys(self.person, self.seek_keys)

    @cached_property
    def wide_seek_keys(self) -> frozenset[str]:
        """The words by which whoever may be the same child is sought when this one is shielded."""
        return candidates.wide_seek_keys(self.person)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Likeness) and (self is other or self.text == other.text)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True, repr=False)
class Confirmation:
    """When a source first and last said that somebody works with the child.

    ``involvement`` is what it said last, where it has said nothing of it since: it ended, or was forgotten.
    """

    ref: str
    first: datetime
    last: datetime
    involvement: Involvement | None = None


@dataclass(frozen=True, repr=False)
class Refusal:
    """A version of which nothing can be made, and why; the source record goes on as it was before."""

    version: int
    reason: str
    supplied: ChildSupplied = field(compare=False)


@dataclass(frozen=True, repr=False)
class SourceRecord:
    """What one source holds on one child, as of ``version``; not ``live`` once the source withdrew it.

    A withdrawn one stays as a marker of its version, so that a late older change cannot bring it back. One
    of which no usable version ever came has version 0. ``refusal`` is newer than ``version``. ``formers`` are
    the likenesses that other versions of it had: the margin between joining and parting looks back at them, and
    so does whatever covers a shielded child.
    """

    key: str
    version: int
    occurred_at: datetime
    like: Likeness | None
    formers: tuple[Likeness, ...] = ()
    refusal: Refusal | None = None
    refused: tuple[Likeness, ...] = ()
    """What the child was like in what was refused, as far as that tells anything; under a shield in all that was.

    Nothing is made of it, but it covers a child who is shielded: a new name may have come by an unusable version.
    """
    confirmed: tuple[Confirmation, ...] = ()
    """When each involvement that it ever told of was confirmed, by ``ref``."""
    keys: frozenset[str] = field(default=frozenset(), compare=False)
    """The words by which another record of the same child finds it."""
    text: str | None = field(default=None, compare=False)
    """The message as the store holds it."""
    came: ChildSupplied | None = field(default=None, compare=False)
    """The message, where it has just come."""

    @property
    def live(self) -> bool:
        """Whether its source still holds something."""
        return self.like is not None

    @property
    def likenesses(self) -> tuple[Likeness, ...]:
        """All that it is known to have been like, the present first; of a withdrawn one what it was like."""
        return self.formers if self.like is None else (self.like, *self.formers)

    @property
    def covering(self) -> tuple[Likeness, ...]:
        """All that covers the child while it is shielded: whoever is like that may be it."""
        return (*self.likenesses, *self.refused)

    def compared_as(self, *, shielded: bool) -> tuple[Likeness, ...]:
        """As what others are compared with it; with more of it where its child is ``shielded``."""
        return self.covering if shielded else self.likenesses

    def sought_as(self, *, shielded: bool) -> tuple[Likeness, ...]:
        """As what it seeks others: as it is now, and where its child is ``shielded`` as all that covers it."""
        return self.covering if shielded else self.likenesses[:1]

    @property
    def by_officers(self) -> bool:
        """Whether officers said it of a child whom they expect, and no source."""
        return self.key.startswith(f"{OFFICERS}/")

    @cached_property
    def supplied(self) -> ChildSupplied | None:
        """What the source supplied; taken apart only when it is needed."""
        if self.came is not None or self.text is None:
            return self.came
        return ChildSupplied.model_validate_json(self.text)

    @property
    def likeness(self) -> Likeness:
        """What of it is compared; of a live record only."""
        assert self.like is not None  # noqa: S101 - whoever asks has looked whether it is live
        return self.like


@dataclass(frozen=True, repr=False)
class Arrival:
    """A change as it has come: what it makes of its source record, unless something newer is held."""

    record: SourceRecord

    @property
    def key(self) -> str:
        """The source record."""
        return self.record.key


class ReservedSourceError(Exception):
    """A source calls itself what only officers' details, or the registry's own words, are kept under."""


def arrived(change: SourceChange, now: datetime) -> Arrival:
    """A change made ready; whether it is usable is judged as of the day on which it occurred.

    What a source supplies is refused where that day has not come yet: its word would be newer than all that others
    say, for ever. It is taken when it comes again and the day has come. A withdrawal says nothing of a child.
    Raises :class:`ReservedSourceError`.
    """
    if change.source in {OFFICERS, REGISTRY}:
        raise ReservedSourceError
    if isinstance(change, ChildSupplied) and change.occurred_at > now + _FAST:
        return _refused(change, "occurred-in-the-future", now)
    return _made_ready(change, now)


def from_officers(shield_id: str, child: Child, at: datetime) -> Arrival:
    """What officers say of a child whom they expect, as a source would; there is one version of it."""
    return _made_ready(
        ChildSupplied(
            message_id=shield_id,
            occurred_at=at,
            source=OFFICERS,
            source_ref=shield_id,
            source_version=1,
            child=child,
        ),
        at,
    )


def taken_back(shield_id: str, at: datetime) -> Arrival:
    """That officers say nothing of the child any more."""
    return Arrival(SourceRecord(f"{OFFICERS}/{shield_id}", 2, to_millisecond(at), None))


def _made_ready(change: SourceChange, now: datetime) -> Arrival:
    at = to_millisecond(change.occurred_at)
    if not isinstance(change, ChildSupplied):
        return Arrival(SourceRecord(change.key, change.source_version, at, None))
    like = Likeness(came=change)
    reason = unusable(like.person, change.occurred_at.date())
    if reason is not None:
        return _refused(change, reason, now)
    confirmed = tuple(Confirmation(each.ref, at, at) for each in sorted(change.involvements, key=lambda i: i.ref))
    return Arrival(SourceRecord(change.key, change.source_version, at, like, confirmed=confirmed, came=change))


def _refused(change: ChildSupplied, reason: str, now: datetime) -> Arrival:
    refusal, at = Refusal(change.source_version, reason, change), to_millisecond(change.occurred_at)
    return Arrival(SourceRecord(change.key, 0, at, None, refusal=refusal, refused=_telling(change, now)))


def _telling(change: ChildSupplied, now: datetime) -> tuple[Likeness, ...]:
    """What the child may be like in what is refused: by a wrong clock, or two numbers, or a date turned.

    A date that is nobody's would be everybody's of whom the same was said.
    """
    person, days = person_of(change.child), (min(change.occurred_at, now).date(), now.date())
    likely = [person] if _is_usable(person, days[0]) else [person, *_swapped(person)]
    telling = (Likeness.of(each) for each in likely if any(_is_usable(each, day) for day in days))
    return tuple(sorted(telling, key=lambda each: each.text))


def _is_usable(person: Person, today: date) -> bool:
    return unusable(person, today) in {None, "two-nhs-numbers"}


def _swapped(person: Person) -> list[Person]:
    born = dates.swapped(person.born)
    return [] if born is None else [replace(person, born=born)]


def taken(held: SourceRecord | None, arrival: Arrival, *, forget: bool = True) -> SourceRecord | None:
    """The source record once a change is taken in; ``None`` where it is no news.

    Unless it is to ``forget``, it remembers every likeness: whatever a shielded child was like covers it.

    The outcome depends on which versions came, not on their order: the newest usable version is what is
    held, a newer one that is unusable is noted beside it, and of all others it is remembered how the child was
    like in them and which involvements they confirmed.
    """
    new = arrival.record
    if held is None:
        return new
    if new.refusal is not None:
        return _noted(held, new, new.refusal, forget=forget)
    if new.version == held.version:
        return None
    older, newer = sorted((held, new), key=lambda each: each.version)
    formers, confirmed = _remembered(newer, older, forget=forget), _confirmed(newer, older)
    if newer is held:
        if (formers, confirmed) == (held.formers, held.confirmed):
            return None
        return replace(held, formers=formers, confirmed=confirmed)
    refusal = held.refusal if held.refusal and held.refusal.version > new.version else None
    refused = held.refused if refusal or not forget else ()
    return replace(new, formers=formers, confirmed=confirmed, refusal=refusal, refused=refused)


def _noted(held: SourceRecord, new: SourceRecord, refusal: Refusal, *, forget: bool) -> SourceRecord | None:
    """The record once something newer was refused of it, or under a shield something older; else ``None``."""
    newest = max(held.version, held.refusal.version if held.refusal else 0)
    known = {each.text: each for each in (*held.refused, *new.refused)}
    refused = tuple(known[text] for text in sorted(known))
    if newest < refusal.version:
        # While nothing usable ever came, it is as old as its newest refusal, whichever came first.
        at = held.occurred_at if held.version else new.occurred_at
        return replace(held, refusal=refusal, refused=new.refused if forget else refused, occurred_at=at)
    return None if forget or refused == held.refused else replace(held, refused=refused)


def _remembered(newer: SourceRecord, older: SourceRecord, *, forget: bool) -> tuple[Likeness, ...]:
    """The likenesses other than the present one; of too many always the same ones, in whatever order they came."""
    if newer.by_officers:
        # Once their shield is lifted, nothing of what they said is to be left.
        return ()
    if not newer.formers and not older.formers and (older.like is None or older.like == newer.like):
        return ()
    known = {each.text: each for each in (*newer.formers, *older.formers)}
    if older.like is not None:
        known[older.like.text] = older.like
    if newer.like is not None:
        known.pop(newer.like.text, None)
    return tuple(known[name] for name in sorted(known)[: FORMERS if forget else None])


def _confirmed(newer: SourceRecord, older: SourceRecord) -> tuple[Confirmation, ...]:
    """When each involvement was first and last confirmed, over all versions that came."""
    told = {each.ref for each in newer.supplied.involvements} if newer.supplied else set()
    found: dict[str, Confirmation] = {}
    for each in (*newer.confirmed, *older.confirmed):
        known = found.get(each.ref, each)
        last = max((known, each), key=lambda one: one.last)
        first = min(known.first, each.first)
        found[each.ref] = last if last.first == first else replace(last, first=first)
    if forgotten := [ref for ref, each in found.items() if ref not in told and each.involvement is None]:
        said = {each.ref: each for each in older.supplied.involvements} if older.supplied else {}
        found |= {ref: replace(found[ref], involvement=said.get(ref)) for ref in forgotten}
    found |= {ref: replace(found[ref], involvement=None) for ref in told if found[ref].involvement is not None}
    return tuple(found[ref] for ref in sorted(found))
