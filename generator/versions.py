"""When a source publishes a record again, and when it withdraws it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from generator.dice import Dice
from generator.involvements import Involvement
from generator.period import CLOSING, DAY, seconds_of, shortly_after

_END = seconds_of(CLOSING) + DAY


@dataclass(frozen=True, slots=True)
class Version:
    """The state of a source record as published at ``at`` (seconds since 1970), or its withdrawal."""

    number: int
    at: int
    withdrawn: bool = False


def versions(
    work: tuple[Involvement, ...], opened: int, changed: Iterable[int], dice: Dice
) -> tuple[Version, ...]:
    """A record's versions in their true order, from the first one at ``opened``."""
    moments = {*changed, *_turns(work, opened, dice)}
    if dice.happens(dice.rates.sent_again):
        moments.add(dice.randint(opened + DAY, max(_END, opened + 2 * DAY)))
    withdrawn_at = _withdrawn(work, opened, dice)
    last = withdrawn_at or _END
    later = sorted(moment for moment in moments if opened < moment < last)
    # Some systems have counted since before they began to publish, and do not publish all that they count.
    number = dice.randint(2, 40) if dice.happens(dice.rates.counted_before) else 1
    found = [Version(number, opened)]
    for moment in later:
        number += dice.randint(2, 4) if dice.happens(dice.rates.counts_unpublished) else 1
        found.append(Version(number, moment))
    if withdrawn_at:
        found.append(Version(number + 1, withdrawn_at, withdrawn=True))
    return tuple(found)


def _turns(work: tuple[Involvement, ...], opened: int, dice: Dice) -> Iterator[int]:
    """When the source publishes that an involvement began or ended, or passed to somebody else."""
    for each in work:
        days = [each.since, each.until, each.successor[0] if each.successor else None]
        for day in days:
            if day and seconds_of(day) > opened:
                yield shortly_after(day, 14, dice)


def _withdrawn(work: tuple[Involvement, ...], opened: int, dice: Dice) -> int | None:
    ends = [each.until for each in work if each.until]
    over = len(ends) == len(work) and max(ends) <= CLOSING
    if over and dice.happens(dice.rates.withdrawn_once_ended):
        at = max(opened + DAY, shortly_after(max(ends), 90, dice))
    elif dice.happens(dice.rates.withdrawn):
        at = dice.randint(opened + DAY, opened + 300 * DAY)
    else:
        return None
    return at if at <= _END else None
