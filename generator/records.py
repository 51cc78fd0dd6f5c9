"""What each source keeps on a child: who opens a record, what it holds, and what it gets wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from generator.dice import Dice
from generator.involvements import Involvement, Spell, involvements, spells
from generator.mistakes import Mistake, draw
from generator.people import Child, LifeEvent
from generator.period import CLOSING, DAY, OPENING, day_of, seconds_of, shortly_after
from generator.systems import SYSTEMS, System, reference
from generator.versions import Version, versions

Work = tuple[Involvement, ...]


@dataclass(frozen=True, slots=True)
class Habits:
    """What a source keeps of all that is known; ``carers`` by their place in the family."""

    middle_name: bool
    history: bool
    address: bool
    known_as: bool
    identifiers: tuple[str, ...]
    carers: frozenset[int]


@dataclass(frozen=True, slots=True)
class Record:
    """One source record, from which every version of it can be written; moments are seconds since 1970."""

    child: Child
    source: str
    ref: str
    involvements: Work
    habits: Habits
    heard: tuple[tuple[int, LifeEvent], ...]
    mistakes: tuple[Mistake, ...]
    corrected_at: int | None
    versions: tuple[Version, ...]

    @property
    def key(self) -> str:
        return f"{self.source}/{self.ref}"


def records_of(child: Child, dice: Dice) -> list[Record]:
    """All that any source keeps on ``child``."""
    lived_in = spells(child)
    found: list[Record] = []
    for system in SYSTEMS:
        for spell in _served(system, lived_in, dice):
            work = involvements(system, child, spell, dice)
            opened = _opened(work, dice)
            if not work or opened > seconds_of(CLOSING):
                continue
            entries = (False, True) if dice.happens(dice.rates.entered_twice) else (False,)
            for again in entries:
                # The second entry of one child is made by somebody who did not find the first.
                begun = opened + again * dice.randint(1, 60 * DAY)
                if begun <= seconds_of(CLOSING):
                    record = _record(child, system, work, dice, spell=spell, opened=begun, again=again)
                    found.append(record)
                    child.notes.extend(["entered-twice"] * again)
    return found


def _served(system: System, lived_in: list[Spell], dice: Dice) -> Iterator[Spell]:
    """The authorities whose ``system`` may hold the child: where it lives, and where it used to."""
    *former, current = lived_in
    # Whoever lived in an authority twice has one record there, that of the latter time.
    latest = {spell.authority.slug: spell for spell in lived_in}
    for spell in former:
        if (
            system.universal
            and spell is latest[spell.authority.slug]
            and dice.happens(dice.rates.former_authority_keeps)
        ):
            yield spell
    yield current


def _opened(work: Work, dice: Dice) -> int:
    """When the record is first published: in the opening weeks, or once the service has begun."""
    begun = min((each.since for each in work), default=OPENING)
    return max(shortly_after(OPENING, 28, dice), shortly_after(begun, 10, dice))


def _record(
    child: Child, system: System, work: Work, dice: Dice, *, spell: Spell, opened: int, again: bool
) -> Record:
    habits = _habits(child, system, dice)
    heard = tuple(_heard(child, work, opened, dice))
    mistakes = draw(child, day_of(opened), habits.identifiers, dice)
    corrected = bool(mistakes) and dice.happens(dice.rates.corrected)
    corrected_at = opened + dice.randint(5 * DAY, 200 * DAY) if corrected else None
    moments = [at for at, _ in heard] + ([corrected_at] if corrected_at else [])
    return Record(
        child=child,
        source=f"{spell.authority.slug}-{system.slug}",
        ref=reference(system, child, again=again),
        involvements=work,
        habits=habits,
        heard=heard,
        mistakes=mistakes,
        corrected_at=corrected_at,
        versions=versions(work, opened, moments, dice),
    )


def _habits(child: Child, system: System, dice: Dice) -> Habits:
    identifiers = []
    if child.nhs_number and dice.happens(dice.rates.holds_nhs_number.get(system.slug, 0)):
        identifiers.append("nhs-number")
    if dice.happens(dice.rates.holds_upn.get(system.slug, 0)) and child.age_on(CLOSING) >= 5:
        identifiers.append("upn")
    if system.slug == "social-care":
        identifiers.append("social-care-id")
    holds_carer = dice.rates.holds_carer.get(system.slug, 0)
    return Habits(
        middle_name=dice.happens(dice.rates.holds_middle_name),
        history=dice.happens(dice.rates.keeps_history),
        address=dice.happens(dice.rates.holds_address),
        known_as=child.nickname_in_use and dice.happens(dice.rates.holds_known_as),
        identifiers=tuple(identifiers),
        carers=frozenset(at for at in range(4) if dice.happens(holds_carer)),
    )


def _heard(child: Child, work: Work, opened: int, dice: Dice) -> Iterator[tuple[int, LifeEvent]]:
    """Which events the source learns of, and when: at once where they came before the record."""
    closed = _closed(work)
    for event in child.life:
        if seconds_of(event.on) <= opened:
            if dice.happens(dice.rates.knew_of_change) and (closed is None or event.on <= closed):
                yield opened, event
        elif (closed is None or event.on <= closed) and dice.happens(dice.rates.hears_of_change):
            yield shortly_after(event.on, 60, dice), event


def _closed(work: Work) -> date | None:
    """When the last involvement ends; ``None`` where one goes on."""
    ends = [each.until for each in work if each.until]
    return max(ends) if len(ends) == len(work) else None
