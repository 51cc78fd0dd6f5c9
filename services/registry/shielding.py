"""What words on shields do to a child record, and how many records are held for its sake. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from contracts.shields import Withheld
from services.registry.children import ChildRecord, ShieldMark
from services.registry.history import origins

Marks = Mapping[str, ShieldMark]


def marked(child: ChildRecord, word: Callable[[str], ShieldMark | None]) -> ChildRecord:
    """The record with the words on its numbers' shields noted, each unless a newer one on that shield already is.

    The very same object when there is nothing new.
    """
    said = {number: news for number in child.lineage if (news := word(number)) is not None}
    marks = united(child.marks, said)
    return child if marks == child.marks else replace(child, marks=marks)


def united(marks: Marks, others: Marks) -> dict[str, ShieldMark]:
    """All that is said of each number's shields in either."""
    both = {number: marks[number] | others[number] for number in marks.keys() & others.keys()}
    return {**marks, **others, **both}


def uncovered(child: ChildRecord, shields: Callable[[str], Mapping[str, int]], since: datetime) -> Marks:
    """The shields in force for those from whom source records came to the child after ``since``, if it lacks them.

    Whoever parted them may have been unaware of the shield: then the child has something of a shielded one's.
    """
    said = {number: ShieldMark.in_force(placed) for number in origins(child, since) if (placed := shields(number))}
    return {} if child.superseded_by or united(child.marks, said) == child.marks else said


def leading_to(shielded: str, children: Iterable[ChildRecord]) -> set[str]:
    """Every number by which somebody may ask for what a number's shield rules."""
    ruled = (child for child in children if shielded in child.lineage)
    return {number for child in ruled for number in (child.number, *child.supersedes)}


def withheld_for(shielded: str, children: Collection[ChildRecord]) -> tuple[Withheld, ...]:
    """The records that were published, and are held because they may be a child ruled by a number's shield.

    Under every number that they had been published by: a reader may still have any of them.
    """
    held = held_for([child for child in children if shielded in child.lineage], children)
    numbers = {number: revision for each in held for number, revision in each.supersedes.items()}
    numbers |= {each.number: each.held_since or each.revision for each in held if each.seen}
    return tuple(Withheld(child_number=number, revision=at) for number, at in sorted(numbers.items()))


def held_for(shielded: Iterable[ChildRecord], others: Iterable[ChildRecord]) -> list[ChildRecord]:
    """Who of ``others`` is held, and may be one of the shielded ones."""
    theirs = {record.key for child in shielded for record in child.sources}
    return [each for each in others if each.held and not each.doubted.isdisjoint(theirs)]


def pending_holds(child: ChildRecord) -> int:
    """How many children are held because they may be this one; between two children there is one doubt at most."""
    return sum(not doubt.shielded for doubt in child.doubts.values()) if child.shielded else 0
