"""The golden record: what is held true of a child, and which sources said so. Pure.

Who the child is (name, birth date, gender) is as a source says that knows the child by a verified identifier;
among these, and where none does, the newest statement wins. Where the child lives, who cares for it and who is
responsible is as the newest statement says. Of two as good, the one of the source that ranks higher, then the one
whose source record sorts first: the same source records always give the same golden record.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

from contracts.children import Address, Carer, Child, Gender, Identifier, Involvement, InvolvementKind, Name
from contracts.sources import ChildSupplied
from likeness import dates
from likeness.codes import compact, identifier_key, is_strong
from likeness.names import fold
from services.registry.sources import SourceRecord

T = TypeVar("T")


@dataclass(frozen=True, slots=True, repr=False)
class Stated(Generic[T]):
    """A value, the source records that state it, and when the newest of them did."""

    value: T
    sources: tuple[str, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Working:
    """An involvement, the source record that tells of it, and when that first and last confirmed it.

    One that is ``lapsed`` was told of by an earlier version of the source record and is not any more: nobody
    says that it ended, and nobody confirms it.
    """

    involvement: Involvement
    source: str
    first: datetime
    last: datetime
    lapsed: bool


@dataclass(frozen=True, slots=True, repr=False)
class Golden:
    """Every field with its sources; ``names`` has exactly one current name, and it comes first."""

    names: tuple[Stated[Name], ...]
    date_of_birth: Stated[date]
    gender: Stated[Gender]
    addresses: tuple[Stated[Address], ...]
    identifiers: tuple[Stated[Identifier], ...]
    carers: tuple[Stated[Carer], ...]
    responsible_authority: Stated[str]
    involvements: tuple[Working, ...]


Said = tuple[SourceRecord, ChildSupplied]


def assemble(records: Sequence[SourceRecord]) -> Golden:
    """The golden record of at least one live source record."""
    said = [(record, record.supplied) for record in records if record.supplied is not None]
    surest, newest = sorted(said, key=_surest_first), sorted(said, key=_newest_first)
    genders = [pair for pair in surest if pair[1].child.gender is not Gender.UNKNOWN] or surest
    return Golden(
        names=_names(_many(surest, lambda child: child.names, _name_key)),
        date_of_birth=_one(_clearest_first(surest), lambda child: child.date_of_birth),
        gender=_one(genders, lambda child: child.gender),
        addresses=_many(newest, lambda child: child.addresses, _address_key),
        identifiers=_many(surest, lambda child: child.identifiers, lambda i: identifier_key(i.system, i.value)),
        carers=_many(newest, lambda child: child.carers, lambda each: (fold(each.name), fold(each.relationship))),
        responsible_authority=_one(newest, lambda child: child.responsible_authority),
        involvements=tuple(working for pair in newest for working in _working(*pair)),
    )


_RANKS = {
    kind: rank
    for rank, kind in enumerate(
        (
            InvolvementKind.PRIMARY_CARE,
            InvolvementKind.HEALTH_VISITING,
            InvolvementKind.EDUCATION,
            InvolvementKind.SOCIAL_CARE,
            InvolvementKind.HEALTH,
            InvolvementKind.YOUTH_JUSTICE,
            InvolvementKind.VOLUNTARY,
            InvolvementKind.OTHER,
        )
    )
}
"""By what a source's people do for the child: those who register every child first."""


def _surest_first(said: Said) -> tuple[bool, float, int, str]:
    _, supplied = said
    verified = any(is_strong(each.system, compact(each.value)) for each in supplied.child.identifiers)
    return not verified, *_newest_first(said)


def _newest_first(said: Said) -> tuple[float, int, str]:
    record, supplied = said
    rank = min((_RANKS[each.kind] for each in supplied.involvements), default=len(_RANKS))
    return -record.occurred_at.timestamp(), rank, record.key


def _clearest_first(said: Sequence[Said]) -> list[Said]:
    """The same with the best statement of the birth date first that no other says more than."""
    best = said[0]
    for each in said:
        if dates.says_more(each[1].child.date_of_birth, best[1].child.date_of_birth):
            best = each
    return [best, *(each for each in said if each is not best)]


def _one(said: Sequence[Said], pick: Callable[[Child], T]) -> Stated[T]:
    return _collect(((record, pick(supplied.child)) for record, supplied in said), _itself)[0]


def _many(
    said: Sequence[Said], pick: Callable[[Child], Iterable[T]], same: Callable[[T], Hashable]
) -> tuple[Stated[T], ...]:
    return _collect(((record, each) for record, supplied in said for each in pick(supplied.child)), same)


def _working(record: SourceRecord, supplied: ChildSupplied) -> Iterator[Working]:
    """The involvements that a source tells of, then those that it tells of no more."""
    when = {each.ref: each for each in record.confirmed}
    for each in supplied.involvements:
        confirmed = when.get(each.ref)
        first, last = (confirmed.first, confirmed.last) if confirmed else (record.occurred_at, record.occurred_at)
        yield Working(each, record.key, first, last, lapsed=False)
    for former in record.confirmed:
        if former.involvement is not None:
            yield Working(former.involvement, record.key, former.first, former.last, lapsed=True)


def _names(stated: tuple[Stated[Name], ...]) -> tuple[Stated[Name], ...]:
    """The newest current name first; every other current spelling is a name the child is known by."""
    current = next((each for each in stated if each.value.use == "current"), stated[0])
    first = Stated(current.value.model_copy(update={"use": "current"}), current.sources, current.as_of)
    spelled = _spelling(current.value)
    rest = tuple(
        Stated(
            each.value.model_copy(update={"use": "known-as"}) if each.value.use == "current" else each.value,
            each.sources,
            each.as_of,
        )
        for each in stated
        if each is not current and _spelling(each.value) != spelled
    )
    return (first, *rest)


def _collect(said: Iterable[tuple[SourceRecord, T]], same: Callable[[T], Hashable]) -> tuple[Stated[T], ...]:
    """Each different value once, the best statement of it first, with all that state it."""
    found: dict[Hashable, tuple[T, list[SourceRecord]]] = {}
    for record, value in said:
        _, stating = found.setdefault(same(value), (value, []))
        if record not in stating:
            stating.append(record)
    return tuple(
        Stated(value, tuple(each.key for each in stating), max(each.occurred_at for each in stating))
        for value, stating in found.values()
    )


def _itself(value: T) -> Hashable:
    return value


def _spelling(name: Name) -> Hashable:
    return fold(name.given or ""), fold(name.family)


def _name_key(name: Name) -> Hashable:
    return _spelling(name), name.use


def _address_key(address: Address) -> Hashable:
    return compact(address.postcode or ""), tuple(fold(line) for line in address.lines), fold(address.town or "")
