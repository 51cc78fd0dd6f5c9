"""Where a child lives or lived, as it is compared."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from rapidfuzz.distance import OSA


@dataclass(frozen=True, slots=True, repr=False)
class Home:
    """An address: the postcode compacted, the words of its lines that have a digit, and the others."""

    postcode: str
    house: tuple[str, ...]
    street: tuple[str, ...]


class Place(IntEnum):
    """How the homes of two children agree at best, the strongest last."""

    DIFFERENT = 0
    MISSING = 1
    SECTOR = 2
    MISTYPED = 3
    POSTCODE = 4
    SAME = 5


def compare(one: tuple[Home, ...], other: tuple[Home, ...]) -> Place:
    """The best agreement of any home of one with any of the other, past or present."""
    if not one or not other:
        return Place.MISSING
    if len(one) == 1 == len(other):
        return _compare(one[0], other[0])
    return max(_compare(mine, theirs) for mine in one for theirs in other)


def _compare(one: Home, other: Home) -> Place:
    if one.postcode == other.postcode:
        if not one.postcode:
            return _without_postcode(one, other)
        return Place.SAME if _same_dwelling(one, other) else Place.POSTCODE
    if not one.postcode or not other.postcode:
        return _without_postcode(one, other)
    if one.postcode[:-1] == other.postcode[:-1] or _near(one.postcode, other.postcode):
        return Place.MISTYPED if _same_dwelling(one, other) else _sector(one, other)
    return _sector(one, other)


def _without_postcode(one: Home, other: Home) -> Place:
    if not (one.street and other.street):
        return Place.MISSING
    return Place.MISTYPED if _same_dwelling(one, other) else Place.DIFFERENT


def _sector(one: Home, other: Home) -> Place:
    return Place.SECTOR if one.postcode[:-2] == other.postcode[:-2] and len(one.postcode) > 4 else Place.DIFFERENT


def _same_dwelling(one: Home, other: Home) -> bool:
    """The same numbers and mostly the same words; an address without lines is no proof."""
    if one.house != other.house and not (one.house and other.house and _inside(one.house, other.house)):
        return False
    return bool(one.street and other.street) and _mostly(one.street, other.street)


def _inside(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """A flat's number is often left out: 3 and 12 beside 12."""
    return set(one) <= set(other) or set(other) <= set(one)


@lru_cache(maxsize=1 << 16)
def _mostly(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    shared = len(set(one) & set(other))
    return shared * 2 >= min(len(set(one)), len(set(other))) and shared > 0


@lru_cache(maxsize=1 << 17)
def _near(one: str, other: str) -> bool:
    """One character wrong, missing or too many, or two neighbours transposed."""
    return bool(OSA.distance(one, other, score_cutoff=1) <= 1)
