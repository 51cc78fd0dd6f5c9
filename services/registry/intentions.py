"""What a process has set out to settle: others see it, and finish it if the process dies. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.registry.settling import Settling


@dataclass(frozen=True)
class Intention:
    """Source records that are being settled, and child numbers that are to be announced.

    ``others`` are the intentions that were there when this one began, and whether each was still open.
    """

    id: str
    looking: frozenset[str] = frozenset()
    numbers: tuple[str, ...] = ()
    others: Mapping[str, bool] = field(default_factory=dict)

    def act(self, settling: Settling) -> None:
        """Settle the source records once more, with whatever is near them now."""
        settling.look_again(self.looking)
