"""Postcodes and identifiers as they are compared."""

from __future__ import annotations


def compact(text: str) -> str:
    """Letters and digits only, in upper case: ``nw7 4qt`` and ``NW74QT`` are one postcode."""
    return "".join(c for c in text.upper() if c.isalnum())


def identifier_key(system: str, value: str) -> str:
    """An identifier as one comparable word."""
    return f"{system}:{compact(value)}"
