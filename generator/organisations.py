"""Made-up organisations: the schools, practices and services of each authority."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from generator.places import Authority, place_name

_PRACTICES = ("Surgery", "Medical Centre", "Health Centre", "Family Practice")
_CHARITIES = (
    "Young Carers", "Family Support", "Youth Club", "Home Visitors", "Bereavement Support", "Mentoring",
    "Play Scheme", "Refuge Outreach", "Food and Family Hub", "Disability Network", "Boxing Academy",
    "Arts Project",
)  # fmt: skip
_SERVICES = {
    "health-visiting": "Health Visiting Team",
    "social-care": "Children's Social Care",
    "youth-justice": "Youth Justice Service",
    "sexual-health": "Young People's Sexual Health Clinic",
    "mental-health": "Child and Adolescent Counselling",
    "substance-misuse": "Young People's Drug and Alcohol Project",
}


@dataclass(frozen=True, slots=True)
class Organisation:
    name: str
    phone: str
    email: str | None = None


@cache
def _school(authority: Authority, phase: str, number: int) -> Organisation:
    kind = "Primary School" if phase == "primary" else "Academy"
    name = f"{place_name(number * 37 + authority.code)} {kind}"
    return Organisation(name, authority.landline(100 + number))


def school(authority: Authority, phase: str, household: int) -> Organisation:
    """Where a household's children go: one of forty primary or twelve secondary schools, or the college."""
    if phase == "college":
        return _college(authority)
    return _school(authority, phase, household * 31 % (40 if phase == "primary" else 12))


@cache
def _college(authority: Authority) -> Organisation:
    return Organisation(f"{authority.towns[0]} Sixth Form College", authority.landline(90))


@cache
def _practice(authority: Authority, number: int) -> Organisation:
    name = f"{place_name(number * 53 + authority.code)} {_PRACTICES[number % len(_PRACTICES)]}"
    return Organisation(name, authority.landline(200 + number))


def practice(authority: Authority, household: int) -> Organisation:
    """The practice where a household is registered: one of thirty."""
    return _practice(authority, household * 17 % 30)


@cache
def service(authority: Authority, kind: str, number: int = 0) -> Organisation:
    """An authority-wide service, or with ``kind`` "voluntary" the charity of that ``number``."""
    if kind == "voluntary":
        town = authority.towns[number % len(authority.towns)]
        return Organisation(f"{town} {_CHARITIES[number]}", authority.landline(300 + number))
    name = f"{authority.towns[0]} {_SERVICES[kind]}"
    return Organisation(name, authority.landline(len(kind)), f"{kind}@{authority.slug}.example.org")
