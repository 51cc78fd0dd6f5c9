"""Which of many belong together, when all that is known are pairs. Pure."""

from __future__ import annotations

from collections.abc import Iterator


class United:
    """Groups, each called by its smallest member; whoever was never united is a group alone."""

    def __init__(self) -> None:
        self._towards: dict[int, int] = {}

    def __iter__(self) -> Iterator[int]:
        """All that were ever united with another."""
        return iter(self._towards)

    def of(self, one: int) -> int:
        """The group of one."""
        root = one
        while (above := self._towards.get(root, root)) != root:
            root = above
        while one != root:
            # Whoever asks next is there at once.
            self._towards[one], one = root, self._towards[one]
        return root

    def unite(self, one: int, other: int) -> None:
        """The two belong together, and so do all that belong to either."""
        small, large = sorted((self.of(one), self.of(other)))
        self._towards[large] = self._towards[small] = small
