"""Names of many origins, well and badly written: how far two of them agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likeness.naming import (
    Family,
    Given,
    compare_family,
    compare_given,
    crossings,
    family_words,
    given_words,
    is_slip,
    part_further,
)
from likeness.nicknames import are_related, forms, related
from likeness.phonetics import ends, sound

TEXTS = st.text(max_size=600) | st.sampled_from(
    ["Muhammad", "Mohamed", "Anne-Marie", "O’Connor", "van Dijk", "J", "Zoë"]
)


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Amelia Rose", "AMELIA ROSE", Given.EXACT),
        ("Anne-Marie", "Annemarie", Given.EXACT),
        ("Zoë", "Zoe", Given.EXACT),
        ("Amelia", "Amelia Rose", Given.PART),
        ("Amelia Rose", "Amelia Grace", Given.PART),
        ("Rose", "Amelia Rose", Given.MIDDLE),
        ("William", "Bill", Given.NICKNAME),
        ("Katherine", "Kate", Given.NICKNAME),
        ("Abdirahman", "Abdi", Given.NICKNAME),
        ("Oluwaseun", "Seun", Given.NICKNAME),
        ("George", "Geroge", Given.NEAR),
        ("Muhammad", "Mohammed", Given.NEAR),
        ("Muhammad", "Mohamed", Given.SOUNDS),
        ("Yusuf", "Youssef", Given.SOUNDS),
        ("Aisha", "Ayesha", Given.SOUNDS),
        ("A", "Amelia", Given.INITIAL),
        ("A", "A", Given.INITIAL),
        ("James Oliver", "Jack Oliver", Given.DIFFERENT),
        ("Samuel", "Samantha", Given.DIFFERENT),
        ("Kylie", "Chloe", Given.DIFFERENT),
        (None, "Amelia", Given.MISSING),
        ("😀", "Amelia", Given.MISSING),
    ],
)
def test_given_names_agree_as_far_as_people_would_say(one: str | None, other: str, level: Given) -> None:
    assert compare_given(given_words(one), given_words(other))[0] == level
    assert compare_given(given_words(other), given_words(one))[0] == level


@pytest.mark.parametrize(
    ("one", "other", "slip"),
    [
        ("Amelia", "Ameila", True),
        ("Amelia", "Ammelia", True),
        ("Kemi", "Femi", False),
        ("Zahra", "Zahira", False),
        ("Kian", "Kiana", False),
        ("Alexander", "Alexandra", False),
        ("Anna", "Nana", True),
        ("Amelia", "Amilea", False),
    ],
)
def test_a_slip_transposes_neighbours_or_doubles_a_letter(one: str, other: str, slip: bool) -> None:
    assert is_slip(one.lower(), other.lower()) == is_slip(other.lower(), one.lower()) == slip


@pytest.mark.parametrize(
    ("one", "other", "parted"),
    [
        ("Muhammad Ali", "Muhammad Hassan", True),
        ("Muhammad Ali Raza", "Muhammad Raza Hassan", True),
        ("Muhammad Ali", "Muhammad", False),
        ("Muhammad Ali Hassan", "Muhammad Hassan", False),
        ("Muhammad Hassan", "Muhammad Hasan", False),
        ("Amelia R", "Amelia Rose", False),
        ("Amelia Kate", "Amelia Katherine", False),
    ],
)
def test_further_names_part_two_where_each_has_one_of_its_own(one: str, other: str, parted: bool) -> None:
    mine, theirs = given_words(one), given_words(other)
    assert part_further(mine, theirs) == part_further(theirs, mine) == parted


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("O'Connor", "OCONNOR", Family.EXACT),
        ("O Connor", "O’Connor", Family.EXACT),
        ("MacDonald", "Mc Donald", Family.EXACT),
        ("van Dijk", "Dijk", Family.EXACT),
        ("al-Hassan", "El Hassan", Family.EXACT),
        ("Şahin", "Sahin", Family.EXACT),
        ("Okafor-Ward", "Okafor Ward", Family.EXACT),
        ("Okafor-Ward", "Ward", Family.PART),
        ("García Márquez", "Garcia", Family.PART),
        ("Fox", "Fxo", Family.NEAR),
        ("Hebblethwaite", "Hebblewaite", Family.NEAR),
        ("Hussain", "Hussein", Family.NEAR),
        ("Qureshi", "Kureishi", Family.SOUNDS),
        ("Smith", "Jones", Family.DIFFERENT),
        ("De", "De", Family.EXACT),
        ("B", "B", Family.SOUNDS),
        ("", "Jones", Family.MISSING),
    ],
)
def test_family_names_agree_as_far_as_people_would_say(one: str, other: str, level: Family) -> None:
    assert compare_family(family_words(one), family_words(other))[0] == level
    assert compare_family(family_words(other), family_words(one))[0] == level


@pytest.mark.parametrize(
    ("mine", "theirs", "directions"),
    [
        ((("rory",), ("bennett",)), (("bennett",), ("rory",)), 2),
        (((), ("anbu",)), (("anbu",), ("rajan",)), 1),
        ((("rory",), ("bennett",)), (("george",), ("bennett",)), 0),
    ],
)
def test_given_and_family_name_are_found_swapped(
    mine: tuple[tuple[str, ...], tuple[str, ...]], theirs: tuple[tuple[str, ...], tuple[str, ...]], directions: int
) -> None:
    assert crossings(*mine, *theirs) == directions


@given(TEXTS, TEXTS)
def test_no_name_depends_on_the_order_or_is_too_long_to_compare(one: str, other: str) -> None:
    mine, theirs = given_words(one), given_words(other)
    assert compare_given(mine, theirs) == compare_given(theirs, mine)
    assert compare_family(family_words(one), family_words(other)) == compare_family(
        family_words(other), family_words(one)
    )
    assert all(len(word) <= 40 for word in mine)
    assert len(mine) <= 8


def test_a_name_of_five_hundred_letters_is_cut() -> None:
    assert [len(word) for word in given_words("x" * 500)] == [40]
    assert [len(word) for word in family_words("x" * 500)] == [40]
    assert len(given_words("xy " * 166)) == 8


@given(TEXTS)
def test_a_name_agrees_with_itself_wholly(text: str) -> None:
    words = given_words(text)
    if len("".join(words)) > 1:
        assert compare_given(words, words)[0] == Given.EXACT


@given(st.text(max_size=300))
def test_a_sound_is_short(text: str) -> None:
    assert all(len(sound(word)) <= 6 for word in given_words(text))


@pytest.mark.parametrize(
    "alike",
    [
        ("muhammad", "mohammed", "mohamed", "mehmet"),
        ("yusuf", "youssef", "josef"),
        ("catherine", "katherine", "kathryn"),
        ("hussain", "hussein", "husayn"),
        ("ibrahim", "ebrahim"),
        ("sean", "shaun", "shawn"),
    ],
)
def test_transliterations_of_one_name_sound_alike(alike: tuple[str, ...]) -> None:
    assert len({sound(word) for word in alike}) == 1


def test_nicknames_are_read_both_ways() -> None:
    assert "bill" in related("william")
    assert "william" in related("bill")
    assert are_related("bill", "will")
    assert not are_related("samuel", "samantha")


@pytest.mark.parametrize("word", ["beth", "elizabeth", "sam", "oluwaseun", "bill"])
def test_the_forms_of_a_name_are_all_that_are_related_to_it(word: str) -> None:
    found = forms(word)
    assert word in found
    assert all(are_related(word, each) for each in found - {word})
    assert related(word) <= found
    assert {each for other in related(word) for each in related(other) if are_related(word, each)} <= found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("okafor", "ogafor"),
        ("okafor", "okafo"),
        ("okafor", "opafor"),
        ("okafor", "kafor"),
        ("rahman", "rahmal"),
        ("featherstone", "fetherston"),
    ],
)
def test_a_misspelt_name_begins_or_ends_alike(one: str, other: str) -> None:
    assert not ends(one).isdisjoint(ends(other))
    assert ends(one).isdisjoint(ends("smith"))


@given(TEXTS)
def test_a_name_has_two_ends_at_most_of_two_letters_each(text: str) -> None:
    assert all(0 < len(ends(word)) <= 2 and max(map(len, ends(word))) <= 3 for word in given_words(text))
