"""Households: what the children of one share, and what happens to all of them at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from generator.dice import Dice
from generator.names import Origin, an_origin, email_of, or_rare
from generator.people import Address, Carer
from generator.period import CLOSING, OPENING, between
from generator.places import AUTHORITIES, Authority, mobile, new_address


@dataclass(frozen=True, slots=True)
class Home:
    since: date
    authority: Authority
    address: Address


@dataclass(frozen=True, slots=True)
class StepParent:
    """A carer who joins later, and the surname that children may take."""

    since: date
    carer: Carer
    surname: str


@dataclass(frozen=True, slots=True)
class Household:
    """Homes run from the first to the last; the children are given names of either origin."""

    number: int
    origins: tuple[Origin, Origin]
    surname: str
    other_surname: str
    carers: tuple[Carer, ...]
    homes: tuple[Home, ...]
    step_parent: StepParent | None


def found(number: int, eldest_born: date, dice: Dice) -> Household:
    """A household into which the first child is born on ``eldest_born``."""
    mother = an_origin(dice)
    father = an_origin(dice) if dice.happens(dice.rates.carers_of_two_origins) else mother
    other, surname = mother.family_name(dice), or_rare(father.family_name(dice), dice)
    homes = _homes(eldest_born, dice)
    shared = surname
    if dice.happens(dice.rates.double_barrelled) and (surname + other).isalpha() and surname != other:
        shared = f"{other}-{surname}"
    carers = _carers((mother, father), shared, other, homes[-1].authority, dice)
    return Household(
        number=number,
        origins=(mother, father),
        surname=shared,
        other_surname=other,
        carers=carers,
        homes=homes,
        step_parent=_step_parent(eldest_born, homes[-1].authority, dice),
    )


def new_carer(relationship: str, given: str, family: str, authority: Authority, dice: Dice) -> Carer:
    phones = [mobile(dice)] if dice.happens(dice.rates.carer_mobile) else []
    if dice.happens(dice.rates.carer_landline):
        phones.append(authority.landline(dice.randrange(1000)))
    if dice.rates.own_phones and dice.happens(dice.rates.own_phones):
        phones = [f"{phone}{dice.randrange(10**7):07}" for phone in phones]
    name = f"{given} {family}"
    return Carer(
        name, relationship, tuple(phones), email_of(name) if dice.happens(dice.rates.carer_email) else None
    )


def _carers(
    origins: tuple[Origin, Origin], shared: str, other: str, authority: Authority, dice: Dice
) -> tuple[Carer, ...]:
    mother, father = origins
    her_name = other if dice.happens(dice.rates.carer_keeps_surname) else shared
    first = new_carer("mother", mother.given_name("female", dice), her_name, authority, dice)
    second = new_carer("father", father.given_name("male", dice), shared, authority, dice)
    if not dice.happens(dice.rates.single_carer):
        return (first, second)
    if dice.happens(dice.rates.single_mother):
        return (first,)
    if dice.happens(dice.rates.single_father):
        return (second,)
    return (new_carer("grandparent", mother.given_name("female", dice), other, authority, dice),)


def _homes(eldest_born: date, dice: Dice) -> tuple[Home, ...]:
    authority = dice.choice(AUTHORITIES)
    moved_in = eldest_born - timedelta(days=dice.randint(30, 3000))
    homes = [Home(moved_in, authority, new_address(authority, dice))]
    moves = []
    if dice.happens(dice.rates.moved_before):
        moves.append(between(eldest_born, OPENING, dice))
    if dice.happens(dice.rates.moves):
        settled = max(eldest_born, OPENING) + timedelta(days=20)
        moves.append(between(settled, CLOSING - timedelta(days=20), dice))
    for day in moves:
        if dice.happens(dice.rates.moves_away):
            authority = dice.choice([each for each in AUTHORITIES if each != authority])
        homes.append(Home(day, authority, new_address(authority, dice)))
    return tuple(homes)


def _step_parent(eldest_born: date, authority: Authority, dice: Dice) -> StepParent | None:
    if not dice.happens(dice.rates.new_step_parent):
        return None
    origin = an_origin(dice)
    surname = origin.family_name(dice)
    carer = new_carer(
        "step-parent", origin.given_name(dice.choice(("female", "male")), dice), surname, authority, dice
    )
    earliest = max(eldest_born, CLOSING - timedelta(days=4 * 365))
    return StepParent(between(earliest, CLOSING, dice), carer, surname)
