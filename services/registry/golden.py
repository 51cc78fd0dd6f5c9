"""The golden record: what is held true of a child, and which sources said so. Pure.

The newest statement wins; of two as new, the one whose source record sorts first, so that the same source
records always give the same golden record.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

from contracts.children import Address, Carer, Gender, Identifier, Involvement, Name
from contracts.sources import ChildSupplied
from likeness.codes import compact, identifier_key
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
class Golden:
    """Every field with its sources; ``names`` has exactly one current name, and it comes first."""

    names: tuple[Stated[Name], ...]
    date_of_birth: Stated[date]
    gender: Stated[Gender]
    addresses: tuple[Stated[Address], ...]
    identifiers: tuple[Stated[Identifier], ...]
    carers: tuple[Stated[Carer], ...]
    responsible_authority: Stated[str]
    involvements: tuple[Stated[Involvement], ...]


def assemble(records: Sequence[SourceRecord]) -> Golden:
    """The golden record of at least one live source record."""
    newest = sorted(
        ((record, record.supplied) for record in records if record.supplied is not None),
        key=lambda pair: (-pair[0].occurred_at.timestamp(), pair[0].key),
    )

    def one(pick: Callable[[ChildSupplied], T]) -> Stated[T]:
        return _collect(((record, pick(supplied)) for record, supplied in newest), _itself)[0]

    def many(pick: Callable[[ChildSupplied], Iterable[T]], same: Callable[[T], Hashable]) -> tuple[Stated[T], ...]:
        return _collect(((record, each) for record, supplied in newest for each in pick(supplied)), same)

    genders = [pair for pair in newest if pair[1].child.gender is not Gender.UNKNOWN] or newest
    return Golden(
        names=_names(many(lambda s: s.child.names, _name_key)),
        date_of_birth=one(lambda s: s.child.date_of_birth),
        gender=_collect(((record, s.child.gender) for record, s in genders), _itself)[0],
        addresses=many(lambda s: s.child.addresses, _address_key),
        identifiers=many(lambda s: s.child.identifiers, lambda each: identifier_key(each.system, each.value)),
        carers=many(lambda s: s.child.carers, lambda each: (fold(each.name), fold(each.relationship))),
        responsible_authority=one(lambda s: s.child.responsible_authority),
        involvements=_collect(
            ((record, each) for record, s in newest for each in s.involvements),
            lambda each: each,
            apart=True,
        ),
    )


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


def _collect(
    said: Iterable[tuple[SourceRecord, T]], same: Callable[[T], Hashable], *, apart: bool = False
) -> tuple[Stated[T], ...]:
    """Each different value once, newest first, with all that state it; ``apart`` keeps sources apart."""
    found: dict[Hashable, tuple[T, list[str], datetime]] = {}
    for record, value in said:
        key = (record.key, len(found)) if apart else same(value)
        if key in found:
            if record.key not in found[key][1]:
                found[key][1].append(record.key)
        else:
            found[key] = (value, [record.key], record.occurred_at)
    return tuple(Stated(value, tuple(sources), as_of) for value, sources, as_of in found.values())


def _itself(value: T) -> Hashable:
    return value


def _spelling(name: Name) -> Hashable:
    return fold(name.given or ""), fold(name.family)


def _name_key(name: Name) -> Hashable:
    return _spelling(name), name.use


def _address_key(address: Address) -> Hashable:
    return compact(address.postcode or ""), tuple(fold(line) for line in address.lines), fold(address.town or "")
