"""The keys by which records that may be one child find each other. Pure.

Two records are compared only where what one is sought by meets what the other is indexed by. Every key is a
short word; each kind tolerates other mistakes, so that a record with any one of them, and with most two, is found.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from itertools import combinations
from string import ascii_uppercase, digits
from zlib import crc32

from likeness import dates
from likeness.homes import Home
from likeness.person import Person
from likeness.phonetics import ends, sound

CAP = 50
"""How many records a key that everybody seeks by leads to; later comers are kept under ``refined`` ones."""
CROWDED = CAP // 2
"""From so many on it is looked under ``refined`` keys too: whoever came when the key was full is kept there, also
once others have left it."""

Keys = frozenset[str]
_LONGEST = 60
_SHARES = 16
"""Into how many keys those of one birth date are parted; who is sought by the date alone is sought by them all."""
_YEARS = 25
"""By how many years the births of two children differ at most."""
_DAYS = [f"{date(2000, 1, 1) + timedelta(days=day):%m-%d}" for day in range(366)]
_UNKNOWN = "?"


def index_keys(person: Person, common: Sequence[str] | None = None) -> Keys:
    """What a record is indexed by: what others are sought by, and what only a shielded child's records are.

    ``common`` are its :func:`common_keys`, where they are known already.
    """
    common = common_keys(person) if common is None else common
    if person.born == dates.UNKNOWN:
        return frozenset((*common, *_undated(person)))
    share = crc32("".join(word for name in person.names[:1] for word in (*name.given, *name.family)).encode())
    cared_for = _cared_for(person, f"{person.born.day:02}")
    return frozenset((*common, *cared_for, f"b:{_either(person.born)}:{share % _SHARES}"))


def seek_keys(person: Person, common: Sequence[str] | None = None) -> Keys:
    """What a record is sought by: by names, homes and identifiers, and with day and month swapped too.

    ``common`` are its :func:`common_keys`, where they are known already.
    """
    common = common_keys(person) if common is None else common
    swapped = dates.swapped(person.born)
    return frozenset((*common, *_dated(person, swapped.isoformat())) if swapped else common)


def is_capped(key: str) -> bool:
    """Whether the key has a cap: those have none by which a shield alone seeks.

    A birth date, a carer, and whatever is kept of one whose birth date is not known.
    """
    return not key.startswith(("b:", "c:")) and f":{_UNKNOWN}" not in key


def refined(key: str, person: Person) -> Keys:
    """What a full ``key`` is replaced by: the same with one thing more, of several, each of which may be mistaken.

    What is added tells the children apart who share such a key: those of one house by their names and birth dates,
    those of one name by where they live. A refined key that is full can be refined again, until nothing more is
    known.
    """
    known = key.replace("/", ":").split(":")
    return frozenset(f"{key}/{part}" for part in _parts(key[0], person, known) if part not in known)


def kept_under(keys: Iterable[str], person: Person, is_full: Callable[[str], bool]) -> Keys:
    """The keys under which a record is kept: each that ``is_full`` gives way to finer ones."""
    kept: set[str] = set()
    left = set(keys)
    while left:
        full = set(filter(is_full, left))
        kept |= left - full
        left = {finer for key in full for finer in refined(key, person)} - kept
    return frozenset(kept)


def looked_under(keys: Iterable[str], person: Person, is_crowded: Callable[[str], bool]) -> Keys:
    """The keys under which to look: each, and where one ``is_crowded``, finer ones too."""
    looked: set[str] = set()
    left = set(keys)
    while left:
        looked |= left
        left = {finer for key in filter(is_crowded, left) for finer in refined(key, person)} - looked
    return frozenset(looked)


def _parts(kind: str, person: Person, known: Collection[str]) -> Iterator[str]:
    """What a key of ``kind`` does not say yet of the birth date, of how the names sound, and of postcodes."""
    born = person.born
    if kind in "chn":
        yield f"y{born.year}"
    if kind in "chny":
        yield f"m{born.month:02}"
    if kind in "hny":
        yield f"d{born.day:02}"
    if kind in "iqt":
        yield born.isoformat()
    for name in person.names:
        words = *name.given[:2], *name.family[:2]
        if kind in "bchipv":
            yield from map(sound, words)
        if kind == "d":
            # The key is one of the names: were it all that is spelt right, it would find nobody.
            yield from (end for word in words if sound(word) not in known for end in ends(word))
        if kind in "qt":
            yield "".join(map(sound, (*name.given[:1], *name.family[:1])))
    if kind in "bcdiny":
        yield from (home.postcode for home in person.homes if home.postcode)


def wide_keys(person: Person, seek: Keys | None = None) -> Keys:
    """What a shielded record is also indexed by, and what every record is sought among the shielded by.

    Any name with any other and no date, any name with a birth date that agrees in two of its three parts or may,
    the birth date whichever way round and no name, any home, any carer. ``seek`` are its :func:`seek_keys`, where
    they are known already.
    """
    found = set(seek_keys(person) if seek is None else seek)
    for name in person.names:
        heard = sorted({sound(word) for word in (*name.given, *name.family)})
        found.update(f"wn:{one}:{other}" for one, other in combinations(heard, 2))
        found.update(f"w{part}:{each}" for part in _parts_of_date(person.born) for each in heard)
    if person.born != dates.UNKNOWN:
        found.add(f"wb:{_either(person.born)}")
    for home in person.homes:
        if home.postcode:
            found.add(f"wh:{home.postcode}")
        where = (*home.house, home.postcode[:-3])
        found.update(f"ws:{each}:{sound(word)}" for word in home.street[:1] for each in where if each)
    found.update("wc:" + "".join(carer.words)[:_LONGEST] for carer in person.carers)
    found.update(f"wt:{contact[:_LONGEST]}" for carer in person.carers for contact in carer.contacts)
    return frozenset(found)


def _parts_of_date(born: date) -> list[str]:
    """Each two of year, month and day; of a year alone, any month of it."""
    if born == dates.UNKNOWN:
        return []
    months = range(1, 13) if dates.year_alone(born) else [born.month]
    _, month, day = born.isoformat().split("-")
    return [*(f"y{born.year}-{each:02}" for each in months), f"d{born.year}--{day}", f"m{month}-{day}"]


def _either(born: date) -> date:
    """The same for a date and for that with day and month swapped."""
    return min(born, dates.swapped(born) or born)


def wide_seek_keys(person: Person) -> Keys:
    """What everybody's index is asked for when a child is shielded, to find records of it that exist already.

    It is to find whom ``wide_keys`` would, and everybody else is indexed by little. So what of a key may be
    mistaken is asked for in every way it can be: with a birth date, any name; with a name or a street, each date
    of which two parts of three are the same, of a year alone each of its dates, and none; with two names, any
    year; with a carer, any day of the month; with a postcode, any day of the year; with a house and street, a
    mistaken district, and none.
    """
    found = set(seek_keys(person)) | set(_undated(person))
    if person.born != dates.UNKNOWN:
        found.update(f"b:{_either(person.born)}:{share}" for share in range(_SHARES))
    for born in _near_dates(person.born):
        found.update(_dated(person, born.isoformat()))
    for pair in _pairs(person):
        found.update(f"y:{pair}:{year}" for year in _years(person.born))
    for day in range(1, 32):
        found.update(_cared_for(person, f"{day:02}"))
    for home in person.homes:
        found.update(_on_street(home, ""))
        if home.postcode:
            found.update(f"p:{home.postcode}:{day}" for day in _DAYS)
            found.update(_on_street(home, *_misspelt(home.postcode[:-3])))
    return frozenset(found)


def _misspelt(district: str) -> Iterator[str]:
    """The district with one character wrong, missing or too many."""
    for at in range(len(district) + 1):
        yield district[:at] + district[at + 1 :]
        for character in ascii_uppercase + digits:
            yield district[:at] + character + district[at + 1 :]
            yield district[:at] + character + district[at:]


def _years(born: date) -> range:
    """The years in which a child may be born who is taken for one born then."""
    if born == dates.UNKNOWN:
        return range(2000, 2000 + 2 * _YEARS)
    return range(born.year - _YEARS, born.year + _YEARS + 1)


def _near_dates(born: date) -> Iterator[date]:
    """Dates of which the day, the month or the year is another; where the year alone is told, any of that."""
    if born == dates.UNKNOWN:
        return
    first = born.replace(month=1, day=1)
    yield first
    if dates.year_alone(born):
        yield from (first + timedelta(days=day) for day in range(365 + isleap(born.year)))
    other = [{"year": year} for year in _years(born)]
    other += [{"month": month} for month in range(1, 13)]
    other += [{"day": day} for day in range(1, 32)]
    for part in other:
        with suppress(ValueError):  # There is no such day.
            yield born.replace(**part)


def common_keys(person: Person) -> tuple[str, ...]:
    """What a record is both indexed and sought by."""
    found = [f"i:{each[:_LONGEST]}" for each in person.identifiers]
    pairs = _pairs(person)
    if person.born != dates.UNKNOWN:
        day = person.born.isoformat()
        found += _dated(person, day)
        found += [f"y:{pair}:{person.born.year}" for pair in pairs]
        found += [f"p:{home.postcode}:{day[5:]}" for home in person.homes if home.postcode]
    for home in person.homes:
        if home.postcode:
            found += [f"n:{pair}:{home.postcode[:-3]}" for pair in pairs]
        found += _housed(person, home)
    return tuple(found)


def _undated(person: Person) -> list[str]:
    """What there is in place of each key with a birth date where none is known."""
    found = _dated(person, _UNKNOWN)
    found += [f"y:{pair}:{_UNKNOWN}" for pair in _pairs(person)]
    found += _cared_for(person, _UNKNOWN)
    found += [f"p:{home.postcode}:{_UNKNOWN}" for home in person.homes if home.postcode]
    return found


def _dated(person: Person, born: str) -> list[str]:
    """A birth date with the sound of any one name, given or family, and of any street."""
    found = [f"d:{born}:{sound(word)}" for name in person.names for word in (*name.given[:2], *name.family[:2])]
    return found + [f"v:{born}:{sound(word)}" for home in person.homes for word in home.street[:1]]


def _cared_for(person: Person, day: str) -> list[str]:
    """Who cares for the child, with the day of the month it was born on."""
    return [f"c:{day}:{''.join(carer.words)[:_LONGEST]}" for carer in person.carers]


def _pairs(person: Person) -> list[str]:
    """Given and family name in either order."""
    return [
        ":".join(sorted((sound(given), sound(family))))
        for name in person.names
        for given in name.given[:1]
        for family in name.family[:2]
    ]


def _housed(person: Person, home: Home) -> list[str]:
    """Where the child lives or lived: with a name, and by itself."""
    found = []
    postcode, number = home.postcode, home.house[-1] if home.house else ""
    if postcode:
        words = {word for name in person.names for word in (*name.given[:1], *name.family[:1])}
        found += [f"h:{postcode}:{sound(word)}" for word in words]
        if number:
            found.append(f"q:{postcode}:{number}")
    # A mistake in its second half leaves the postcode's district right, letters transposed the letters.
    found += _on_street(home, postcode[:-3], "".join(sorted(postcode)))
    return found


def _on_street(home: Home, *places: str) -> list[str]:
    """A house and its street at some places, where both are known."""
    if not home.house or not home.street:
        return []
    street = ":".join(map(sound, home.street[:2]))
    return [f"t:{place}:{home.house[-1]}:{street}" for place in places]
