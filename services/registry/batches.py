"""How much is settled together: while a process settles, it does nothing else and its lease may lapse. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

SETTLED_TOGETHER = 500
"""So many source records at once."""

SHIELDED_TOGETHER = 5
"""So many children who are shielded: whoever may be one of them is sought by a thousand keys, and compared.

Among them is everybody born on the same day, in a directory of eleven million some 1,700: half a second each.
"""


def batches(items: Iterable[T], most: int) -> Iterator[list[T]]:
    """The items in their order, ``most`` at a time."""
    left = iter(items)
    while batch := list(islice(left, most)):
        yield batch
