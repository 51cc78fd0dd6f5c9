"""The chance by which everything is made up: a seeded generator that knows how often each thing happens."""

from __future__ import annotations

from random import Random
from typing import Self

from generator.rates import Rates


class Dice(Random):
    """Draws that are the same for the same seed."""

    rates: Rates

    @classmethod
    def seeded(cls, seed: str, rates: Rates) -> Self:
        dice = cls(seed)
        dice.rates = rates
        return dice

    def happens(self, share: float) -> bool:
        """Whether something happens that does so in ``share`` of all cases."""
        return self.random() < share
