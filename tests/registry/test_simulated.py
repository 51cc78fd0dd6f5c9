"""Several registry processes that die and begin again, and shields meanwhile: made-up families in random orders.

What test_interleavings.py tries of two processes in every order is tried here of more in some of theirs; each run
can be repeated by its seed. ``make check-full`` tries thousands.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import combinations
from typing import TypeVar
from zlib import crc32

import pytest

from bench.changes import decoded
from bench.crowd import CROWD
from contracts.sources import SourceChange
from generator.stream import plan
from runtime import clock
from services.registry.children import ChildRecord, ShieldMark
from services.registry.documents import Document, child_of
from services.registry.handlers import mark, taking_in
from services.registry.intentions import Intention
from services.registry.keeping import Keeper
from services.registry.matching import Judge
from tests.registry.memory import MemoryRecords
from tests.registry.settled import POLICY, finished

ORDERS = int(os.environ.get("RANDOM_ORDERS", "100"))
PROCESSES = 4
T = TypeVar("T")


class SlowRecords(MemoryRecords):
    """Before each act others have a few steps, or none."""

    def __init__(self, area: Simulated, process: str) -> None:
        super().__init__(
            shared=area.documents, kept=area.kept, intentions=area.intentions, process=process, yields=True
        )
        self._dice = area.dice

    async def _others_may_act(self) -> None:
        await steps(self._dice.randrange(4))


class Simulated:
    """An area whose children are known in part; then processes take in the rest, and children are shielded."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.documents: dict[str, Document] = {}
        self.kept: dict[str, int] = {}
        self.intentions: dict[str, Intention] = {}
        self.announced: list[ChildRecord] = []
        self.stream: dict[str, dict[str, int]] = {}
        """The shields that were placed."""
        self.changes = [decoded(each) for each in plan(self.dice.randrange(2, 12), seed, CROWD).messages()]
        self._deaths = 4

    async def run(self) -> None:
        """All that happens, until nothing is left to do."""
        known = self.dice.randrange(len(self.changes))
        await self._consume("first", self.changes[:known])
        numbers = [child.number for child in self.children.values() if child.superseded_by is None]
        shielded = self.dice.sample(numbers, min(len(numbers), self.dice.randrange(5)))
        shares: dict[int, list[SourceChange]] = defaultdict(list)
        for change in self.changes[known:]:
            shares[crc32(change.key.encode()) % PROCESSES].append(change)
        await asyncio.gather(
            self._shield(shielded), *(self._consume(str(process), share) for process, share in shares.items())
        )
        await self._sweep()

    async def _consume(self, name: str, changes: Sequence[SourceChange]) -> None:
        """One consumer after the other takes the changes in; what one leaves undone is delivered to the next."""
        for number, batch in enumerate(some(changes, 24, self.dice)):
            while not await self._survived(self._take_in(f"{name}/{number}/{self._deaths}", batch)):
                self._deaths -= 1

    async def _survived(self, work: asyncio.Task[None]) -> bool:
        if self._deaths and self.dice.random() < 0.2:
            await steps(self.dice.randrange(60))
            work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        return not work.cancelled()

    def _take_in(self, process: str, batch: Sequence[SourceChange]) -> asyncio.Task[None]:
        records = SlowRecords(self, process)
        # The shields as the process has read them when the batch comes.
        shields = {number: dict(each) for number, each in self.stream.items()}
        keeper = Keeper(records, lambda number: shields.get(number, {}), POLICY)  # type: ignore[arg-type]

        async def work() -> None:
            parts = [taking_in(each) for each in some(batch, 12, self.dice)]
            await records.fulfil(await keeper.settle_in_turn(parts, self._announce))

        return asyncio.create_task(work())

    async def _shield(self, numbers: Sequence[str]) -> None:
        for offset, number in enumerate(numbers):
            await steps(self.dice.randrange(80))
            self.stream[number] = {"s": offset}
            records = SlowRecords(self, f"shields/{offset}")
            keeper = Keeper(records, lambda _: {}, POLICY)  # type: ignore[arg-type]
            words = {number: ShieldMark.said("s", offset, placed=True)}
            settled = await mark(keeper, words, clock.now() - timedelta(minutes=1))
            await self._announce(settled.children)
            await records.fulfil(settled.intention)

    async def _sweep(self) -> None:
        """Finish what the dead have left."""
        records = SlowRecords(self, "sweep")
        keeper = Keeper(records, lambda number: self.stream.get(number, {}), POLICY)  # type: ignore[arg-type]
        await self._announce(await finished(keeper, records))

    async def _announce(self, children: Iterable[ChildRecord]) -> None:
        self.announced.extend(children)

    @property
    def children(self) -> dict[str, ChildRecord]:
        return {number: child_of(each) for number, each in self.documents.items()}


async def steps(count: int) -> None:
    """Let others go on."""
    for _ in range(count):
        await asyncio.sleep(0)


def some(things: Sequence[T], most: int, dice: random.Random) -> Iterator[Sequence[T]]:
    """The things in runs of random lengths."""
    while things:
        length = dice.randrange(1, most + 1)
        yield things[:length]
        things = things[length:]


def visible_twins(children: Mapping[str, ChildRecord], judge: Judge) -> list[tuple[str, str]]:
    """Whoever may be a shielded child, and is neither shielded nor held."""
    hidden = [child for child in children.values() if child.shielded]
    seen = [child for child in children.values() if child.live and not child.shielded and not child.held]
    return [
        (one.number, other.number)
        for one in hidden
        for other in seen
        if any(judge.may_be(mine, theirs, (True, False)) for mine in one.compared for theirs in other.live)
    ]


def left_apart(children: Mapping[str, ChildRecord], judge: Judge) -> list[tuple[str, str]]:
    """Two children of whom records tie, and nobody is asked about them."""
    live = [child for child in children.values() if child.live]
    return [
        (one.number, other.number)
        for one, other in combinations(live, 2)
        if any(judge.ties(mine, theirs) for mine in one.live for theirs in other.live)
        and one.doubted.isdisjoint(each.key for each in other.sources)
    ]


@pytest.mark.parametrize("seed", range(ORDERS))
async def test_whatever_processes_do_at_once_each_child_is_one_covered_and_announced_as_it_is(seed: int) -> None:
    area = Simulated(seed)
    await area.run()
    children, judge = area.children, Judge(POLICY)
    homes = sorted(record.key for child in children.values() for record in child.sources)
    assert homes == sorted({each.key for each in area.changes})
    assert left_apart(children, judge) == []
    assert visible_twins(children, judge) == []
    ruled = {number for child in children.values() if child.shielded for number in child.lineage}
    assert area.stream.keys() <= ruled
    last: dict[str, ChildRecord] = {}
    for child in area.announced:
        last[child.number] = max(child, last.get(child.number, child), key=lambda each: each.revision)
    assert {number: child.revision for number, child in last.items()} == {
        number: child.revision for number, child in children.items()
    }
    assert area.intentions == {}
