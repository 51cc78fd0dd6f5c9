"""Every state that can be reached, breadth first; and the shortest way to one that should not be."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.protocol.model import State, start, steps
from tests.protocol.rules import Rules


@dataclass
class Explored:
    """How many states there are, and the way to the first that is wrong: steps, not data."""

    states: int = 0
    wrong: list[str] = field(default_factory=list)


def explore(rules: Rules, is_wrong: Callable[[Rules, State], bool]) -> Explored:
    """Explore everything, or up to the first wrong state."""
    gc.disable()  # a million tuples, none of them in a cycle
    try:
        return _explore(rules, is_wrong)
    finally:
        gc.enable()


def _explore(rules: Rules, is_wrong: Callable[[Rules, State], bool]) -> Explored:
    first = start(rules)
    came_by: dict[State, tuple[State, str] | None] = {first: None}
    waiting = deque([first])
    while waiting:
        state = waiting.popleft()
        for label, after in steps(rules, state):
            if after in came_by:
                continue
            came_by[after] = (state, label)
            if is_wrong(rules, after):
                return Explored(len(came_by), _way(came_by, after))
            waiting.append(after)
    return Explored(len(came_by))


def _way(came_by: dict[State, tuple[State, str] | None], state: State) -> list[str]:
    way: list[str] = []
    while (before := came_by[state]) is not None:
        state, label = before
        way.append(label)
    return way[::-1]
