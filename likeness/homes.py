"""Where a child lives or lived, as it is compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from likeness.levels import Level
from likeness.names import words

_WORDS = 20
# What kind of dwelling it is, is said by some and left out by others.
_DWELLINGS = frozenset({"flat", "apartment", "apt", "unit", "room"})


@dataclass(frozen=True, slots=True, repr=False)
class Home:
    """An address: the postcode compacted, the words of the rest that have a digit, and the others."""

    postcode: str
    house: tuple[str, ...]
    street: tuple[str, ...]


def home_of(postcode: str, lines: str) -> Home:
    """The home at a compacted postcode, of whose address ``lines`` are the rest."""
    parts = [word[:_WORDS] for word in words(lines)[:_WORDS]]
    return Home(
        postcode=postcode[:_WORDS],
        house=tuple(word for word in parts if any(map(str.isdigit, word))),
        street=tuple(word for word in parts if not any(map(str.isdigit, word)) and word not in _DWELLINGS),
    )


class Place(Level):
    """How the homes of two children agree at best, the strongest last."""

    DIFFERENT = 0
    MISSING = 1
    SECTOR = 2
    POSTCODE = 3
    ELSEWHERE = 4
    """The same house and street, and quite another postcode."""
    STREET = 5
    """The same street at nearly the same postcode, and another house; or the house, and no street is known."""
    MISTYPED = 6
    SAME = 7


# Bound once: in Python 3.11 looking a member up costs several times what comparing it does.
_DIFFERENT, _MISSING, _SECTOR, _POSTCODE, _SAME = (
    Place.DIFFERENT, Place.MISSING, Place.SECTOR, Place.POSTCODE, Place.SAME
)  # fmt: skip


def compare(one: tuple[Home, ...], other: tuple[Home, ...]) -> tuple[Place, str]:
    """The best agreement of any home of one with any of the other, past or present.

    With it goes the postcode where that is all that agrees (for how many live there).
    """
    if not one or not other:
        return _MISSING, ""
    best, where = _DIFFERENT, ""
    for mine in one:
        for theirs in other:
            found = _compare(mine, theirs)
            if found == _SAME:
                return _SAME, ""
            if found > best:
                best, where = found, mine.postcode
            elif found == best:
                where = max(where, mine.postcode)
    return best, where if best == _POSTCODE else ""


def _compare(one: Home, other: Home) -> Place:
    if not one.postcode or not other.postcode:
        return _without_postcode(one, other)
    if one.postcode == other.postcode:
        return _at_one_postcode(one, other)
    house = _same_house(one, other)
    near = _near(one.postcode, other.postcode)
    if (near or house) and _same_street(one.street, other.street):
        return (Place.MISTYPED if house else Place.STREET) if near else Place.ELSEWHERE
    sector = len(one.postcode) > 4 and one.postcode[:-2] == other.postcode[:-2]
    return _SECTOR if sector else _DIFFERENT


def _without_postcode(one: Home, other: Home) -> Place:
    if not one.street or not other.street:
        return _MISSING
    same = _same_house(one, other) and _same_street(one.street, other.street)
    return Place.ELSEWHERE if same else _DIFFERENT


def _at_one_postcode(one: Home, other: Home) -> Place:
    if one.street == other.street and one.house == other.house:
        return _SAME if one.street or one.house else _POSTCODE
    if not one.street or not other.street:
        return Place.STREET if _same_house(one, other) else _POSTCODE
    if not _same_street(one.street, other.street):
        return _POSTCODE
    return _SAME if _same_house(one, other) or not (one.house or other.house) else Place.STREET


def _same_house(one: Home, other: Home) -> bool:
    """A number in common: that of a flat is often left out beside that of the house."""
    for number in one.house:  # noqa: SIM110 - a generator would cost more than all of the rest
        if number in other.house:
            return True
    return False


@lru_cache(maxsize=1 << 16)
def _same_street(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """More than half of the words of the shorter, or nearly the same letters."""
    mine, theirs = set(one), set(other)
    if len(mine & theirs) * 2 > min(len(mine), len(theirs)):
        return True
    return bool(one and other) and bool(fuzz.partial_ratio("".join(one), "".join(other)) >= 85)


def _near(one: str, other: str) -> bool:
    """One character wrong, missing or too many, or two neighbours transposed."""
    return bool(OSA.distance(one, other, score_cutoff=1) <= 1)
