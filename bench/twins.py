"""Shielded children sent again in other forms, and children of other families, through the registry and its store.

``matching`` looks at each form beside the shielded children alone. Here forms come after one another: what one of
them taught the registry is there when the next comes, and so is everybody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import uvloop

from bench.figures import Figure
from bench.holds import cast
from bench.place import Place, Sizes, database, say
from bench.registry import take_in
from contracts.children import Address, Carer, Child, Contact, Gender, Identifier, Name
from contracts.sources import ChildSupplied
from likeness import person
from likeness.homes import Home
from likeness.person import Person
from runtime import clock
from services.registry import policy
from services.registry.children import ChildRecord, ShieldMark
from services.registry.handlers import mark, some_at_a_time
from services.registry.keeping import Keeper
from services.registry.store import Records
from services.registry.wanted import Wanted

_AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_SHIELD = "00000000-0000-4000-8000-000000000000"
_PER_CHILD = 20
"""So many unrelated children to each who is shielded."""


def measure(place: Place, sizes: Sizes) -> list[Figure]:
    """How many forms anybody could see, and what share of the unrelated was held."""
    return uvloop.run(_measured(place, sizes.resent))


async def _measured(place: Place, shielded: int) -> list[Figure]:
    records = Records(database(place.stack, "twins"))
    await records.prepare()
    shields: dict[str, Mapping[str, int]] = {}
    registry = _Registry(records, Keeper(records, lambda number: shields.get(number, {}), policy.load()))
    them = cast(shielded, shielded * _PER_CHILD)
    say("twins: shielded children")
    known = await registry.told("shielded", them.shielded)
    shields |= {child.number: {_SHIELD: at} for at, child in enumerate(known)}
    await registry.shield(shields)
    say("twins: children of other families")
    held = sum(child.held or child.shielded for child in await registry.told("unrelated", them.unrelated))
    say("twins: other forms of the shielded")
    forms = await registry.told("form", [form for _, form in them.forms])
    return them.figures(sum(child.visible and not child.shielded for child in forms), held)


class _Registry:
    """The registry's core."""

    def __init__(self, records: Records, keeper: Keeper) -> None:
        self._records, self._keeper = records, keeper

    async def told(self, ref: str, people: Iterable[Person]) -> list[ChildRecord]:
        """For each person of whom a source tells now, the record of the child it is taken for."""
        changes = [_change(f"{ref}-{at}", each) for at, each in enumerate(people)]
        await take_in(self._keeper, self._records, changes, _unheard)
        keys = [each.key for each in changes]
        found = await self._records.near(Wanted(sources=set(keys)))
        holding = {record.key: child for child in found for record in child.sources}
        return [holding[key] for key in keys]

    async def shield(self, shields: Mapping[str, Mapping[str, int]]) -> None:
        """Shield them, as many at a time as the registry does."""
        words = {number: ShieldMark.in_force(each) for number, each in shields.items()}
        for some in some_at_a_time(words):
            await self._records.fulfil((await mark(self._keeper, some, clock.now())).intention)


async def _unheard(_: Iterable[ChildRecord]) -> None:
    """Nobody listens: what is kept is looked at."""


def _change(ref: str, told_of: Person) -> ChildSupplied:
    return ChildSupplied(
        message_id=ref,
        occurred_at=_AT,
        source="northshire-gp",
        source_ref=ref,
        source_version=1,
        child=details_of(told_of),
    )


def details_of(told_of: Person) -> Child:
    """Details that are compared as ``told_of`` is, as a source may have them."""
    return Child(
        names=tuple(
            Name(
                given=" ".join(each.given) or None,
                family=" ".join(each.family),
                use="current" if each.current else "former",
            )
            for each in told_of.names
        ),
        date_of_birth=told_of.born,
        gender=Gender(told_of.gender),
        addresses=tuple(map(_address, told_of.homes)),
        identifiers=tuple(_identifier(each) for each in sorted(told_of.identifiers)),
        carers=tuple(map(_carer, told_of.carers)),
        responsible_authority="northshire",
    )


def _address(home: Home) -> Address:
    lines = " ".join((*home.house, *home.street))
    return Address(lines=(lines,) if lines else (), postcode=home.postcode or None)


def _identifier(key: str) -> Identifier:
    system, value = key.split(":", 1)
    return Identifier(system=system, value=value)


def _carer(carer: person.Carer) -> Carer:
    contacts = tuple(Contact(kind="phone" if each.isdigit() else "email", value=each) for each in carer.contacts)
    return Carer(name=" ".join(carer.words), relationship="parent", contacts=contacts)
