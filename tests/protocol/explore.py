"""Every state that can be reached, breadth first; and the shortest way to one that should not be."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

S = TypeVar("S", bound=Hashable)


@dataclass
class Explored:
    """How many states there are, and the way to the first that is wrong: steps, not data."""

    states: int = 0
    wrong: list[str] = field(default_factory=list)


def explore(first: S, steps: Callable[[S], Iterable[tuple[str, S]]], is_wrong: Callable[[S], bool]) -> Explored:
    """Explore everything that ``steps`` lead to, or up to the first wrong state."""
    gc.disable()  # a million tuples, none of them in a cycle
    try:
        return _explore(first, steps, is_wrong)
    finally:
        gc.enable()


def _explore(first: S, steps: Callable[[S], Iterable[tuple[str, S]]], is_wrong: Callable[[S], bool]) -> Explored:
    came_by: dict[S, tuple[S, str] | None] = {first: None}
    waiting = deque([first])
    while waiting:
        state = waiting.popleft()
        for label, after in steps(state):
            if after in came_by:
                continue
            came_by[after] = (state, label)
            if is_wrong(after):
                return Explored(len(came_by), _way(came_by, after))
            waiting.append(after)
    return Explored(len(came_by))


def _way(came_by: dict[S, tuple[S, str] | None], state: S) -> list[str]:
    way: list[str] = []
    while (before := came_by[state]) is not None:
        state, label = before
        way.append(label)
    return way[::-1]
