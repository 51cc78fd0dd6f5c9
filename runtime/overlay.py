"""The shields in force, as far as the stream has been read: what every process lays over its records. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from sys import maxsize

_UNREADABLE = maxsize
"""The revision before which a record is withheld by a word that could not be read: before any."""


@dataclass
class Overlay:
    """The shielded child numbers, each with its shields by id, and the offset at which each was placed.

    A child is hidden while any shield is: a process that was cut off may place or lift one of long ago late, and
    neither must undo another one.
    """

    placed: dict[str, dict[str, int]] = field(default_factory=dict)
    withheld: dict[str, int] = field(default_factory=dict)
    """Child numbers whose records of before a revision are held, because they may be a shielded child's."""
    said: dict[str, int] = field(default_factory=dict)
    """The offset of the newest word on each of these."""
    taken: int = 0
    """How many words were taken in: while it stays the same, so does everything else."""

    def take(self, offset: int, child_number: str, shield_id: str, *, lifted: bool) -> None:
        """Take in the word at ``offset``; words come in order, and may come again.

        A word that could not be read has no ``shield_id``; it hides the child until one that can be read comes.
        """
        self.taken += 1
        shields = self.placed.setdefault(child_number, {})
        if lifted:
            shields.pop(shield_id, None)
        else:
            shields.pop("", None)
            shields[shield_id] = offset
        if not shields:
            del self.placed[child_number]

    def withhold(self, offset: int, child_number: str, revision: int | None) -> None:
        """Take in that nobody is shown the record of before ``revision``; what was said of a later one stays.

        A word that could not be read has none; it withholds the record until one that can be read comes.
        """
        self.taken += 1
        known = self.withheld.get(child_number, 0)
        later = revision if known == _UNREADABLE else max(revision or _UNREADABLE, known)
        self.withheld[child_number] = later or _UNREADABLE
        self.said[child_number] = offset

    def holds(self, child_number: str, revision: int) -> bool:
        """Whether the record of that number is withheld, as it was in this revision."""
        return revision < self.withheld.get(child_number, 0)

    def withholding(self) -> dict[str, tuple[int, int]]:
        """The withheld records by number: before which revision, and the offset of the newest word on it.

        What is withheld by a word that could not be read is not among them: no revision ends that.
        """
        return {
            number: (revision, self.said[number])
            for number, revision in self.withheld.items()
            if revision != _UNREADABLE
        }

    def of(self, child_number: str) -> dict[str, int]:
        """The shields in force for the child, each with the offset at which it was placed."""
        return dict(self.placed.get(child_number, {}))

    def any(self, child_numbers: Iterable[str]) -> bool:
        """Whether any of the numbers is shielded."""
        return any(number in self.placed for number in child_numbers)

    def in_force(self) -> dict[str, int]:
        """All shielded child numbers, each with the offset of its newest shield."""
        return {number: max(shields.values()) for number, shields in self.placed.items()}
