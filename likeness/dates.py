"""Birth dates as they are compared: what a slip of the pen or a foreign order of day and month makes of them."""

from __future__ import annotations

from datetime import date
from enum import IntEnum
from functools import lru_cache

UNKNOWN = date(1900, 1, 1)
"""What systems write for a date they do not know; it agrees with nothing."""


class Born(IntEnum):
    """How two birth dates agree, the strongest last."""

    DIFFERENT = 0
    MISSING = 1
    SAME_DAY = 2
    SLIP = 3
    SWAPPED = 4
    EXACT = 5


@lru_cache(maxsize=1 << 18)
def compare(one: date, other: date) -> Born:
    """A ``SLIP`` is one wrong digit, or two neighbours transposed; ``SAME_DAY`` is the day of another year."""
    if UNKNOWN in (one, other):
        return Born.MISSING
    if one == other:
        return Born.EXACT
    if one.year == other.year and one.month == other.day and one.day == other.month:
        return Born.SWAPPED
    if _slip(one.strftime("%Y%m%d"), other.strftime("%Y%m%d")):
        return Born.SLIP
    same_day = (one.month, one.day) == (other.month, other.day)
    return Born.SAME_DAY if same_day else Born.DIFFERENT


def swapped(born: date) -> date | None:
    """Day and month the other way round, where that gives another date."""
    if born.day > 12 or born.day == born.month:
        return None
    return born.replace(month=born.day, day=born.month)


def _slip(one: str, other: str) -> bool:
    """One digit differs, or two neighbours within the month, the day or the year are transposed."""
    places = [at for at, (mine, theirs) in enumerate(zip(one, other, strict=True)) if mine != theirs]
    if len(places) == 1:
        return True
    return (
        len(places) == 2
        and places[1] - places[0] == 1
        and one[places[0]] == other[places[1]]
        and one[places[1]] == other[places[0]]
    )
