"""What happens in a child's life: moves, new names, new carers, adoption, foster care."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from generator.dice import Dice
from generator.households import Household, StepParent, new_carer
from generator.names import an_origin
from generator.people import Child, LifeEvent, Particulars, Stay
from generator.period import CLOSING, between
from generator.places import AUTHORITIES, BY_SLUG, new_address


def live(child: Child, home: Household, dice: Dice) -> None:
    """Give ``child`` a life in ``home``; an adopted child comes to it from another family."""
    joined = child.born
    events: list[LifeEvent] = []
    old_enough = child.born < CLOSING - timedelta(days=500)
    if dice.happens(dice.rates.adopted) and old_enough and child.at_birth.names[0].given:
        joined = between(child.born + timedelta(days=200), CLOSING - timedelta(days=100), dice)
        events.append(_adoption(child, joined, home, dice))
    arrived = events[0].apply(child.at_birth) if events else child.at_birth
    events.extend(_moves(joined, arrived, home))
    if home.step_parent and home.step_parent.since > joined:
        events.extend(_remarriage(arrived, home.step_parent, may_rename=joined == child.born, dice=dice))
    if dice.happens(dice.rates.looked_after):
        events.append(_foster_care(joined, arrived, dice))
    child.life = tuple(sorted(events, key=lambda event: event.on))
    child.notes.extend(dict.fromkeys(event.kind for event in child.life))


def _moves(joined: date, arrived: Particulars, home: Household) -> Iterator[LifeEvent]:
    stays, authority = arrived.stays, arrived.authority
    for each in home.homes:
        if each.since > joined:
            stays = _moved_to(Stay(each.address, each.since), stays)
            away = each.authority.slug != authority
            authority = each.authority.slug
            changes = {"stays": stays, "authority": authority}
            yield LifeEvent(each.since, "moved-away" if away else "moved", changes)


def _moved_to(new: Stay, stays: tuple[Stay, ...]) -> tuple[Stay, ...]:
    return (new, replace(stays[0], until=new.since), *stays[1:])


def _remarriage(
    arrived: Particulars,
    step: StepParent,
    dice: Dice,
    *,
    may_rename: bool,
) -> Iterator[LifeEvent]:
    yield LifeEvent(step.since, "step-parent", {"carers": (*arrived.carers, step.carer)})
    name = arrived.names[0]
    differs = bool(name.given) and name.family != step.surname
    if may_rename and differs and dice.happens(dice.rates.takes_new_surname):
        day = step.since + timedelta(days=dice.randint(20, 120))
        names = (replace(name, family=step.surname), *arrived.names)
        yield LifeEvent(day, "renamed", {"names": names})


def _adoption(child: Child, joined: date, home: Household, dice: Dice) -> LifeEvent:
    """Turn ``child`` into one born elsewhere, and return how it came to ``home``."""
    adopted = child.at_birth
    origin = an_origin(dice)
    authority = dice.choice(AUTHORITIES)
    birth_name = replace(adopted.names[0], family=origin.family_name(dice))
    mother = new_carer("mother", origin.given_name("female", dice), birth_name.family, authority, dice)
    stay = Stay(new_address(authority, dice), child.born)
    child.at_birth = Particulars((birth_name,), (stay,), (mother,), authority.slug)
    there = [each for each in home.homes if each.since <= joined][-1]
    changes = {
        "names": (*adopted.names, birth_name),
        "stays": _moved_to(Stay(there.address, joined), (stay,)),
        "carers": adopted.carers,
        "authority": there.authority.slug,
    }
    return LifeEvent(joined, "adopted", changes)


def _foster_care(joined: date, arrived: Particulars, dice: Dice) -> LifeEvent:
    authority = BY_SLUG[arrived.authority]
    earliest = max(joined + timedelta(days=7), CLOSING - timedelta(days=3 * 365))
    day = between(earliest, CLOSING, dice)
    origin = an_origin(dice)
    given, family = origin.given_name("female", dice), origin.family_name(dice)
    carer = new_carer("foster-carer", given, family, authority, dice)
    placement = Stay(new_address(authority, dice), day, use="temporary")
    return LifeEvent(day, "looked-after", {"placement": placement, "foster_carer": carer})
