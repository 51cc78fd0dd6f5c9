"""Who works with a child, and when: schools, practices, health visitors, social workers and the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from generator.dice import Dice
from generator.names import an_origin
from generator.organisations import Organisation, practice, school, service
from generator.people import Child
from generator.period import CLOSING, OPENING, between, september_after
from generator.places import BY_SLUG, Authority
from generator.systems import System


@dataclass(frozen=True, slots=True)
class Spell:
    """How long a child lived in an authority; without ``until`` the child still does."""

    authority: Authority
    since: date
    until: date | None = None

    def overlap(self, since: date, until: date | None) -> tuple[date, date | None] | None:
        """The part of the period from ``since`` to ``until`` that lies in the spell, if any."""
        begin = max(since, self.since)
        ends = [each for each in (until, self.until) if each]
        end = min(ends) if ends else None
        return (begin, end) if begin <= CLOSING and (end is None or begin < end) else None


@dataclass(frozen=True, slots=True)
class Involvement:
    """One organisation working with the child; ``successor`` takes over from ``practitioner`` on a day."""

    ref: str
    kind: str
    organisation: Organisation
    role: str
    practitioner: str | None
    successor: tuple[date, str] | None
    since: date
    until: date | None
    lead_professional: bool = False
    holds_assessment: bool = False
    sensitive: tuple[str, str] | None = None


def spells(child: Child) -> list[Spell]:
    """The authorities in which the child has lived, in order."""
    found = [Spell(BY_SLUG[child.at_birth.authority], child.born)]
    for event in child.life:
        slug = event.changes.get("authority", found[-1].authority.slug)
        if slug != found[-1].authority.slug:
            found[-1] = Spell(found[-1].authority, found[-1].since, event.on)
            found.append(Spell(BY_SLUG[slug], event.on))
    return found


def involvements(system: System, child: Child, spell: Spell, dice: Dice) -> tuple[Involvement, ...]:
    """How the services of one kind in one authority have worked with the child; none where they never did."""
    return tuple(_BY_SYSTEM[system.slug](child, spell, dice))


def _schools(child: Child, spell: Spell, dice: Dice) -> Iterator[Involvement]:
    nursery, primary, secondary, sixth_form, leaves = (
        september_after(age, child.born) for age in (3, 4, 11, 16, 18)
    )
    begins = nursery if dice.happens(dice.rates.nursery) else primary
    phases = [("primary", begins, secondary), ("secondary", secondary, sixth_form)]
    if dice.happens(dice.rates.sixth_form):
        phases.append(("college", sixth_form, leaves))
    if not dice.happens(dice.rates.school):
        return
    attended = [(phase, spell.overlap(since, until)) for phase, since, until in phases]
    for phase, period in [(phase, period) for phase, period in attended if period][-2:]:
        where = school(spell.authority, phase, child.household)
        post = (f"enrolment-{phase}", "education", "designated safeguarding lead")
        yield _involvement(post, where, period, dice, lead=dice.happens(dice.rates.school_leads))


def _gp(child: Child, spell: Spell, dice: Dice) -> Iterator[Involvement]:
    period = spell.overlap(max(child.born, spell.since) + timedelta(days=dice.randint(5, 60)), None)
    if period and dice.happens(dice.rates.gp):
        where = practice(spell.authority, child.household)
        yield _involvement(("registration", "primary-care", "general practitioner"), where, period, dice)


def _health_visiting(child: Child, spell: Spell, dice: Dice) -> Iterator[Involvement]:
    starts_school = september_after(4, child.born)
    period = spell.overlap(child.born + timedelta(days=dice.randint(8, 25)), starts_school)
    kept = dice.happens(dice.rates.health_visiting_kept)
    if not period or not dice.happens(dice.rates.health_visiting):
        return
    forgotten = child.age_on(OPENING) >= 9 or (child.age_on(OPENING) >= 5 and not kept)
    if not forgotten:
        where = service(spell.authority, "health-visiting")
        yield _involvement(("caseload", "health-visiting", "health visitor"), where, period, dice)


def _social_care(child: Child, spell: Spell, dice: Dice) -> Iterator[Involvement]:
    period = _episode(child, spell, 0, dice)
    in_care = any(event.kind in {"looked-after", "adopted"} for event in child.life)
    known = in_care or dice.happens(dice.rates.social_care)
    if not period or not known:
        return
    sensitive = None
    if child.age_on(period[0]) >= 11 and dice.happens(dice.rates.sensitive_social_care):
        sensitive = ("mental-health", "reasonable-cause")
    where = service(spell.authority, "social-care")
    lead, holds = dice.happens(dice.rates.social_worker_leads), dice.happens(dice.rates.social_care_assesses)
    post = ("case-1", "social-care", "social worker")
    yield _involvement(post, where, period, dice, lead=lead, holds=holds, sensitive=sensitive)


def _youth_justice(child: Child, spell: Spell, dice: Dice) -> Iterator[Involvement]:
    period = _episode(child, spell, 10, dice)
    if period and dice.happens(dice.rates.youth_justice):
        where = service(spell.authority, "youth-justice")
        holds = dice.happens(dice.rates.youth_justice_assesses)
        yield _involvement(("order-1", "youth-justice", "case manager"), where, period, dice, holds=holds)


def _voluntary(child: Child, spell: Spell, dice: Dice) -> Iterator[Involvement]:
    period = _episode(child, spell, 0, dice)
    if not period or not dice.happens(dice.rates.voluntary):
        return
    sensitive = None
    if child.age_on(period[0]) >= 11 and dice.happens(dice.rates.sensitive_voluntary):
        category = dice.choice(("sexual-health", "mental-health", "substance-misuse"))
        sensitive = (
            category,
            "consent" if dice.happens(dice.rates.sensitive_by_consent) else "reasonable-cause",
        )
    where = service(spell.authority, sensitive[0] if sensitive else "voluntary", dice.randrange(12))
    yield _involvement(("project-1", "voluntary", "support worker"), where, period, dice, sensitive=sensitive)


_BY_SYSTEM: dict[str, Callable[[Child, Spell, Dice], Iterator[Involvement]]] = {
    "schools": _schools,
    "gp": _gp,
    "health-visiting": _health_visiting,
    "social-care": _social_care,
    "youth-justice": _youth_justice,
    "voluntary": _voluntary,
}


def _episode(child: Child, spell: Spell, from_age: int, dice: Dice) -> tuple[date, date | None] | None:
    """A period of work that began in the last three years, and may have ended in the last one."""
    earliest = max(child.born + timedelta(days=from_age * 366 + 7), CLOSING - timedelta(days=3 * 365))
    since = between(earliest, CLOSING - timedelta(days=30), dice)
    ends = dice.happens(dice.rates.involvement_ends)
    until = between(max(since, OPENING) + timedelta(days=10), CLOSING, dice) if ends else None
    return spell.overlap(since, until)


def _involvement(
    post: tuple[str, str, str],
    where: Organisation,
    period: tuple[date, date | None],
    dice: Dice,
    *,
    lead: bool = False,
    holds: bool = False,
    sensitive: tuple[str, str] | None = None,
) -> Involvement:
    """``post`` is the involvement's ref, its kind and the practitioner's role."""
    (ref, kind, role), (since, until) = post, period
    practitioner = _practitioner(dice) if not dice.happens(dice.rates.practitioner_unnamed) else None
    successor = None
    if practitioner and dice.happens(dice.rates.practitioner_changes):
        successor = (
            between(max(since, OPENING) + timedelta(days=5), until or CLOSING, dice),
            _practitioner(dice),
        )
    return Involvement(ref, kind, where, role, practitioner, successor, since, until, lead, holds, sensitive)


def _practitioner(dice: Dice) -> str:
    return f"{dice.choice('ABCDEFGHJKLMNPRSTW')}. {an_origin(dice).family_name(dice)}"
