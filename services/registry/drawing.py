"""Child numbers for new records: drawn ahead, and only those that nobody has.

Of eight hundred million numbers eleven million children have one in 75. Three in four batches with a hundred new
children would draw one of those, be refused by the store as a whole, and be settled once more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Sequence

from contracts.child_number import new_child_number

_AHEAD = 1000

Taken = Callable[[Sequence[str]], Awaitable[Container[str]]]
"""Which of these numbers a record has."""


class Drawing:
    """Numbers that nobody had when they were drawn; where somebody draws one meanwhile, the store refuses it.

    ``ahead``: so many are drawn at a time.
    """

    def __init__(
        self, taken: Taken, new_number: Callable[[], str] = new_child_number, *, ahead: int = _AHEAD
    ) -> None:
        self._taken = taken
        self._new_number = new_number
        self._ahead = ahead
        self._drawn: list[str] = []

    async def ready(self) -> None:
        """Draw ahead, if few are left."""
        if len(self._drawn) < self._ahead / 2:
            drawn = [self._new_number() for _ in range(self._ahead)]
            taken = await self._taken(drawn)
            self._drawn += [number for number in drawn if number not in taken]

    def draw(self) -> str:
        """One of those; where none is left, one that somebody may have."""
        return self._drawn.pop() if self._drawn else self._new_number()
