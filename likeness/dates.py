"""Birth dates as they are compared: what slips, foreign orders and not knowing better make of them."""

from __future__ import annotations

from datetime import date

from likeness.levels import Level

UNKNOWN = date(1900, 1, 1)
"""What systems write for a date they do not know; it agrees with nothing."""


class Born(Level):
    """How two birth dates agree, the strongest last."""

    DIFFERENT = 0
    MISSING = 1
    PARTLY = 2
    SLIP = 3
    SWAPPED = 4
    EXACT = 5


# Bound once: in Python 3.11 looking a member up costs several times what comparing it does.
_DIFFERENT, _EXACT = Born.DIFFERENT, Born.EXACT


def compare(one: date, other: date) -> Born:
    """A ``SLIP`` is one wrong digit, or two neighbours transposed; ``PARTLY``: two of day, month, year agree.

    1 January agrees ``PARTLY`` with any day of its year: it is what systems write that know the year alone, and
    the first of a month what they write that know no day.
    """
    if one == other:
        return Born.MISSING if one == UNKNOWN else _EXACT
    if one == UNKNOWN or other == UNKNOWN:  # noqa: PLR1714 - a tuple would cost more than all of the rest
        return Born.MISSING
    day, month, year = one.day == other.day, one.month == other.month, one.year == other.year
    if year and one.month == other.day and one.day == other.month:
        return Born.SWAPPED
    if day + month + year < 2:
        return Born.PARTLY if year and (year_alone(one) or year_alone(other)) else _DIFFERENT
    return Born.SLIP if _slip(one.isoformat(), other.isoformat()) else Born.PARTLY


def says_more(one: date, other: date) -> bool:
    """Whether ``one`` tells what ``other`` leaves open: any date than none, a day than the year alone."""
    if other == UNKNOWN:
        return one != UNKNOWN
    return one.year == other.year and year_alone(other) and not year_alone(one)


def swapped(born: date) -> date | None:
    """Day and month the other way round, where that gives another date."""
    if born.day > 12 or born.day == born.month:
        return None
    return born.replace(month=born.day, day=born.month)


def mistaken_for(born: date) -> frozenset[date]:
    """What is written for ``born`` where day and month, or two neighbouring digits, change places."""
    digits = born.isoformat().replace("-", "")
    turned = {digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :] for at in range(2, len(digits) - 1)}
    found = {each for text in turned if (each := _date(text)) is not None}
    other = swapped(born)
    return frozenset(found | ({other} if other else set())) - {born}


def year_alone(born: date) -> bool:
    """Whether it is what systems write that know the year alone: 1 January."""
    return born.month == born.day == 1


def _date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def _slip(one: str, other: str) -> bool:
    places = [at for at, (mine, theirs) in enumerate(zip(one, other, strict=True)) if mine != theirs]
    return len(places) == 1 or (
        len(places) == 2
        and places[1] - places[0] == 1
        and one[places[0]] == other[places[1]]
        and one[places[1]] == other[places[0]]
    )
