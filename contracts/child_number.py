"""The child number: ten digits, random, the last a modulus-11 check digit (the NHS number's scheme)."""

from __future__ import annotations

import secrets
from typing import Annotated

from pydantic import AfterValidator, Field

_WEIGHTS = range(10, 1, -1)


def check_digit(nine: str) -> int | None:
    """The modulus-11 check digit of nine digits, or ``None`` where the scheme has none (remainder 10)."""
    remainder = 11 - sum(int(digit) * weight for digit, weight in zip(nine, _WEIGHTS, strict=True)) % 11
    if remainder == 10:
        return None
    return 0 if remainder == 11 else remainder


def is_child_number(text: str) -> bool:
    """Whether ``text`` is ten ASCII digits whose last is the right check digit."""
    return len(text) == 10 and text.isascii() and text.isdigit() and check_digit(text[:9]) == int(text[9])


def new_child_number() -> str:
    """A random child number: never sequential, so that it tells nothing and cannot be guessed onward."""
    return _drawn(100_000_000, 1_000_000_000)


def new_expected_number() -> str:
    """A random number for a child whom officers expect and no source knows; it leads to the child once one does.

    These begin with 0 and all others do not: whoever gives one need not ask whether a child has it.
    """
    return _drawn(1, 100_000_000)


def is_expected(number: str) -> bool:
    """Whether the number was given to a child who was expected."""
    return number.startswith("0")


def _drawn(first: int, end: int) -> str:
    while True:
        nine = f"{first + secrets.randbelow(end - first):09d}"
        digit = check_digit(nine)
        if digit is not None:
            return f"{nine}{digit}"


def _checked(text: str) -> str:
    if not is_child_number(text):
        raise ValueError("not a child number: ten digits with a modulus-11 check digit")
    return text


ChildNumber = Annotated[str, AfterValidator(_checked), Field(json_schema_extra={"pattern": "^[0-9]{10}$"})]
