"""The parts that describe a child and who works with the child, shared by source changes and records."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contracts.base import Contract

Text = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
"""A short lower-case name with hyphens: a source, an authority, an identifier's system."""


class Gender(StrEnum):
    """As supplied; ``unspecified`` is an answer, ``unknown`` is the lack of one."""

    FEMALE = "female"
    MALE = "male"
    UNSPECIFIED = "unspecified"
    UNKNOWN = "unknown"


class InvolvementKind(StrEnum):
    """What kind of service works with the child."""

    EDUCATION = "education"
    PRIMARY_CARE = "primary-care"
    HEALTH_VISITING = "health-visiting"
    SOCIAL_CARE = "social-care"
    YOUTH_JUSTICE = "youth-justice"
    VOLUNTARY = "voluntary"
    HEALTH = "health"
    OTHER = "other"


class Name(Contract):
    """A name; a person with a single name has only ``family``."""

    given: Text | None = None
    family: Text
    use: Literal["current", "former", "known-as"] = "current"


class Address(Contract):
    """Where a child lives or lived; an open-ended one is current."""

    lines: tuple[Text, ...] = Field(default=(), max_length=6)
    town: Text | None = None
    postcode: Text | None = None
    use: Literal["home", "temporary", "other"] = "home"
    from_: date | None = Field(default=None, alias="from")
    until: date | None = None


class Identifier(Contract):
    """A number another system gave the child, such as ``nhs-number`` or ``upn``."""

    system: Slug
    value: Text


class Contact(Contract):
    """How to reach somebody."""

    kind: Literal["phone", "email", "address"]
    value: Text


class Carer(Contract):
    """A parent, or anyone with parental responsibility or care."""

    name: Text
    relationship: Text
    contacts: tuple[Contact, ...] = ()


class Sensitivity(Contract):
    """Why an involvement must stay unnamed, and the basis on which it was supplied all the same."""

    category: Literal["sexual-health", "mental-health", "substance-misuse"]
    basis: Literal["consent", "reasonable-cause"]


class Involvement(Contract):
    """One organisation or practitioner working with the child; ``ref`` is the source's own name for it."""

    ref: Text
    kind: InvolvementKind
    organisation: Text
    practitioner: Text | None = None
    role: Text | None = None
    contacts: tuple[Contact, ...] = ()
    from_: date | None = Field(default=None, alias="from")
    until: date | None = None
    lead_professional: bool = False
    holds_assessment: bool = False
    sensitive: Sensitivity | None = None


class Details(Contract):
    """What tells who a child is."""

    names: tuple[Name, ...] = Field(min_length=1, max_length=50)
    date_of_birth: date
    gender: Gender = Gender.UNKNOWN
    addresses: tuple[Address, ...] = Field(default=(), max_length=100)
    identifiers: tuple[Identifier, ...] = Field(default=(), max_length=50)
    carers: tuple[Carer, ...] = Field(default=(), max_length=50)


class Child(Details):
    """What one source holds on a child."""

    responsible_authority: Slug
