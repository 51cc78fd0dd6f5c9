"""A policy's version stands for all that it decides: for the rules in the code as for the weights in the file."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from hashlib import blake2b
from itertools import product

from likeness.comparison import compare
from likeness.dates import UNKNOWN
from likeness.homes import home_of
from likeness.person import Carer, Person, PersonName
from services.registry.policy import FIELDS, levels_of, load, slug
from services.registry.scoring import contradiction, may_be, score
from tests.registry.test_scoring import AMELIA, GRACE, HOME, JOHN, NHS, OTHER_HOME, OTHER_NHS

POLICY = load()

DECIDES = {"2026-11-2": "1bcb878a411f049881f65751"}
"""What the version that is in force decides of the pairs, in short."""

NAMES = (
    (("amelia",), ("okafor",)),
    (("amelai",), ("okafro",)),
    (("amy",), ("okafor",)),
    (("amalya",), ("okafor",)),
    (("a",), ("okaphor",)),
    (("emelia",), ("okafor", "ward")),
    (("amelia", "rose"), ("okafor",)),
    (("rose", "amelia"), ("baker",)),
    (("okafor",), ("amelia",)),
    (("okafor",), ("ward",)),
    (("zoe",), ("okafor",)),
    ((), ("okafor",)),
    (("zoe",), ()),
)
BORN = (AMELIA.born, date(2015, 9, 4), date(2015, 4, 8), date(2015, 4, 22), date(2011, 7, 30), UNKNOWN)
GENDERS = ("female", "male", "unknown")
HOMES = (
    (HOME,),
    (home_of("NW74QR", "4 Mill Lane"),),
    (home_of("NW74QT", "12 Mill Lane"),),
    (home_of("NW74QT", "9 Church Street"),),
    (home_of("NW74AA", "9 Church Street"),),
    (home_of("EM11AA", "4 Mill Lane"),),
    (OTHER_HOME,),
    (),
)
CARERS = (
    (GRACE,),
    (replace(GRACE, contacts=()),),
    (replace(JOHN, contacts=GRACE.contacts),),
    (Carer(("mary", "okafor"), ()),),
    (JOHN,),
    (),
)
NUMBERS = ((NHS, NHS), (OTHER_NHS, OTHER_NHS), (frozenset(), frozenset({"local:7"})), (frozenset(), frozenset()))


def pairs() -> Iterator[tuple[Person, Person]]:
    """A child, with a number of a source's own, and others like it in every way that is told apart."""
    local = frozenset({"local:7"})
    one = replace(AMELIA, strong=NHS, identifiers=NHS | local)
    for (given, family), born, gender, homes, carers, (strong, numbers) in product(
        NAMES, BORN, GENDERS, HOMES, CARERS, NUMBERS
    ):
        other = Person((PersonName(given, family, True),), born, gender, homes, strong, numbers, carers)
        yield one, other


def test_every_level_of_every_field_is_among_the_pairs() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for one, other in pairs():
        for field, level in levels_of(compare(one, other)):
            found[field].add(slug(field, level))
    every = {field: {slug(field, level) for level in levels} for field, levels in FIELDS.items()}
    assert {field: every[field] - found[field] for field in every} == {field: set() for field in every}


def test_what_decides_otherwise_has_another_version() -> None:
    said = [
        [round(score(*pair, POLICY), 2), round(may_be(*pair, POLICY), 2), contradiction(*pair, POLICY)]
        for pair in pairs()
    ]
    from_how_many = [POLICY.join, POLICY.part, POLICY.probable, POLICY.hold]
    digest = blake2b(json.dumps([from_how_many, said]).encode(), digest_size=12).hexdigest()
    assert {POLICY.version: digest} == DECIDES, "whoever changes what is decided gives the policy a new version"
