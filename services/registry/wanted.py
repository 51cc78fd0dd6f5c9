"""What has to be at hand before something can be decided: the words to look child records up by."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

Words = dict[str, None]
"""A set that keeps its order: words of one record stay together, so that one question finds a child once."""


@dataclass
class Wanted:
    """Sets of words, by the field in which a child record may have them; any one that fits will do."""

    sources: set[str] = field(default_factory=set)
    """Source records that it holds."""
    keys: Words = field(default_factory=dict)
    """Match keys that it is found by."""
    wide: Words = field(default_factory=dict)
    """Wide keys that it is found by, being shielded."""
    doubting: set[str] = field(default_factory=set)
    """Source records that it is in doubt with."""
    ruled: set[str] = field(default_factory=set)
    """Child numbers whose shields rule it."""
    numbers: set[str] = field(default_factory=set)
    """Child numbers that it has."""

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    def __ior__(self, other: Wanted) -> Wanted:
        for each in fields(self):
            getattr(self, each.name).update(getattr(other, each.name))
        return self

    def __sub__(self, other: Wanted) -> Wanted:
        return Wanted(
            self.sources - other.sources,
            {word: None for word in self.keys if word not in other.keys},
            {word: None for word in self.wide if word not in other.wide},
            self.doubting - other.doubting,
            self.ruled - other.ruled,
            self.numbers - other.numbers,
        )
