"""The keys by which records that may be one child find each other. Pure.

Two records are compared only where what one is sought by meets what the other is indexed by. Every key is a
short word; each kind tolerates other mistakes, so that a record with any one of them, and with most two, is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations, product

from likeness import dates
from likeness.nicknames import related
from likeness.person import Person
from likeness.phonetics import sound

CAP = 50
"""How many records a key leads to at most; later comers are kept under ``refined`` ones."""

Keys = frozenset[str]


def index_keys(person: Person) -> Keys:
    """What a record is indexed by."""
    born = person.born.isoformat()
    return frozenset((*_numbers(person), *_dated(person, born), *_paired(person), *_housed(person)))


def seek_keys(person: Person) -> Keys:
    """What a record is sought by: what it is indexed by, and that with day and month swapped."""
    swapped = dates.swapped(person.born)
    return index_keys(person) | frozenset(_dated(person, swapped.isoformat()) if swapped else ())


def refined(key: str, person: Person) -> Keys:
    """What a full ``key`` is replaced by: the same with one thing more, of several, each of which may be mistaken.

    A refined key that is full is refined again; nothing is left where nothing more is known.
    """
    known = key.replace("/", ":").split(":")
    return frozenset(f"{key}/{part}" for part in _parts(key[0], person) if part not in known)


def _parts(kind: str, person: Person) -> Iterator[str]:
    """What a key of ``kind`` does not say yet: the rest of the birth date, the sounds of names, and postcodes."""
    born = person.born
    if kind not in "dvp":
        yield from (f"m{born:%m}", f"d{born:%d}")
    if kind not in "dvy":
        yield f"y{born.year}"
    for name in person.names:
        yield from map(sound, (*name.given[:2], *name.family[:2]))
    yield from (home.postcode for home in person.homes if home.postcode)


def wide_keys(person: Person) -> Keys:
    """What a shielded record is also indexed by, and what every record is sought among the shielded by.

    Any name with any other and no date, any name with the year or the day of birth, any form of the given name
    with the birth date, any home, any carer.
    """
    found = set(seek_keys(person))
    for name in person.names:
        heard = sorted({sound(word) for word in (*name.given, *name.family)})
        found.update(f"wn:{one}:{other}" for one, other in combinations(heard, 2))
        found.update(f"w{part}:{each}" for part in _parts_of_date(person.born) for each in heard)
        found.update(f"wd:{person.born}:{form}" for word in name.given[:1] for form in (word, *related(word)))
    found.update(f"wh:{home.postcode}" for home in person.homes if home.postcode)
    for carer in person.carers:
        found.add("wc:" + "".join(carer.words))
        found.update(f"wt:{contact}" for contact in carer.contacts)
    return frozenset(found)


def _parts_of_date(born: date) -> tuple[str, ...]:
    if born == dates.UNKNOWN:
        return ()
    return f"y{born.year}", f"m{born:%m%d}"


def wide_seek_keys(person: Person) -> Keys:
    """What everybody's index is asked for when a child is shielded, to find records of it that exist already.

    As ``seek_keys``, and each name with dates in which the day, the month or the year is mistaken.
    """
    found = set(seek_keys(person))
    for born in _near_dates(person.born):
        found.update(_dated(person, born.isoformat()))
    return frozenset(found)


def _near_dates(born: date) -> Iterator[date]:
    if born == dates.UNKNOWN:
        return
    for year in (born.year - 1, born.year + 1):
        if (born.month, born.day) != (2, 29):
            yield born.replace(year=year)
    for month in range(1, 13):
        if born.day <= 28:
            yield born.replace(month=month)
    for day in range(1, 29):
        yield born.replace(day=day)


def _numbers(person: Person) -> Iterator[str]:
    return (f"i:{each}" for each in person.identifiers)


def _dated(person: Person, born: str) -> Iterator[str]:
    """A birth date with the sound of any one name, given or family."""
    if person.born != dates.UNKNOWN:
        for name in person.names:
            yield from (f"d:{born}:{sound(word)}" for word in (*name.given[:2], *name.family[:2]))


def _paired(person: Person) -> Iterator[str]:
    """Given and family name in either order, with the year of birth, and with the district lived in."""
    for name in person.names:
        for given, family in product(name.given[:1], name.family[:2]):
            pair = ":".join(sorted((sound(given), sound(family))))
            if person.born != dates.UNKNOWN:
                yield f"y:{pair}:{person.born.year}"
            yield from (f"n:{pair}:{home.postcode[:-3]}" for home in person.homes if home.postcode)


def _housed(person: Person) -> Iterator[str]:
    """Where the child lives or lived: with a name, with the birth date, and by itself."""
    heard = {sound(word) for name in person.names for word in (*name.given[:1], *name.family[:1])}
    for home in person.homes:
        if home.postcode:
            yield from (f"h:{home.postcode}:{each}" for each in heard)
            yield from (f"q:{home.postcode}:{number}" for number in home.house[-1:])
        if home.house and home.street:
            # A mistake in its second half leaves the postcode's district right, letters transposed the letters.
            street = ":".join(map(sound, home.street[:2]))
            yield f"t:{home.postcode[:-3]}:{home.house[-1]}:{street}"
            yield f"t:{''.join(sorted(home.postcode))}:{home.house[-1]}:{street}"
        if person.born != dates.UNKNOWN:
            yield from (f"v:{sound(word)}:{person.born}" for word in home.street[:1])
            yield from (f"p:{postcode}:{person.born:%m%d}" for postcode in [home.postcode] if postcode)
