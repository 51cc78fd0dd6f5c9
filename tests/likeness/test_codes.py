"""Identifiers: which values can be the number that a national system gave to one child."""

from __future__ import annotations

import pytest

from likeness.codes import is_nhs_number, is_strong, is_upn


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("9434765919", True),
        ("9434765918", False),
        ("9999999999", False),
        ("943476591", False),
        ("943476591X", False),
        ("٩434765919", False),
        ("", False),
    ],
)
def test_an_nhs_number_has_its_check_digit(value: str, valid: bool) -> None:
    assert is_nhs_number(value) is valid


@pytest.mark.parametrize(
    ("value", "valid"),
    [("H801200001001", True), ("A801200001001", False), ("H80120000100A", False), ("801200001001", False)],
)
def test_a_upn_has_its_check_letter_and_a_temporary_one_is_none(value: str, valid: bool) -> None:
    assert is_upn(value) is valid


def test_no_other_system_is_strong() -> None:
    assert not is_strong("social-care-id", "9434765919")
