"""Names as they are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
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


@given(st.text(max_size=40))
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_a_name_of_marks_only_has_no_words() -> None:
    assert words("*%?") == ()
    assert words(None) == ()


def test_postcodes_compare_without_spaces_or_case() -> None:
    assert compact("nw7 4qt") == compact("NW74QT") == "NW74QT"
