"""Numbers that no real person has: NHS numbers, unique pupil numbers, and scattered serials."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random

from contracts.child_number import check_digit

_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


def scattered(serial: int, digits: int) -> int:
    """A number of at most ``digits`` digits that differs for each of the first ``10 ** digits`` serials."""
    # The factor is prime and no divisor of ten: multiplying by it permutes the residues.
    modulus: int = 10**digits
    return (serial * 7_368_787 + 1_234_577) % modulus


def first_serial(seed: int) -> int:
    """Where the serials of a seed begin, so that what two seeds make up can be loaded side by side.

    Two seeds rarely overlap: of two thousand children each, once in 250 pairs.
    """
    return Random(f"{seed}/serials").randrange(10**6)


def nhs_numbers(first: int) -> Iterator[str]:
    """Valid NHS numbers, each once: of the first million serials those that start 999, then 998 and so on.

    Those that start 999 are never issued; so far nor are the others that start with a nine.
    """
    for serial in count(first):
        nine = f"{999 - serial // 10**6}{scattered(serial, 6):06}"
        digit = check_digit(nine)
        if digit is not None:
            yield f"{nine}{digit}"


def upn(authority_code: int, year: int, serial: int) -> str:
    """A unique pupil number: check letter, authority, school, year, serial (the UPN guide of the DfE)."""
    unique = scattered(serial, 7)
    twelve = f"{authority_code:03}{unique // 1000:04}{year % 100:02}{unique % 1000:03}"
    total = sum(int(digit) * weight for weight, digit in enumerate(twelve, start=2))
    return _UPN_LETTERS[total % 23] + twelve
