"""Names as they are compared."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from likeness.codes import compact
from likeness.names import fold, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("O’Connor", "OCONNOR"),
        ("Łukasz", "Lukasz"),
        ("Ngozi-Adaeze", "ngozi adaeze"),
        ("Zoë", "ZOE"),
        ("Şükrü", "sukru"),
        ("Strauß", "Strauss"),
        ("Ǣlfric", "aelfric"),
        ("\U0001d71cnna", "\u03b1nna"),
        ("  Mary   Ann ", "mary ann"),
    ],
)
def test_spellings_of_one_name_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("रीमा", "रीमा"),
        ("क्षमा शर्मा", "क्षमा शर्मा"),
        ("ਗੁਰਪ੍ਰੀਤ", "ਗੁਰਪ੍ਰੀਤ"),
        ("সুমাইয়া", unicodedata.normalize("NFKD", "সুমাইয়া")),
        ("สมชาย", "สมชาย"),
        ("น้ำฝน", unicodedata.normalize("NFKD", "น้ำฝน")),
        ("ශ්\u200dරී", "ශ්රී"),
        ("מִרְיָם", "מרים"),
        ("مُحَمَّد", "محمد"),
        ("Zoe\ufe0f \ufe0f ा", "zoe"),
    ],
)
def test_vowel_signs_are_part_of_the_word_and_vowel_points_are_left_out(name: str, folded: str) -> None:
    assert fold(name) == folded


# Devanagari to Malayalam a block of 128 each, Sinhala, Thai, Lao, Myanmar, Khmer.
_BLOCKS = [*((at, at + 0x80) for at in range(0x0900, 0x0F00, 0x80)), (0x1000, 0x1050), (0x1780, 0x17D4)]


@st.composite
def names_of_one_script(draw: st.DrawFn) -> str:
    """A letter, and letters and marks of the same script behind it."""
    characters = [chr(each) for each in range(*draw(st.sampled_from(_BLOCKS)))]
    letters = [each for each in characters if unicodedata.category(each).startswith("L")]
    signs = [each for each in characters if unicodedata.category(each)[0] == "M" and not is_stress(each)]
    return draw(st.sampled_from(letters)) + draw(st.text(st.sampled_from(letters + signs), max_size=6))


def is_stress(mark: str) -> bool:
    """Whether it tells how a syllable is chanted: no part of a name."""
    return unicodedata.combining(mark) >= 200


@given(names_of_one_script(), names_of_one_script())
def test_a_name_of_letters_and_vowel_signs_is_one_word_and_different_ones_stay_different(
    one: str, other: str
) -> None:
    assert len(words(one)) == 1
    same = unicodedata.normalize("NFKD", one) == unicodedata.normalize("NFKD", other)
    assert (fold(one) == fold(other)) == same


@given(names_of_one_script(), st.data())
def test_a_sign_more_is_another_name(name: str, data: st.DataObject) -> None:
    signs = [chr(each) for each in (0x093E, 0x093F, 0x0940, 0x094D, 0x0E34, 0x0E38, 0x0E48, 0x0BBE)]
    assert fold(name + data.draw(st.sampled_from(signs))) != fold(name)


@given(st.text(max_size=40))
@example("क\u094d\u200d\u093c")
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_a_name_of_marks_only_has_no_words() -> None:
    assert words("*%?") == ()
    assert words(None) == ()


def test_postcodes_compare_without_spaces_or_case() -> None:
    assert compact("nw7 4qt") == compact("NW74QT") == "NW74QT"
