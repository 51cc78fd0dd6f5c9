"""Postcodes and identifiers as they are compared."""

from __future__ import annotations

STRONG_SYSTEMS = frozenset({"nhs-number", "upn"})
"""Identifier systems that give a number to one child only, nationally."""

_NHS_WEIGHTS = range(10, 1, -1)
_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


def compact(text: str) -> str:
    """Letters and digits only, in upper case: ``nw7 4qt`` and ``NW74QT`` are one postcode."""
    return "".join(filter(str.isalnum, text.upper()))


def identifier_key(system: str, value: str) -> str:
    """An identifier as one comparable word."""
    return f"{system}:{compact(value)}"


def is_strong(system: str, value: str) -> bool:
    """Whether ``value`` (compacted) can be the number that ``system`` gave to one child only."""
    if system == "nhs-number":
        return is_nhs_number(value)
    return system == "upn" and is_upn(value)


def is_nhs_number(value: str) -> bool:
    """Ten digits, not all alike, the last a modulus-11 check digit (NHS Data Dictionary, NHS NUMBER)."""
    if len(value) != 10 or not _digits(value) or len(set(value)) == 1:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(value[:9], _NHS_WEIGHTS, strict=True))
    return (11 - total % 11) % 11 == int(value[9])


def is_upn(value: str) -> bool:
    """A check letter and twelve digits (DfE, Unique Pupil Numbers).

    A temporary number, which ends in a letter, is none: schools give it to pupils whose own they do not know.
    """
    if len(value) != 13 or not _digits(value[1:]):
        return False
    total = sum(int(digit) * weight for weight, digit in enumerate(value[1:], start=2))
    return _UPN_LETTERS[total % 23] == value[0]


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
