"""The shields in force, as far as the stream has been read: what every process lays over its records. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Overlay:
    """The shielded child numbers, each with the offset of the shield in force and the shield's id."""

    placed: dict[str, tuple[int, str]] = field(default_factory=dict)

    def take(self, offset: int, child_number: str, shield_id: str, *, lifted: bool) -> None:
        """Take in the word at ``offset``; words come in order, and may come again."""
        if not lifted:
            self.placed[child_number] = (offset, shield_id)
        elif self.placed.get(child_number, (0, shield_id))[1] == shield_id:
            # A lift counts for the shield it lifts: one that comes late must not undo a newer shield.
            self.placed.pop(child_number, None)

    def offset(self, child_number: str) -> int | None:
        """The offset of the shield in force for the child, or ``None``."""
        placed = self.placed.get(child_number)
        return None if placed is None else placed[0]

    def any(self, child_numbers: Iterable[str]) -> bool:
        """Whether any of the numbers is shielded."""
        return any(number in self.placed for number in child_numbers)

    def in_force(self) -> dict[str, int]:
        """All shielded child numbers, each with the offset of its shield."""
        return {number: offset for number, (offset, _) in self.placed.items()}
