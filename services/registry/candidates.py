"""The keys by which records that may be one child find each other. Pure.

Two records are compared only where what one is sought by meets what the other is indexed by. Every key is a
short word; each kind tolerates other mistakes, so that a record with any one of them, and with most two, is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from likeness import dates
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
    if kind in "yhi":
        yield from (f"m{born:%m}", f"d{born:%d}")
    elif kind == "m":
        yield f"y{born.year}"
    for name in person.names:
        yield from map(sound, (*name.given[:2], *name.family[:2]))
    yield from (home.postcode for home in person.homes if home.postcode)


def wide_keys(person: Person) -> Keys:
    """What a shielded record is also indexed by, and every record is sought among them by."""
    found = set(seek_keys(person))
    for name in person.names:
        given, family = {sound(word) for word in name.given}, {sound(word) for word in name.family}
        found.update(f"w:{mine}:{theirs}" for mine in given for theirs in family)
        found.update(f"wg:{mine}:{person.born.year}:{person.born.month}" for mine in given)
    found.update(f"wh:{home.postcode}" for home in person.homes if home.postcode)
    for carer in person.carers:
        found.add("wc:" + "".join(carer.words))
        found.update(f"wt:{contact}" for contact in carer.contacts)
    return frozenset(found)


def wide_seek_keys(person: Person) -> Keys:
    """What everybody's index is asked for when a child is shielded, to find records of it that exist already."""
    return seek_keys(person)


def _numbers(person: Person) -> Iterator[str]:
    return (f"i:{each}" for each in person.identifiers)


def _dated(person: Person, born: str) -> Iterator[str]:
    """A birth date with the sound of any one name, given or family."""
    if person.born == dates.UNKNOWN:
        return
    for name in person.names:
        for word in (*name.given[:2], *name.family[:2]):
            yield f"d:{born}:{sound(word)}"


def _paired(person: Person) -> Iterator[str]:
    """Given and family name in either order, with the year of birth, and with its day and month."""
    born = person.born
    if born == dates.UNKNOWN:
        return
    for name in person.names:
        for given, family in product(name.given[:1], name.family[:2]):
            pair = ":".join(sorted((sound(given), sound(family))))
            yield f"y:{pair}:{born.year}"
            yield f"m:{pair}:{born:%m%d}"


def _housed(person: Person) -> Iterator[str]:
    """A postcode with a birth date, and with the sound of a name."""
    for home in person.homes:
        if home.postcode:
            if person.born != dates.UNKNOWN:
                yield f"p:{home.postcode}:{person.born:%m%d}"
            for name in person.names:
                for word in (*name.given[:1], *name.family[:1]):
                    yield f"h:{home.postcode}:{sound(word)}"
