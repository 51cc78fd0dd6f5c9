"""What people decide and no data say: from how many bits on something is done, and how little made-up data prove.

Change it here, estimate again, and read the difference.
"""

from __future__ import annotations

from collections.abc import Mapping

POPULATION = 1_000_000
"""Children in the area that one registry serves: how many a record might be of, before anything is known."""

POSTCODE = 10 / POPULATION
"""The share of an area's children who live at one postcode: about ten."""

THRESHOLDS: Mapping[str, float] = {"join": 8.0, "part": 4.0, "probable": 0.0, "hold": -2.3}
"""Bits. ``join``: of the closest joins one in 250 would be wrong, were the model right. ``probable``: even odds.

``hold``: low enough that a given name with a birth date is held, and a full name with most of one."""

SHARED: Mapping[str, frozenset[str]] = {
    "same": frozenset({"given", "family", "born", "gender", "home", "carers", "numbers"}),
    "siblings": frozenset({"family", "home", "carers"}),
    "twins": frozenset({"family", "born", "home", "carers"}),
}
"""What two records have in common, but for mistakes, by what they are of."""

ALIKE = frozenset({"initial", "nickname", "middle", "near", "sounds"})
"""At these levels two given names of one household are at least as often as those of strangers are: a family's
names come from one language. That they are the same is what parents avoid."""

CHANCE: Mapping[str, Mapping[str, float]] = {"given": {"initial": 0.0002}, "home": {"street": POSTCODE}}
"""How often, at the least, strangers agree at a level that made-up records never show: of those who are written
down with an initial, one in fifteen agrees with anybody; whoever lives at one postcode lives in one street."""

LEAST: Mapping[str, Mapping[str, float]] = {
    "given": {
        "different": 0.01, "initial": 0.003, "sounds": 0.005, "near": 0.02, "swapped": 0.003, "middle": 0.01,
        "nickname": 0.02,
    },
    "family": {"different": 0.02, "sounds": 0.005, "crossed": 0.001, "near": 0.015, "part": 0.01},
    "born": {"different": 0.005, "partly": 0.006, "slip": 0.01, "swapped": 0.006},
    "gender": {"different": 0.005, "different-namesakes": 0.005},
    "home": {
        "different": 0.08, "sector": 0.003, "postcode": 0.005, "elsewhere": 0.003, "street": 0.005,
        "mistyped": 0.01,
    },
    "carers": {
        "different": 0.05, "family": 0.03, "reached": 0.02, "named": 0.05, "different-kin": 0.08,
        "reached-kin": 0.02, "named-kin": 0.05,
    },
    "numbers": {"conflict": 0.001, "local": 0.001},
}  # fmt: skip
"""How often, at the least, what is the same is written down differently: made-up sources make fewer kinds of
mistakes than real ones, and a kind that they never make must not count as proof."""
