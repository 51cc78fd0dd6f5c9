"""Children: brothers, sisters and twins, each with a name, a birthday and a life."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from generator.dice import Dice
from generator.households import Household, found
from generator.identifiers import first_serial, nhs_numbers, upn
from generator.lives import live
from generator.names import nickname_of, without_diacritics
from generator.people import Child, Name, Particulars, Stay
from generator.period import ADULT, CLOSING, between
from generator.rates import Rates


def families(
    children: int, seed: int, rates: Rates, first: int | None = None
) -> Iterator[tuple[Dice, list[Child]]]:
    """Households until there are ``children``; each has a random generator of its own.

    A household is therefore the same however many follow it. Their numbers are made from the serials ``first`` and
    the next, by default from those of the seed.
    """
    first = first_serial(seed) if first is None else first
    numbers = nhs_numbers(first)
    person = household = 0
    while person < children:
        dice = Dice.seeded(f"{seed}/{household}", rates)
        family = _family(household, person, first, numbers, dice)[: children - person]
        yield dice, family
        person += len(family)
        household += 1


def _family(household: int, person: int, first: int, numbers: Iterator[str], dice: Dice) -> list[Child]:
    births = _births(dice)
    home = found(household, births[0], dice)
    family: list[Child] = []
    taken: set[str] = set()
    for birth in births:
        twins = dice.happens(dice.rates.twins)
        half_sibling = birth != births[0] and dice.happens(dice.rates.half_sibling)
        for _ in range(1 + twins):
            one = person + len(family)
            child = _child(home, birth, taken, dice, person=one, serial=first + one, nhs_number=next(numbers))
            if twins:
                child.notes.append("twin")
            if len(births) > 1:
                child.notes.append("sibling")
            if half_sibling:
                _take_other_surname(child, home.other_surname)
            live(child, home, dice)
            child.notes.extend(_peculiarities(child))
            family.append(child)
    return family


def _births(dice: Dice) -> list[date]:
    """Birthdays, the eldest's first; brothers and sisters who have grown up are left out."""
    births = [between(ADULT, CLOSING - timedelta(days=20), dice)]
    for _ in range(dice.choices(range(len(dice.rates.siblings)), dice.rates.siblings)[0]):
        births.append(births[-1] - timedelta(days=dice.randint(330, 1900)))
    return [birth for birth in reversed(births) if birth >= ADULT]


def _child(
    home: Household,
    born: date,
    taken: set[str],
    dice: Dice,
    *,
    person: int,
    serial: int,
    nhs_number: str,
) -> Child:
    sex = dice.choice(("female", "male"))
    name = _name(home, sex, taken, dice)
    nickname = nickname_of(name.given, dice) if name.given else None
    dwelling = [each for each in home.homes if each.since <= born][-1]
    return Child(
        person=person,
        serial=serial,
        household=home.number,
        gender=_recorded(sex, dice),
        born=born,
        nickname=nickname,
        nickname_in_use=nickname is not None and dice.happens(dice.rates.nickname_in_use),
        nhs_number=None if dice.happens(dice.rates.no_nhs_number) else nhs_number,
        upn=upn(dwelling.authority.code, born.year + 5, serial),
        at_birth=Particulars((name,), (Stay(dwelling.address, born),), home.carers, dwelling.authority.slug),
    )


def _name(home: Household, sex: str, taken: set[str], dice: Dice) -> Name:
    origin = dice.choice(home.origins)
    given = origin.given_name(sex, dice)
    while given in taken:
        given = origin.given_name(sex, dice)
    taken.add(given)
    if origin.single_names and dice.happens(dice.rates.single_name):
        return Name(None, "", given)
    middle = origin.given_name(sex, dice) if dice.happens(dice.rates.middle_name) else ""
    return Name(given, "" if middle == given else middle, home.surname)


def _recorded(sex: str, dice: Dice) -> str:
    drawn = dice.random()
    if drawn < dice.rates.gender_unspecified:
        return "unspecified"
    return "unknown" if drawn < dice.rates.gender_unspecified + dice.rates.gender_unknown else sex


def _take_other_surname(child: Child, surname: str) -> None:
    (name,) = child.at_birth.names
    if name.given and name.family != surname:
        child.at_birth = replace(child.at_birth, names=(replace(name, family=surname),))
        child.notes.append("half-sibling")


def _peculiarities(child: Child) -> Iterator[str]:
    name = child.eventually().names[0]
    whole = f"{name.given or ''} {name.family}"
    if not name.given:
        yield "single-name"
    if "'" in whole:
        yield "apostrophe"
    if without_diacritics(whole) != whole:
        yield "diacritics"
    if re.fullmatch(r"\w{3,}-\w{3,}", name.family):
        yield "double-barrelled"
