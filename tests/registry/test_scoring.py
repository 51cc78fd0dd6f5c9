"""How likely two records are one child, why, what no machine may join, and what may be a shielded child."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from importlib import resources

import pytest
from hypothesis import given

from likeness.homes import Home, home_of
from likeness.person import Carer, Person, PersonName
from services.registry.policy import from_document, load
from services.registry.scoring import contradiction, explain, explain_may_be, may_be, score
from tests.likeness.persons import persons

POLICY = load()
NHS = frozenset({"nhs-number:9434765919"})
OTHER_NHS = frozenset({"nhs-number:9990000018"})
HOME, OTHER_HOME = home_of("NW74QT", "4 Mill Lane"), home_of("EM11AA", "9 Church Street")
GRACE, JOHN = Carer(("grace", "okafor"), ("01614960123",)), Carer(("john", "baker"), ())
AMELIA = Person(
    names=(PersonName(("amelia",), ("okafor",), True),),
    born=date(2015, 4, 9),
    gender="female",
    homes=(HOME,),
    strong=frozenset(),
    identifiers=frozenset(),
    carers=(GRACE,),
)


def named(given: str, family: str = "okafor", **more: object) -> Person:
    return replace(AMELIA, names=(PersonName((given,), (family,), True),), **more)  # type: ignore[arg-type]


def numbered(person: Person, numbers: frozenset[str]) -> Person:
    return replace(person, strong=numbers, identifiers=numbers)


@given(persons(), persons())
def test_who_comes_first_makes_no_difference(one: Person, other: Person) -> None:
    assert score(one, other, POLICY) == pytest.approx(score(other, one, POLICY))
    assert may_be(one, other, POLICY) == pytest.approx(may_be(other, one, POLICY))
    assert contradiction(one, other, POLICY) == contradiction(other, one, POLICY)


@given(persons(), persons())
def test_an_explanation_adds_up_to_the_score(one: Person, other: Person) -> None:
    steps = explain(one, other, POLICY)
    assert sum(step.bits + step.adjustment for step in steps) == pytest.approx(score(one, other, POLICY))
    steps = explain_may_be(one, other, POLICY)
    assert sum(step.bits + step.adjustment for step in steps) == pytest.approx(may_be(one, other, POLICY))


@pytest.mark.parametrize(
    "other",
    [
        AMELIA,
        replace(AMELIA, homes=()),
        replace(AMELIA, homes=(OTHER_HOME,)),
        numbered(named("millie"), NHS),
        named("amelia", "ward"),
        numbered(named("amelia", "okafro", homes=()), NHS),
    ],
)
def test_one_child_described_twice_is_joined(other: Person) -> None:
    assert score(numbered(AMELIA, NHS), other, POLICY) >= POLICY.join
    assert contradiction(AMELIA, other, POLICY) is None


def test_a_brother_shares_surname_home_and_carer_and_is_far_from_joined() -> None:
    brother = named("noah", born=date(2012, 11, 2), gender="male")
    assert score(AMELIA, brother, POLICY) < POLICY.probable - 5
    assert may_be(AMELIA, brother, POLICY) < POLICY.hold


HOMES = ((HOME,), (), (home_of("NW74QT", ""),), (home_of("", "Mill Lane"),), (OTHER_HOME,), (OTHER_HOME, HOME))


@pytest.mark.parametrize("twin", [named("grace"), named("noah", gender="male"), numbered(named("grace"), NHS)])
@pytest.mark.parametrize("homes", HOMES)
def test_twins_are_never_joined(twin: Person, homes: tuple[Home, ...]) -> None:
    twin = replace(twin, homes=homes)
    assert score(AMELIA, twin, POLICY) < POLICY.join
    assert contradiction(AMELIA, twin, POLICY) == ("twins" if HOME in homes else None)
    given_one_number = numbered(AMELIA, NHS), numbered(twin, NHS)
    assert contradiction(*given_one_number, POLICY) == "identifier-shared-by-others"


@pytest.mark.parametrize("other", ["amelia", "millie", "ameila", "rose", "a", "grace"])
def test_a_number_still_joins_whose_names_are_not_clearly_different(other: str) -> None:
    former = PersonName(("amelia", "rose"), ("bello",), False)
    renamed = replace(named("grace", "ward"), names=(*named("grace", "ward").names, former))
    assert contradiction(numbered(AMELIA, NHS), numbered(renamed, NHS), POLICY) is None
    elsewhere = named(other, "ward", homes=(OTHER_HOME,))
    assert contradiction(numbered(renamed, NHS), numbered(elsewhere, NHS), POLICY) is None


@pytest.mark.parametrize(
    ("family", "against"),
    [("amelia", None), ("amela", None), ("ameila rose", None), ("grace", "identifier-shared-by-others")],
)
def test_names_written_the_wrong_way_round_are_twins_names_where_the_given_one_is_another(
    family: str, against: str | None
) -> None:
    swapped = replace(AMELIA, names=(PersonName(("okafor",), tuple(family.split()), True),), homes=(OTHER_HOME,))
    assert contradiction(numbered(AMELIA, NHS), numbered(swapped, NHS), POLICY) == against


@pytest.mark.parametrize(("one", "other"), [("ronnie", "bonnie"), ("lan", "linh")])
def test_twins_with_names_that_are_nearly_one_are_left_to_people(one: str, other: str) -> None:
    assert score(named(one), named(other), POLICY) < POLICY.join


def test_cousins_of_one_name_are_never_joined() -> None:
    cousin = replace(AMELIA, homes=(OTHER_HOME,), carers=(JOHN,))
    younger = replace(cousin, born=date(2017, 1, 30))
    assert contradiction(AMELIA, younger, POLICY) == "cousins"
    assert contradiction(AMELIA, cousin, POLICY) == "perhaps-cousins"
    assert contradiction(numbered(AMELIA, NHS), numbered(cousin, NHS), POLICY) is None


def test_different_national_numbers_are_never_joined() -> None:
    one, other = numbered(AMELIA, NHS), numbered(AMELIA, OTHER_NHS)
    assert contradiction(one, other, POLICY) == "different-nhs-numbers"
    assert contradiction(one, numbered(AMELIA, NHS | {"upn:H801200001001"}), POLICY) is None
    mine, theirs = (numbered(AMELIA, frozenset({value})) for value in ("upn:H801200001001", "upn:A801200001002"))
    assert contradiction(mine, theirs, POLICY) == "different-upns"


def test_a_number_that_ten_children_claim_joins_none_of_them() -> None:
    given = ("noah", "zara", "yusuf", "chidinma", "piotr", "lowri", "sean", "mei", "ines", "bilal")
    family = ("smith", "bello", "khan", "eze", "nowak", "pugh", "kelly", "wong", "silva", "raja")
    claimants = [
        numbered(
            named(one, other, born=date(2008 + at, 1 + at, 3 * at + 1), homes=(), carers=(), gender="unknown"), NHS
        )
        for at, (one, other) in enumerate(zip(given, family, strict=True))
    ]
    for at, one in enumerate(claimants):
        for other in claimants[at + 1 :]:
            assert contradiction(one, other, POLICY) == "identifier-shared-by-others"


def test_a_rare_surname_says_more_than_a_common_one() -> None:
    rare, common = named("amelia", "featherstonehaugh"), named("amelia", "smith")
    assert score(rare, rare, POLICY) > score(common, common, POLICY)


def test_names_alone_are_no_proof() -> None:
    bare = replace(AMELIA, homes=(), carers=())
    assert score(bare, replace(bare, born=date(2009, 12, 31)), POLICY) < POLICY.probable


@pytest.mark.parametrize(
    "other",
    [
        named("amelia", "bello", homes=(OTHER_HOME,), carers=()),
        named("zara", "bello", carers=()),
        named("zara", "bello", homes=(OTHER_HOME,)),
        numbered(named("zara", "bello", homes=(OTHER_HOME,), carers=(), born=date(2011, 1, 1)), NHS),
        named("amelia", homes=(), carers=(), born=date(2015, 9, 4)),
        named("amelia", homes=(), carers=(), born=date(2015, 4, 8)),
        named("okafor", "amelia", homes=(), carers=()),
        named("millie", homes=(OTHER_HOME,), carers=()),
    ],
)
def test_a_shielded_child_whose_life_changed_may_still_be_it(other: Person) -> None:
    assert may_be(numbered(AMELIA, NHS), other, POLICY) >= POLICY.hold


@pytest.mark.parametrize(
    "other",
    [
        named("noah", "smith", homes=(), carers=(), gender="male"),
        named("amelia", "smith", homes=(), carers=(), born=date(2011, 1, 30)),
        named("zara", "okafor", homes=(OTHER_HOME,), carers=(JOHN,), born=date(2015, 4, 9)),
    ],
)
def test_a_child_who_only_looks_a_little_like_a_shielded_one_is_not_held(other: Person) -> None:
    assert may_be(AMELIA, other, POLICY) < POLICY.hold


def test_nobody_is_less_covered_for_a_common_name() -> None:
    common = named("olivia", "smith")
    renamed = named("olivia", "jones", homes=(OTHER_HOME,), carers=())
    assert may_be(common, renamed, POLICY) >= POLICY.hold


def _document() -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    text = resources.files("services.registry").joinpath("policy.json").read_text(encoding="utf-8")
    document: dict[str, dict[str, dict[str, dict[str, float]]]] = json.loads(text)
    return document


def test_thresholds_that_do_not_rise_are_refused() -> None:
    document = _document()
    document["thresholds"] |= {"part": document["thresholds"]["join"]}
    with pytest.raises(ValueError, match="thresholds must rise"):
        from_document(document)


def test_a_level_without_a_weight_is_refused() -> None:
    document = _document()
    del document["fields"]["born"]["slip"]
    with pytest.raises(ValueError, match="born has the levels"):
        from_document(document)


def test_a_chance_of_nothing_is_refused() -> None:
    document = _document()
    document["fields"]["born"]["slip"]["same"] = 0.0
    with pytest.raises(ValueError, match="chances are above 0"):
        from_document(document)
