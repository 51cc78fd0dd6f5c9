"""The child number: its check digit catches what people mistype, and it tells nothing."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts.child_number import (
    ChildNumber,
    check_digit,
    is_child_number,
    is_expected,
    new_child_number,
    new_expected_number,
)

unhurried = settings(deadline=None)


@st.composite
def child_numbers(draw: st.DrawFn) -> str:
    nine = draw(st.text("0123456789", min_size=9, max_size=9))
    digit = check_digit(nine)
    assume(digit is not None)
    return f"{nine}{digit}"


@unhurried
@given(child_numbers(), st.integers(0, 9), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_noticed(number: str, place: int, digit: str) -> None:
    assume(number[place] != digit)
    assert not is_child_number(number[:place] + digit + number[place + 1 :])


@unhurried
@given(child_numbers(), st.integers(0, 8))
def test_two_neighbours_swapped_are_always_noticed(number: str, place: int) -> None:
    one, other = number[place], number[place + 1]
    assume(one != other)
    assert not is_child_number(number[:place] + other + one + number[place + 2 :])


@unhurried
@given(st.text("0123456789", min_size=9, max_size=9))
def test_nine_digits_have_one_check_digit_at_most(nine: str) -> None:
    valid = [digit for digit in range(10) if is_child_number(f"{nine}{digit}")]
    expected = check_digit(nine)
    assert valid == ([] if expected is None else [expected])


@unhurried
@given(child_numbers())
def test_the_check_digit_makes_the_weighted_sum_divisible_by_eleven(number: str) -> None:
    assert sum(int(digit) * weight for digit, weight in zip(number, range(10, 0, -1), strict=True)) % 11 == 0


def test_the_scheme_is_that_of_the_nhs_number() -> None:
    # The example of the NHS data dictionary, and of DESIGN's message.
    assert is_child_number("9434765919")
    assert check_digit("401023213") == 7


@unhurried
@given(st.text(max_size=12))
def test_whatever_is_no_ten_digits_is_no_child_number(text: str) -> None:
    assume(not (len(text) == 10 and text.isascii() and text.isdigit()))
    assert not is_child_number(text)


@pytest.mark.parametrize("text", ["٩٤٣٤٧٦٥٩١٩", "943 476 5919", "9434765919 ", "943476591", "94347659190", ""])
def test_other_digits_spaces_and_lengths_are_refused(text: str) -> None:
    assert not is_child_number(text)
    with pytest.raises(ValidationError):
        TypeAdapter(ChildNumber).validate_python(text)


def test_new_numbers_are_valid_and_neither_sequential_nor_repeated() -> None:
    numbers = [new_child_number() for _ in range(2000)]
    assert all(map(is_child_number, numbers))
    assert len(set(numbers)) == len(numbers)
    assert numbers != sorted(numbers)
    assert {number[0] for number in numbers} == set("123456789")


def test_numbers_of_expected_children_are_never_those_of_others() -> None:
    expected, others = ([mint() for _ in range(500)] for mint in (new_expected_number, new_child_number))
    assert all(map(is_child_number, (*expected, *others)))
    assert (set(map(is_expected, expected)), set(map(is_expected, others))) == ({True}, {False})
    assert len(set(expected)) > 490
