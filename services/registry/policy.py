"""The matcher's policy: what every agreement is worth, and from how many bits on something is done. Pure.

The file beside this one, ``policy.json``, is written by ``python -m weights estimate`` and reviewed like code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property
from importlib import resources
from math import isfinite, log2
from types import MappingProxyType
from typing import Any

from likeness.comparison import Carers, Gender, Numbers
from likeness.dates import Born
from likeness.homes import Place
from likeness.naming import Family, Given

FIELDS: Mapping[str, type[IntEnum]] = MappingProxyType(
    {
        "given": Given,
        "family": Family,
        "born": Born,
        "gender": Gender,
        "home": Place,
        "carers": Carers,
        "numbers": Numbers,
    }
)


@dataclass(frozen=True, slots=True)
class Chances:
    """How often two records are at a level: of one child, of strangers, of two siblings, of twins."""

    same: float
    strangers: float
    siblings: float
    twins: float


@dataclass(frozen=True, slots=True)
class Worth:
    """A level's worth in bits, and by how many it is likelier among siblings and twins than among strangers."""

    bits: float
    siblings: float
    twins: float


@dataclass(frozen=True)
class Policy:
    """Thresholds in bits (log2 of the odds that two records are of one child), and each level's worth."""

    version: str
    prior: float
    """Bits that two records taken at random are of one child."""
    siblings: float
    """Bits by which two records taken at random are of siblings rather than of strangers."""
    twins: float
    join: float
    part: float
    """Below ``join``: what is joined is parted only when it falls below this, so that records do not flap."""
    probable: float
    hold: float
    levels: Mapping[str, tuple[Chances, ...]] = field(repr=False)
    given_names: Mapping[str, float] = field(repr=False)
    family_names: Mapping[str, float] = field(repr=False)
    usual_given: float
    """How common a given name is that is not among the common ones."""
    usual_family: float

    def __post_init__(self) -> None:
        if not self.hold < self.probable <= self.part < self.join:
            raise ValueError("thresholds must rise: hold, probable, part, join")
        for name, levels in FIELDS.items():
            if len(self.levels[name]) != len(levels):
                raise ValueError(f"{name} needs a weight for each of its levels")
            if not all(0 < each <= 1 for level in self.levels[name] for each in _chances(level)):
                raise ValueError(f"{name}: chances are above 0 and at most 1")

    @cached_property
    def worth(self) -> Mapping[str, tuple[Worth, ...]]:
        """Each field's levels in bits."""
        return {name: tuple(_worth(each) for each in levels) for name, levels in self.levels.items()}

    def with_names(self, given: Mapping[str, float], family: Mapping[str, float]) -> Policy:
        """The same weights for a population whose names are as common as said."""
        return replace(self, given_names=given, family_names=family)


def _chances(level: Chances) -> tuple[float, ...]:
    return level.same, level.strangers, level.siblings, level.twins


def _worth(level: Chances) -> Worth:
    return Worth(
        log2(level.same / level.strangers),
        log2(level.siblings / level.strangers),
        log2(level.twins / level.strangers),
    )


def from_document(document: Mapping[str, Any]) -> Policy:
    """The policy that a file's content says; a ``ValueError`` or ``KeyError`` where it is not whole."""
    bits = {name: float(document["bits"][name]) for name in ("prior", "siblings", "twins")}
    thresholds = {name: float(document["thresholds"][name]) for name in ("join", "part", "probable", "hold")}
    if not all(isfinite(each) for each in (*bits.values(), *thresholds.values())):
        raise ValueError("thresholds and priors are finite")
    names = document["names"]
    return Policy(
        version=str(document["version"]),
        **bits,
        **thresholds,
        levels=MappingProxyType({name: _levels(name, document["fields"][name]) for name in FIELDS}),
        given_names=MappingProxyType(dict(names["given"]["common"])),
        family_names=MappingProxyType(dict(names["family"]["common"])),
        usual_given=float(names["given"]["others"]),
        usual_family=float(names["family"]["others"]),
    )


def _levels(name: str, said: Mapping[str, Mapping[str, float]]) -> tuple[Chances, ...]:
    wanted = [level.name.lower().replace("_", "-") for level in FIELDS[name]]
    if sorted(wanted) != sorted(said):
        raise ValueError(f"{name} has the levels {', '.join(wanted)}")
    return tuple(
        Chances(*(float(said[level][each]) for each in ("same", "strangers", "siblings", "twins")))
        for level in wanted
    )


def load() -> Policy:
    """The policy in force."""
    text = resources.files("services.registry").joinpath("policy.json").read_text(encoding="utf-8")
    return from_document(json.loads(text))
