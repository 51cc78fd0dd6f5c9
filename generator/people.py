"""The people that are made up and the events in their lives: what is true, whatever sources write down."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Name:
    """A name; a person with a single name has only ``family``. ``middle`` is empty where there is none."""

    given: str | None
    middle: str
    family: str


@dataclass(frozen=True, slots=True)
class Address:
    lines: tuple[str, ...]
    town: str
    postcode: str


@dataclass(frozen=True, slots=True)
class Stay:
    """An address and when the child lived there; without ``until`` the child still does."""

    address: Address
    since: date
    until: date | None = None
    use: Literal["home", "temporary"] = "home"


@dataclass(frozen=True, slots=True)
class Carer:
    name: str
    relationship: str
    phones: tuple[str, ...]
    email: str | None


@dataclass(frozen=True, slots=True)
class Particulars:
    """All that changes in a child's life; names and stays are listed newest first."""

    names: tuple[Name, ...]
    stays: tuple[Stay, ...]
    carers: tuple[Carer, ...]
    authority: str
    placement: Stay | None = None
    foster_carer: Carer | None = None


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """What becomes different on a day; sources hear of it later, or never."""

    on: date
    kind: Literal["moved", "moved-away", "adopted", "step-parent", "renamed", "looked-after"]
    changes: dict[str, Any]

    def apply(self, before: Particulars) -> Particulars:
        return replace(before, **self.changes)


@dataclass(slots=True)
class Child:
    """One person; ``at_birth`` and ``life`` together give the particulars on any day.

    ``person`` counts the children of one seed; ``serial``, from which numbers are made, those of all seeds.
    """

    person: int
    serial: int
    household: int
    gender: str
    born: date
    nickname: str | None
    nickname_in_use: bool
    nhs_number: str | None
    upn: str
    at_birth: Particulars
    life: tuple[LifeEvent, ...] = ()
    notes: list[str] = field(default_factory=list)

    def age_on(self, day: date) -> int:
        """Completed years; negative before birth."""
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))

    def eventually(self) -> Particulars:
        """The particulars once everything has happened."""
        particulars = self.at_birth
        for event in self.life:
            particulars = event.apply(particulars)
        return particulars
