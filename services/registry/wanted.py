"""What has to be at hand before something can be decided: the words to look child records up by."""

from __future__ import annotations

from dataclasses import dataclass, field, fields


@dataclass
class Wanted:
    """Sets of words, by the field in which a child record may have them; any one that fits will do."""

    sources: set[str] = field(default_factory=set)
    """Source records that it holds."""
    keys: set[str] = field(default_factory=set)
    """Match keys that it is found by."""
    wide: set[str] = field(default_factory=set)
    """Wide keys that it is found by, being shielded."""
    ruled: set[str] = field(default_factory=set)
    """Child numbers whose shields rule it."""
    numbers: set[str] = field(default_factory=set)
    """Child numbers that it has."""

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    def __or__(self, other: Wanted) -> Wanted:
        return Wanted(*(getattr(self, each.name) | getattr(other, each.name) for each in fields(self)))

    def __sub__(self, other: Wanted) -> Wanted:
        return Wanted(*(getattr(self, each.name) - getattr(other, each.name) for each in fields(self)))
