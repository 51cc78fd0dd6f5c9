"""How far two persons agree in one field, as a level."""

from __future__ import annotations

from enum import IntEnum


class Level(IntEnum):
    """It hashes as the number that it is: what all levels are worth together is looked up for every pair."""

    __hash__ = int.__hash__
