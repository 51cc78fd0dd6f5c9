"""What several processes do to the same children at the same moment, on the real document store."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from pymongo.errors import OperationFailure

from contracts.sources import SourceChange
from runtime import clock
from runtime.mongo import TOO_LARGE, Database
from services.registry.children import ChildRecord
from services.registry.drawing import Drawing
from services.registry.intentions import Intention
from services.registry.keeping import Keeper
from services.registry.sources import arrived
from services.registry.store import Records
from services.registry.wanted import Wanted
from tests.children import nhs, nhs_number
from tests.registry.settled import POLICY, change


async def settle(
    records: Records,
    *changes: SourceChange,
    in_force: dict[str, dict[str, int]] | None = None,
    numbers: Drawing | None = None,
) -> tuple[ChildRecord, ...]:
    """A process takes changes in, knowing of these shields; returns what it announces."""
    came = [arrived(each, clock.now()) for each in changes]
    keeper = Keeper(records, lambda number: (in_force or {}).get(number, {}), POLICY, numbers)
    wanted = Wanted(sources={each.key for each in came})
    return (await keeper.settle(lambda settling: settling.settle(came), wanted)).children


async def known(records: Records, *changes: SourceChange) -> list[ChildRecord]:
    """The children that hold what these changes brought."""
    return await records.near(Wanted(sources={each.key for each in changes}))


def report(source: str, number: str, version: int = 1) -> SourceChange:
    """What a source holds on the child with this NHS number, whom no other child resembles."""
    return change(source, version, ref=number, family=f"Q{number}", identifiers=[nhs(number)])


async def test_of_two_who_decided_on_the_same_revision_one_is_refused_and_nothing_of_his_is_kept(
    records: Records,
) -> None:
    first_report = report("gp", nhs_number())
    await settle(records, first_report)
    (child,) = await known(records, first_report)
    before = {child.number: child.revision}
    first, second = (
        replace(child, revision=child.revision + 1, created_at=child.created_at + timedelta(days=days))
        for days in (1, 2)
    )
    assert not await records.keep([[first]], before)
    assert await records.keep([[second]], before)
    assert [each.created_at for each in await known(records, first_report)] == [first.created_at]


class SmallStore(Records):
    """A store whose transactions hold one record at most."""

    async def _together(
        self, children: Sequence[ChildRecord], before: Mapping[str, int], intention: Intention | None
    ) -> bool:
        if len(children) > 1:
            raise OperationFailure("too large", code=TOO_LARGE)
        return await super()._together(children, before, intention)


async def test_what_is_too_much_for_one_transaction_is_kept_step_by_step(
    database: Database, records: Records
) -> None:
    reports = [report("gp", nhs_number()) for _ in range(3)]
    await settle(SmallStore(database), *reports)
    assert len(await known(records, *reports)) == 3


class CountingStore(Records):
    """A store that counts the transactions in which it was to write something."""

    transactions = 0

    async def _together(
        self, children: Sequence[ChildRecord], before: Mapping[str, int], intention: Intention | None
    ) -> bool:
        self.transactions += 1
        return await super()._together(children, before, intention)


async def test_one_record_that_somebody_else_has_changed_costs_the_others_one_more_transaction(
    database: Database, records: Records
) -> None:
    reports = [report("gp", nhs_number()) for _ in range(64)]
    await settle(records, *reports)
    children = await known(records, *reports)
    store, before = CountingStore(database), {child.number: child.revision for child in children}
    grown = [replace(child, revision=child.revision + 1) for child in children]
    crossed = await store.keep([[child] for child in grown], before | {grown[20].number: 7})
    assert crossed == {grown[20].number}
    assert store.transactions == 2
    kept = {child.number: child.revision for child in await known(records, *reports)}
    assert [number for number in kept if kept[number] == before[number]] == [grown[20].number]


async def test_a_number_that_a_record_has_is_not_given_to_another(database: Database, records: Records) -> None:
    one, other = report("gp", nhs_number()), report("gp", nhs_number())
    (child,) = await settle(records, one)
    drawn = iter([child.number, "9434765919"] * 2)
    store = CountingStore(database)
    numbers = Drawing(store.revisions, lambda: next(drawn), ahead=2)
    (made,) = await settle(store, other, numbers=numbers)
    assert (made.number, store.transactions) == ("9434765919", 1)


async def test_first_reports_of_one_child_at_the_same_moment_end_in_one_record(records: Records) -> None:
    for _ in range(5):
        number = nhs_number()
        reports = [report(source, number) for source in ("gp", "schools", "social-care")]
        await asyncio.gather(*(settle(records, each) for each in reports))
        (child,) = await known(records, *reports)
        assert {each.key for each in child.live} == {each.key for each in reports}


async def test_a_shield_that_is_in_force_and_not_marked_yet_covers_what_a_change_makes_of_the_record(
    records: Records,
) -> None:
    number = nhs_number()
    await settle(records, report("gp", number))
    (child,) = await known(records, report("gp", number))
    assert not child.shielded
    await settle(records, report("gp", number, version=2), in_force={child.number: {"s": 7}})
    (kept,) = await known(records, report("gp", number))
    assert kept.shielded


async def test_a_change_that_comes_again_changes_nothing_and_is_announced_again(records: Records) -> None:
    number = nhs_number()
    first = await settle(records, report("gp", number, version=2))
    for again in (report("gp", number, version=2), report("gp", number, version=1)):
        assert await settle(records, again) == first
