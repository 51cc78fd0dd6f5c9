"""The keys by which records that may be one child find each other. Pure.

Two records are compared only where what one is sought by meets what the other is indexed by. Every key is a
short word; each kind tolerates other mistakes, so that a record with any one of them, and with most two, is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations

from likeness import dates
from likeness.homes import Home
from likeness.nicknames import related
from likeness.person import Person
from likeness.phonetics import sound

CAP = 50
"""How many records a key leads to at most; later comers are kept under ``refined`` ones."""

Keys = frozenset[str]
_LONGEST = 60


def index_keys(person: Person) -> Keys:
    """What a record is indexed by."""
    return frozenset(_keys(person))


def seek_keys(person: Person) -> Keys:
    """What a record is sought by: what it is indexed by, and that with day and month swapped."""
    found = _keys(person)
    swapped = dates.swapped(person.born)
    if swapped:
        found += _dated(person, swapped)
    return frozenset(found)


def refined(key: str, person: Person) -> Keys:
    """What a full ``key`` is replaced by: the same with one thing more, of several, each of which may be mistaken.

    What is added tells the children apart who share such a key: those of one house by their names and birth dates,
    those of one name by where they live. A refined key that is full can be refined again, until nothing more is
    known.
    """
    known = key.replace("/", ":").split(":")
    return frozenset(f"{key}/{part}" for part in _parts(key[0], person) if part not in known)


def _parts(kind: str, person: Person) -> Iterator[str]:
    """What a key of ``kind`` does not say yet of the birth date, of how the names sound, and of postcodes."""
    born = person.born
    if kind in "hn":
        yield f"y{born.year}"
    if kind in "hny":
        yield from (f"m{born:%m}", f"d{born:%d}")
    if kind in "iqt":
        yield born.isoformat()
    for name in person.names:
        if kind in "dhipv":
            yield from map(sound, (*name.given[:2], *name.family[:2]))
        if kind in "qt":
            yield "".join(map(sound, (*name.given[:1], *name.family[:1])))
    if kind in "diny":
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
        if person.born != dates.UNKNOWN:
            found.update(f"wd:{person.born}:{form}" for word in name.given[:1] for form in (word, *related(word)))
    found.update(f"wh:{home.postcode}" for home in person.homes if home.postcode)
    for carer in person.carers:
        found.add("wc:" + "".join(carer.words)[:_LONGEST])
        found.update(f"wt:{contact[:_LONGEST]}" for contact in carer.contacts)
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
        found.update(_dated(person, born))
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


def _keys(person: Person) -> list[str]:
    found = [f"i:{each[:_LONGEST]}" for each in person.identifiers]
    if person.born != dates.UNKNOWN:
        found += _dated(person, person.born)
    found += _paired(person)
    for home in person.homes:
        found += _housed(person, home)
    return found


def _dated(person: Person, born: date) -> list[str]:
    """A birth date with the sound of any one name, given or family."""
    day = born.isoformat()
    return [f"d:{day}:{sound(word)}" for name in person.names for word in (*name.given[:2], *name.family[:2])]


def _paired(person: Person) -> list[str]:
    """Given and family name in either order, with the year of birth, and with the district lived in."""
    found = []
    known = person.born != dates.UNKNOWN
    for name in person.names:
        if not name.given:
            continue
        given = sound(name.given[0])
        for family in map(sound, name.family[:2]):
            pair = f"{given}:{family}" if given < family else f"{family}:{given}"
            if known:
                found.append(f"y:{pair}:{person.born.year}")
            found += [f"n:{pair}:{home.postcode[:-3]}" for home in person.homes if home.postcode]
    return found


def _housed(person: Person, home: Home) -> list[str]:
    """Where the child lives or lived: with a name, with the birth date, and by itself."""
    found = []
    postcode, number = home.postcode, home.house[-1] if home.house else ""
    if postcode:
        words = {word for name in person.names for word in (*name.given[:1], *name.family[:1])}
        found += [f"h:{postcode}:{sound(word)}" for word in words]
        if number:
            found.append(f"q:{postcode}:{number}")
    if number and home.street:
        # A mistake in its second half leaves the postcode's district right, letters transposed the letters.
        street = ":".join(map(sound, home.street[:2]))
        found.append(f"t:{postcode[:-3]}:{number}:{street}")
        found.append(f"t:{''.join(sorted(postcode))}:{number}:{street}")
    if person.born != dates.UNKNOWN:
        day = person.born.isoformat()
        if home.street:
            found.append(f"v:{sound(home.street[0])}:{day}")
        if postcode:
            found.append(f"p:{postcode}:{day[5:]}")
    return found
