"""Twins whose given names are alike are never joined by machine; one child whose name is mistyped is."""

from __future__ import annotations

from dataclasses import replace
from string import ascii_lowercase
from typing import Any

import pytest

from contracts.sources import SourceChange
from likeness.homes import Home
from likeness.naming import Given, compare_given, is_slip
from likeness.person import Person, PersonName
from services.registry.scoring import contradiction, score
from tests.children import address, nhs
from tests.registry.changes import HOMES
from tests.registry.settled import POLICY, Area, change
from tests.registry.test_scoring import AMELIA, NHS, OTHER_HOME, numbered

HOME = [address(*HOMES[0])]
GRACE = {"name": "Grace Khan", "relationship": "mother", "contacts": [{"kind": "phone", "value": "0161 496 0123"}]}
NUMBER = [nhs("9990000018")]

FURTHER = [
    ("Muhammad Ali", "Muhammad Hassan"),
    ("Mary Kate", "Mary Ann"),
    ("Mary-Kate", "Mary-Ann"),
    ("Muhammad Ali Raza", "Muhammad Hassan Raza"),
]
NEAR = [
    ("Amara", "Amira"),
    ("Kemi", "Femi"),
    ("Zahra", "Zahira"),
    ("Ravi", "Rani"),
    ("Amir", "Amira"),
    ("Kian", "Kiana"),
    ("Nadia", "Nadir"),
    ("Ronnie", "Bonnie"),
    ("Dian", "Dina"),
]
INITIALS = [("A", "Amelia"), ("A", "A")]
RARE = ("kemi", "femi", "amara", "zahira", "ravi", "kian", "nadir", "thandeka", "oluwatobi")


def called(given: str, family: str = "okafor", **more: Any) -> Person:
    return replace(AMELIA, names=(PersonName(tuple(given.split()), (family,), True),), **more)


def is_joined(one: Person, other: Person) -> bool:
    return score(one, other, POLICY) >= POLICY.join and contradiction(one, other, POLICY) is None


def misspelt(name: str) -> set[str]:
    """Every spelling of ``name`` with one letter other, missing or more, or two neighbours transposed."""
    cuts = [(name[:at], name[at:]) for at in range(len(name) + 1)]
    other = {a + letter + b[1:] for a, b in cuts if b for letter in ascii_lowercase}
    more = {a + letter + b for a, b in cuts for letter in ascii_lowercase}
    transposed = {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    return {*other, *more, *transposed, *(a + b[1:] for a, b in cuts)} - {name}


def near(name: str) -> list[str]:
    return [each for each in sorted(misspelt(name)) if compare_given((name,), (each,))[0] == Given.NEAR]


@pytest.mark.parametrize("name", RARE)
@pytest.mark.parametrize("homes", [AMELIA.homes, (), (OTHER_HOME,)])
def test_a_rare_name_that_another_letter_makes_of_a_rare_name_is_left_to_people(
    name: str, homes: tuple[Home, ...]
) -> None:
    others = [each for each in near(name) if not is_slip(name, each)]
    assert len(others) > 50
    assert [each for each in others if is_joined(called(name), called(each, homes=homes))] == []


@pytest.mark.parametrize("name", RARE)
def test_a_rare_name_with_letters_transposed_or_doubled_is_still_joined(name: str) -> None:
    slips = [each for each in near(name) if is_slip(name, each) and not POLICY.is_name(each)]
    assert len(slips) > 3
    assert [each for each in slips if not is_joined(called(name), called(each))] == []


@pytest.mark.parametrize("pair", [("amelia", "ameila"), ("kemi", "femi"), ("ronnie", "bonnie"), ("a", "amelia")])
def test_names_that_are_alike_are_joined_by_a_national_number(pair: tuple[str, str]) -> None:
    one, other = (numbered(called(each), NHS) for each in pair)
    assert is_joined(one, other)


@pytest.mark.parametrize("pair", [("kemi", "femi"), ("ronnie", "bonnie"), ("a", "amelia")])
def test_a_number_of_one_service_allows_names_that_are_alike_and_no_others(pair: tuple[str, str]) -> None:
    local = frozenset({"social-care-id:NO1"})
    one, other = (called(each, identifiers=local) for each in pair)
    assert contradiction(one, other, POLICY) is None
    one, other = (called(f"muhammad {each}", identifiers=local) for each in ("ali", "hassan"))
    assert contradiction(one, other, POLICY) == "perhaps-twins"


@pytest.mark.parametrize("pair", [("joseph", "josephine"), ("kemi", "kmei"), ("yusuf", "youssef")])
def test_a_girl_and_a_boy_whose_names_are_alike_are_perhaps_twins(pair: tuple[str, str]) -> None:
    one, other = called(pair[0], gender="male"), called(pair[1], gender="female")
    assert contradiction(one, other, POLICY) == "perhaps-twins"
    assert contradiction(one, replace(other, gender="unknown"), POLICY) is None


@pytest.mark.parametrize("pair", FURTHER)
@pytest.mark.parametrize(
    "more",
    [{}, {"family": "ward"}, {"homes": ()}, {"homes": (OTHER_HOME,)}, {"born": AMELIA.born.replace(year=2013)}],
)
def test_further_names_that_differ_are_of_two_children_wherever_they_live(
    pair: tuple[str, str], more: dict[str, Any]
) -> None:
    one, other = (each.lower().replace("-", " ") for each in pair)
    assert contradiction(called(one), called(other, **more), POLICY) == "perhaps-twins"
    assert contradiction(numbered(called(one), NHS), numbered(called(other, **more), NHS), POLICY) is None


def test_that_both_are_called_by_the_first_name_alone_makes_them_no_more_alike() -> None:
    one, other = (called(each) for each in ("muhammad ali", "muhammad hassan"))
    short = called("muhammad").names
    assert not is_joined(replace(one, names=one.names + short), replace(other, names=other.names + short))
    former = replace(other, names=other.names + called("muhammad ali", "ward").names)
    assert is_joined(one, former)


def reported(source: str, given: str, version: int = 1, **more: Any) -> SourceChange:
    home = {"addresses": HOME, "carers": [GRACE], "gender": "unknown"}
    who = {"given": given, "family": "Khan", "born": "2015-04-09"}
    return change(source, version, **who | home | more)


@pytest.mark.parametrize(("one", "other"), [*FURTHER, *NEAR, *INITIALS])
def test_twins_whose_names_are_alike_are_two_children_and_a_person_is_asked(one: str, other: str) -> None:
    area = Area()
    area.settle(reported("gp", one))
    area.settle(reported("school", other))
    assert len(area.parts()) == 2
    assert [each.theirs for each in area.of("gp/1").doubts.values()] == ["school/1"]


AWAY = [address(*HOMES[1])]


@pytest.mark.parametrize(
    "home", [HOME, AWAY, [], [{"lines": [], "postcode": "NW7 4QT"}], [{"lines": ["Mill Lane"]}]]
)
def test_twins_who_were_given_one_number_are_two_children_and_a_person_is_asked(home: list[Any]) -> None:
    area = Area()
    area.settle(reported("gp", "Amelia", identifiers=NUMBER))
    area.settle(reported("school", "Grace", addresses=home, identifiers=NUMBER))
    assert len(area.parts()) == 2
    (doubt,) = area.of("gp/1").doubts.values()
    assert (doubt.theirs, doubt.contradiction) == ("school/1", "identifier-shared-by-others")
    area.settle(reported("visitor", "Grace", identifiers=[nhs("9990000026")]))
    area.settle(reported("care", "Amelia", identifiers=NUMBER))
    assert area.of("care/1").number == area.of("gp/1").number
    assert area.of("visitor/1").number != area.of("gp/1").number != area.of("school/1").number


@pytest.mark.parametrize(("given", "family"), [("Amelia", "Okafor"), ("Olivia", "Smith"), ("Thandeka", "Quill")])
@pytest.mark.parametrize(("born", "asked"), [("2015-04-09", 1), ("2015-04-19", 0), ("2017-01-30", 0)])
def test_cousins_are_two_children_and_a_person_is_asked_where_they_were_born_on_one_day(
    given: str, family: str, born: str, asked: int
) -> None:
    area = Area()
    foster = {"name": "John Baker", "relationship": "foster carer"}
    area.settle(reported("gp", given, family=family))
    area.settle(reported("care", given, family=family, born=born, addresses=AWAY, carers=[foster]))
    assert len(area.parts()) == 2
    assert [each.theirs for each in area.of("gp/1").doubts.values()] == ["care/1"] * asked


@pytest.mark.parametrize(("one", "other"), [*FURTHER, *NEAR])
def test_twins_stay_two_children_though_a_third_record_could_be_of_either(one: str, other: str) -> None:
    area = Area()
    area.settle(reported("gp", one, identifiers=NUMBER), reported("school", other))
    first = one.replace("-", " ").partition(" ")[0]
    for third in (first[0], first, one, other):
        area.settle(reported("visitor", third, ref=third))
        assert area.of("gp/1").number != area.of("school/1").number


@pytest.mark.parametrize(("one", "other"), [*FURTHER, *NEAR])
def test_a_record_that_was_written_of_the_wrong_twin_and_corrected_makes_them_no_one_child(
    one: str, other: str
) -> None:
    area = Area()
    area.settle(reported("gp", one), reported("visitor", other))
    area.settle(reported("school", one))
    assert area.of("school/1").number == area.of("gp/1").number
    area.settle(reported("school", other, 2))
    assert area.of("school/1").number == area.of("visitor/1").number != area.of("gp/1").number


@pytest.mark.parametrize(
    ("one", "other", "number"),
    [
        ("Kemi", "Kmei", []),
        ("Kemi", "Kemmi", []),
        ("Amelia", "Ameila", NUMBER),
        ("Muhammad", "Mohammed", NUMBER),
        ("Amelia", "Amelia Rose", []),
        ("Muhammad Ali", "Muhammad A", []),
        ("Muhammad Hassan", "Muhammad Hasan", []),
        ("A", "Amelia", NUMBER),
    ],
)
def test_one_child_whose_name_is_mistyped_or_shortened_is_one(one: str, other: str, number: list[Any]) -> None:
    area = Area()
    area.settle(reported("gp", one, identifiers=number))
    area.settle(reported("school", other, identifiers=number))
    assert len(area.parts()) == 1
