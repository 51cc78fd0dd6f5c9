"""Parts of a batch settled in turn: each sees what the one before it made, though it was read earlier."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from itertools import permutations
from typing import Any

from contracts.sources import SourceChange
from services.registry.children import ChildRecord
from services.registry.documents import child_of
from services.registry.handlers import taking_in
from services.registry.keeping import Keeper
from services.registry.wanted import Wanted
from tests.children import nhs
from tests.registry.memory import MemoryRecords
from tests.registry.settled import POLICY, change, parts

NUMBER, OTHER = "9990000018", "9990000026"
REPORTS = (
    change("gp", identifiers=[nhs(NUMBER)]),
    change("school", identifiers=[nhs(NUMBER)]),
    change("gp", 2, identifiers=[nhs(NUMBER)], family="Ward"),
    change("social-care", identifiers=[nhs(NUMBER)], family="Ward"),
    change("school", 2, identifiers=[nhs(OTHER)], given="Zbigniew", family="Other", born="2011-01-30"),
)


class SlowRecords(MemoryRecords):
    """What it answers is old by the time it arrives, and what it keeps is kept late."""

    async def near(self, wanted: Wanted) -> list[ChildRecord]:
        found = await super().near(wanted)
        await asyncio.sleep(0)
        return found

    async def keep(self, *args: Any) -> frozenset[str]:
        for _ in range(5):
            await asyncio.sleep(0)
        return await super().keep(*args)


async def in_turn(*changes: Sequence[SourceChange]) -> tuple[list[ChildRecord], list[ChildRecord]]:
    """What is kept in the end and what was announced, in its order, where the store is slow."""
    records, announced = SlowRecords(), list[ChildRecord]()

    async def announce(children: Iterable[ChildRecord]) -> None:
        await asyncio.sleep(0)
        announced.extend(children)

    keeper = Keeper(records, lambda _: {}, POLICY)  # type: ignore[arg-type]
    await keeper.settle_in_turn(map(taking_in, changes), announce)
    return [child_of(each) for each in records.documents.values()], announced


async def test_each_part_sees_what_the_parts_before_it_made() -> None:
    whole, _ = await in_turn(REPORTS)
    for order in permutations(REPORTS):
        children, _ = await in_turn(*([each] for each in order))
        assert parts(children) == parts(whole), [each.key for each in order]


async def test_what_is_announced_of_a_child_comes_in_the_order_of_its_revisions_and_ends_with_the_newest() -> None:
    children, announced = await in_turn(*([each] for each in REPORTS))
    for child in children:
        revisions = [each.revision for each in announced if each.number == child.number]
        assert revisions == sorted(revisions)
        assert revisions[-1] == child.revision
