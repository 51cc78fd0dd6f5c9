"""The year in which the made-up sources publish: fixed, since a seed must give the same bytes on any day."""

from __future__ import annotations

from datetime import date, timedelta

from generator.dice import Dice

OPENING = date(2025, 10, 1)
CLOSING = date(2026, 9, 30)
ADULT = date(2008, 10, 1)
"""Whoever was born before is no child any more when the year closes."""

DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()


def seconds_of(day: date) -> int:
    """Midnight (UTC) of ``day`` in seconds since 1970."""
    return (day.toordinal() - _EPOCH) * DAY


def day_of(seconds: int) -> date:
    return date.fromordinal(seconds // DAY + _EPOCH)


def shortly_after(day: date, within: int, dice: Dice) -> int:
    """A moment between seven and nineteen o'clock, one to ``within`` days after ``day``."""
    return seconds_of(day) + dice.randint(1, within) * DAY + 7 * 3600 + int(dice.random() * 12 * 3600)


def between(first: date, last: date, dice: Dice) -> date:
    """A day from ``first`` to ``last``; ``first`` where ``last`` lies before it."""
    return first + timedelta(days=dice.randint(0, max((last - first).days, 0)))


def september_after(birthday: int, born: date) -> date:
    """The first of September after somebody's ``birthday``-th birthday, when the school year begins."""
    return date(born.year + birthday + ((born.month, born.day) >= (9, 1)), 9, 1)
