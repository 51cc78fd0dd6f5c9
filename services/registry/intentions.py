"""What a process has settled and not announced yet: others see it, and finish it if the process dies. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import uuid4

from services.registry.batches import SETTLED_TOGETHER, batches
from services.registry.settling import Settling


@dataclass(frozen=True)
class Intention:
    """Source records that were settled and are to be looked at again, and child numbers that are to be announced.

    ``at`` is when that was last noted.
    """

    id: str
    looking: frozenset[str] = frozenset()
    numbers: tuple[str, ...] = ()
    at: datetime | None = None

    @classmethod
    def new(cls, looking: Collection[str] = (), numbers: Iterable[str] = ()) -> Intention:
        """One of nobody else's."""
        return cls(str(uuid4()), frozenset(looking), tuple(sorted(numbers)))

    def acts(self) -> Iterator[Callable[[Settling], None]]:
        """What settles the source records once more, with whatever is near them now: some at a time."""
        for keys in batches(sorted(self.looking), SETTLED_TOGETHER):
            yield partial(Settling.look_again, keys=frozenset(keys))


@dataclass(frozen=True)
class Tally:
    """How often each process has kept something; ``own`` is the process that asks."""

    kept: Mapping[str, int]
    own: str

    def crossed(self, before: Tally, mine: int | None = None) -> bool:
        """Whether anybody else has kept something since ``before``, when this one kept something ``mine`` times.

        ``mine`` may be left out where nothing else is at work in this process.

        Whoever keeps something counts after that, and looks at the tally after that again. So of two at the
        same children the one that looks later sees that the other has been there, and what the other kept.
        """
        own = self.kept.get(self.own, 0)
        expected = own if mine is None else before.kept.get(self.own, 0) + mine
        return {**self.kept, self.own: own} != {**before.kept, self.own: expected}
