"""The six kinds of source systems that each authority has, and how each refers to a child."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from generator.identifiers import scattered
from generator.people import Child


@dataclass(frozen=True)
class System:
    """``slug`` ends the source's name; ``universal`` services follow a child to another authority."""

    slug: str
    kind: str
    universal: bool
    reference: Callable[[Child, int], str]


def _school(child: Child, serial: int) -> str:
    # A pupil entered twice is entered under a temporary number the second time.
    return f"TUPN-{serial:08}" if serial % 2 else f"UPN-{child.upn}"


def _practice(child: Child, serial: int) -> str:
    return f"Z{99000 + child.household % 900:05}-{serial:08}"


def _health_visiting(child: Child, serial: int) -> str:
    return f"HV{child.born.year}.{serial:08}"


def _social_care(child: Child, serial: int) -> str:
    return f"{serial:08}"


def _youth_justice(child: Child, serial: int) -> str:
    return f"YJ-{serial % 100:02}-{serial // 100:06}"


def _voluntary(child: Child, serial: int) -> str:
    return f"c_{serial:07x}"


SYSTEMS = (
    System("schools", "education", True, _school),
    System("gp", "primary-care", True, _practice),
    System("health-visiting", "health-visiting", True, _health_visiting),
    System("social-care", "social-care", False, _social_care),
    System("youth-justice", "youth-justice", False, _youth_justice),
    System("voluntary", "voluntary", False, _voluntary),
)


def reference(system: System, child: Child, *, again: bool) -> str:
    """The source's own name for its record of ``child``; different when it enters the child ``again``."""
    return system.reference(child, scattered(child.serial, 7) * 2 + again)
