"""Postcodes and identifiers as they are compared."""

from __future__ import annotations

STRONG_SYSTEMS = frozenset({"nhs-number", "upn"})
"""Identifier systems that give a number to one child only, nationally."""


def compact(text: str) -> str:
    """Letters and digits only, in upper case: ``nw7 4qt`` and ``NW74QT`` are one postcode."""
    return "".join(filter(str.isalnum, text.upper()))


def identifier_key(system: str, value: str) -> str:
    """An identifier as one comparable word."""
    return f"{system}:{compact(value)}"
