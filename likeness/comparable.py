"""What is compared of a child, made from what a source says; and what cannot be compared at all. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from contracts.children import Address, Details
from contracts.children import Carer as CarerSupplied
from likeness.codes import compact, identifier_key, is_strong
from likeness.homes import Home, home_of
from likeness.names import fold
from likeness.naming import family_words, given_words
from likeness.person import Carer, Person, PersonName

_YOUNGER_THAN = 26
"""Years: services for children work with young people until they are 25."""
_AHEAD = timedelta(days=1)
"""How far a birth date may lie ahead: somewhere it is tomorrow already."""
_NAMES, _HOMES, _CARERS = 10, 20, 20
"""So many of each are compared: more than a child has, and few enough that no record is slow."""


def person_of(child: Details) -> Person:
    """``child`` folded, what is current first."""
    known = {identifier_key(each.system, each.value): each for each in child.identifiers if compact(each.value)}
    return Person(
        names=_names(child),
        born=child.date_of_birth,
        gender=child.gender.value,
        homes=_homes(child.addresses),
        strong=frozenset(key for key, each in known.items() if is_strong(each.system, compact(each.value))),
        identifiers=frozenset(known),
        carers=tuple(dict.fromkeys(carer for each in child.carers if (carer := _carer(each)).words))[:_CARERS],
    )


def unusable(person: Person, today: date) -> str | None:
    """Why nothing can be told about who ``person`` is, as a slug; ``None`` for nearly every child."""
    if person.born > today + _AHEAD:
        return "born-in-the-future"
    if person.born.year + _YOUNGER_THAN < today.year or _age(person.born, today) >= _YOUNGER_THAN:
        return "born-too-long-ago"
    if not person.names:
        return "no-usable-name"
    if sum(each.startswith("nhs-number:") for each in person.strong) > 1:
        return "two-nhs-numbers"
    return None


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _names(child: Details) -> tuple[PersonName, ...]:
    """Each name once, without those of which nothing is left: emoji, punctuation."""
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], PersonName] = {}
    for name in sorted(child.names, key=lambda each: each.use != "current"):
        given, family = given_words(name.given), family_words(name.family)
        if given or family:
            found.setdefault((given, family), PersonName(given, family, name.use == "current"))
    return tuple(found.values())[:_NAMES]


def _homes(addresses: tuple[Address, ...]) -> tuple[Home, ...]:
    latest_first = sorted(addresses, key=lambda each: each.from_ or date.min, reverse=True)
    current_first = sorted(latest_first, key=lambda each: each.until is not None)
    homes = (_home(each) for each in current_first)
    return tuple(dict.fromkeys(home for home in homes if home.postcode or home.street))[:_HOMES]


def _home(address: Address) -> Home:
    return home_of(compact(address.postcode or ""), " ".join(address.lines))


def _carer(carer: CarerSupplied) -> Carer:
    reached = (compact(each.value) if each.kind == "phone" else fold(each.value) for each in carer.contacts)
    return Carer(given_words(carer.name), tuple(sorted({each for each in reached if each})))
