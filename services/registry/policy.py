"""The matcher's policy: what every agreement is worth, and from how many bits on something is done. Pure.

The file beside this one, ``policy.json``, is written by ``python -m weights estimate`` and reviewed like code. Its
version stands for the rules in the code as well: a test fails where they decide otherwise under the same version.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib import resources
from math import inf, isfinite, log2
from types import MappingProxyType
from typing import Any, NamedTuple

from likeness.comparison import Carers, Comparison, Gender, Numbers
from likeness.dates import Born
from likeness.homes import Place
from likeness.levels import Level
from likeness.naming import Family, Given
from likeness.nicknames import related

FIELDS: Mapping[str, type[Level]] = MappingProxyType(
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

RARITIES: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] = MappingProxyType(
    {
        "given": ((Given.EXACT, Given.PART), (Given.NEAR, Given.SWAPPED)),
        "family": ((Family.EXACT, Family.PART), (Family.NEAR,)),
        "home": ((Place.POSTCODE,), ()),
    }
)
"""At which levels it matters how common that is which is agreed upon, and at which it nearly is."""


def levels_of(compared: Comparison) -> Iterator[tuple[str, Any]]:
    """Each field's name and level."""
    return zip(FIELDS, compared.levels, strict=True)


def slug(field: str, level: int) -> str:
    """A level's name in files and explanations."""
    return FIELDS[field](level).name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Chances:
    """How often two records are at a level: of one child, of strangers, of two siblings, of twins."""

    same: float
    strangers: float
    siblings: float
    twins: float


class Worth(NamedTuple):
    """A level's worth in bits, and by how many it is likelier among siblings and twins than among strangers."""

    bits: float
    siblings: float
    twins: float


Levels = tuple[Any, ...]
"""A level of each field, in the order of ``FIELDS``."""


class Together(NamedTuple):
    """What the levels of all fields are worth together, whatever is rare or common."""

    bits: float
    """Bits that the two are one child and no strangers."""
    kin: float
    """The odds that they are siblings or twins and no strangers."""


class _Sums(dict[Levels, Together]):
    """What levels are worth together, reckoned once: of the millions there could be, a thousand or two occur."""

    def __init__(self, policy: Policy) -> None:
        super().__init__()
        self._policy = policy

    def __missing__(self, levels: Levels) -> Together:
        policy = self._policy
        bits, siblings, twins = map(sum, zip(*worths_of(levels, policy), strict=True))
        together = Together(
            policy.prior + bits, 2.0 ** (policy.siblings + siblings) + 2.0 ** (policy.twins + twins)
        )
        self[levels] = together
        return together


class Rarity:
    """Bits by which agreeing on one value says more than agreeing does on average (Winkler, 2000).

    Where two spellings nearly agree it is the commoner that counts: most misspellings are of common names.
    """

    def __init__(
        self,
        levels: Sequence[Chances],
        exact: Sequence[int],
        near: Sequence[int],
        common: Mapping[str, float],
        usual: float,
    ) -> None:
        average = log2(levels[exact[0]].strangers)
        # By level.
        self._exact = [log2(each.strangers) if at in exact else None for at, each in enumerate(levels)]
        self._near = [average if at in near else None for at in range(len(levels))]
        self._common = {name: -log2(share) for name, share in common.items()}
        self._usual = -log2(usual)

    def __call__(self, level: int, value: str) -> float:
        average = self._exact[level]
        if average is not None:
            return average + self._common.get(value, self._usual)
        average = self._near[level]
        if average is None or not value:
            return 0.0
        return average + min(self._common.get(each, self._usual) for each in value.split())


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
    common: Mapping[str, Mapping[str, float]] = field(repr=False)
    """The common ones' shares, of ``given`` names, ``family`` names and ``home`` postcodes."""
    usual: Mapping[str, float]
    """The share of one that is not among the common ones."""

    def __post_init__(self) -> None:
        if not self.hold < self.probable <= self.part < self.join:
            raise ValueError("thresholds must rise: hold, probable, part, join")
        for name, levels in FIELDS.items():
            if len(self.levels[name]) != len(levels):
                raise ValueError(f"{name} needs a weight for each of its levels")
            if not all(0 < each <= 1 for level in self.levels[name] for each in _chances(level)):
                raise ValueError(f"{name}: chances are above 0 and at most 1")

    @cached_property
    def worth(self) -> tuple[tuple[Worth, ...], ...]:
        """Each field's levels in bits, in the order of ``FIELDS``."""
        return tuple(tuple(map(_worth, self.levels[name])) for name in FIELDS)

    @cached_property
    def together(self) -> Mapping[Levels, Together]:
        """What the levels of all fields are worth together."""
        return _Sums(self)

    @cached_property
    def rarity(self) -> tuple[Rarity, ...]:
        """What it adds that a name or a postcode is rarer or commoner than they are on average."""
        return tuple(
            Rarity(self.levels[name], exact, near, self.common[name], self.usual[name])
            for name, (exact, near) in RARITIES.items()
        )

    def is_name(self, word: str) -> bool:
        """Whether ``word`` (folded) is known as a given name, being common or having short forms."""
        return word in self.common["given"] or bool(related(word))

    def for_people(self, common: Mapping[str, Mapping[str, float]], *, families: bool = True) -> Policy:
        """The same weights where names and postcodes are as common as said, and where no two are of one family."""
        siblings, twins = (self.siblings, self.twins) if families else (-inf, -inf)
        return replace(self, common=common, siblings=siblings, twins=twins)


def worths_of(levels: Levels, policy: Policy) -> tuple[Worth, ...]:
    """What each field's level is worth."""
    return tuple(worths[level] for worths, level in zip(policy.worth, levels, strict=True))


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
    shares = document["shares"]
    return Policy(
        version=str(document["version"]),
        **bits,
        **thresholds,
        levels=MappingProxyType({name: _levels(name, document["fields"][name]) for name in FIELDS}),
        common=MappingProxyType({name: MappingProxyType(dict(shares[name]["common"])) for name in RARITIES}),
        usual=MappingProxyType({name: float(shares[name]["others"]) for name in RARITIES}),
    )


def _levels(name: str, said: Mapping[str, Mapping[str, float]]) -> tuple[Chances, ...]:
    wanted = [slug(name, level) for level in FIELDS[name]]
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


@cache
def in_force() -> Policy:
    """The same, read once in a process."""
    return load()
