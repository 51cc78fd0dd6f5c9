"""What settling relies on, of the store on the real engine and of those in memory that stand in for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.child_number import new_child_number
from contracts.sources import ChildSupplied
from runtime import clock
from runtime.mongo import Database
from services.registry.candidates import index_keys
from services.registry.children import ChildRecord, Doubt, ShieldMark
from services.registry.intentions import Intention
from services.registry.sources import Refusal
from services.registry.store import FIELDS, Records
from services.registry.wanted import Wanted
from tests.registry.memory import IndexedRecords, MemoryRecords
from tests.registry.settled import change
from tests.registry.waiting import child, in_doubt

NOW = datetime(2026, 3, 1, tzinfo=UTC)
Store = Records | MemoryRecords


def somebody(key: str = "gp/1") -> ChildRecord:
    """A child as it is kept: found by its keys, by a shield's wide ones, and by whom it is in doubt with."""
    made = child(key, NOW)
    (record,) = made.sources
    number = new_child_number()
    doubt = Doubt(key, f"other-{key}", 1.5, True, "two-numbers", False, "test-1", NOW)
    return replace(
        made,
        sources=(replace(record, keys=index_keys(record.likeness.person)),),
        marks={made.number: ShieldMark.in_force({"s": 7})},
        supersedes={number: 3},
        doubts={doubt.pair: doubt},
    )


def words(one: ChildRecord) -> Wanted:
    """Each word that the child is found by."""
    (record,) = one.sources
    return Wanted(
        sources={record.key},
        keys=dict.fromkeys(record.keys),
        wide=dict.fromkeys(record.likeness.wide_keys),
        doubting=set(one.doubted),
        ruled=set(one.lineage),
        numbers={one.number},
    )


class WhatSettlingReliesOn:
    """The tests themselves; a store that passes them may stand in for the real one."""

    async def test_what_is_read_is_what_was_kept(self, store: Store) -> None:
        one = somebody()
        assert not await store.keep([[one]], {})
        assert await store.get([one.number, "0000000000"]) == [one]

    @pytest.mark.parametrize("name", FIELDS)
    async def test_a_child_is_found_by_each_of_its_words_and_by_nobody_elses(
        self, store: Store, name: str
    ) -> None:
        one, other = somebody("gp/1"), somebody("school/2")
        assert not await store.keep([[one], [other]], {})
        mine = set(getattr(words(one), name)) - set(getattr(words(other), name))
        assert mine
        for word in mine:
            wanted = Wanted()
            getattr(wanted, name).update({word: None} if name in {"keys", "wide"} else {word})
            assert await store.near(wanted) == [one], name
            assert await store.glance(wanted) == {one.number: one.revision}

    async def test_whom_some_children_are_in_doubt_with_is_whoever_has_the_source_record(
        self, store: Store
    ) -> None:
        one, other, third = somebody("gp/1"), somebody("other-gp/1"), somebody("school/2")
        assert not await store.keep([[one], [other], [third]], {})
        assert await store.in_doubt_with([one, third]) == [other]
        assert await store.in_doubt_with([]) == []

    async def test_who_is_not_shielded_is_found_by_no_wide_word(self, store: Store) -> None:
        one = replace(somebody(), marks={})
        wanted = Wanted(wide=words(one).wide)
        assert not await store.keep([[one]], {})
        assert await store.near(wanted) == []
        # Nor once somebody else is shielded.
        assert not await store.keep([[somebody("school/2")]], {})
        assert one.number not in await store.glance(wanted)

    async def test_who_is_found_by_several_words_is_found_once_among_however_many(self, store: Store) -> None:
        children = [somebody(f"gp/{number}") for number in range(3)]
        assert not await store.keep([[each] for each in children], {})
        wanted = Wanted(sources={f"nobody/{number}" for number in range(1200)})
        for each in children:
            wanted |= words(each)
        found = await store.near(wanted)
        assert sorted(each.number for each in found) == sorted(each.number for each in children)
        assert await store.glance(wanted) == {each.number: 1 for each in children}

    async def test_nobody_is_near_nothing(self, store: Store) -> None:
        assert not await store.keep([[somebody()]], {})
        assert await store.near(Wanted()) == []
        assert await store.glance(Wanted()) == {}

    async def test_revisions_are_those_of_now_and_of_whom_there_is(self, store: Store) -> None:
        one = somebody()
        assert not await store.keep([[one]], {})
        assert not await store.keep([[replace(one, revision=4)]], {one.number: 1})
        assert await store.revisions([one.number, "0000000000"]) == {one.number: 4}
        assert [each async for each in store.all_revisions()] == [(one.number, 4)]

    async def test_a_revision_that_somebody_else_has_overtaken_is_not_written(self, store: Store) -> None:
        one = somebody()
        assert not await store.keep([[one]], {})
        first, second = (replace(one, revision=2, founder=founder) for founder in ("first/1", "second/1"))
        assert not await store.keep([[first]], {one.number: 1})
        assert await store.keep([[second]], {one.number: 1}) == {one.number}
        assert await store.get([one.number]) == [first]

    async def test_who_is_there_already_is_not_made_anew_and_who_is_not_is_not_replaced(
        self, store: Store
    ) -> None:
        one = somebody()
        assert await store.keep([[replace(one, revision=2)]], {one.number: 1}) == {one.number}
        assert not await store.keep([[one]], {})
        assert await store.keep([[replace(one, founder="other/1")]], {}) == {one.number}
        assert await store.get([one.number]) == [one]

    async def test_a_step_is_written_whole_or_not_at_all_and_the_others_all_the_same(self, store: Store) -> None:
        overtaken, beside, elsewhere = (somebody(f"gp/{number}") for number in range(3))
        assert not await store.keep([[overtaken]], {})
        step = [replace(overtaken, founder="other/1"), beside]
        assert await store.keep([step, [elsewhere]], {}) == {overtaken.number, beside.number}
        assert await store.get([overtaken.number, beside.number]) == [overtaken]
        assert await store.get([elsewhere.number]) == [elsewhere]

    async def test_nothing_is_kept_at_once(self, store: Store) -> None:
        assert not await store.keep([], {})

    async def test_what_was_set_out_for_is_left_behind_until_it_is_fulfilled(self, store: Store) -> None:
        intention = Intention.new({"gp/2", "gp/1"}, {"2", "1"})
        await store.intend(intention)
        (left,) = await store.left_behind(later())
        assert left == Intention(intention.id, frozenset({"gp/1", "gp/2"}), ("1", "2"), left.at)
        await store.fulfil(intention)
        assert await store.left_behind(later()) == []

    async def test_what_was_noted_just_now_is_not_left_behind(self, store: Store) -> None:
        await store.intend(Intention.new())
        assert await store.left_behind(clock.now() - timedelta(minutes=1)) == []

    async def test_as_much_as_is_asked_for_is_left_behind(self, store: Store) -> None:
        begun = set[str]()
        for intention in (Intention.new() for _ in range(3)):
            await store.intend(intention)
            begun.add(intention.id)
        found = {each.id for each in await store.left_behind(later(), limit=2)}
        assert len(begun) == 3
        assert len(found) == 2
        assert found < begun

    async def test_what_has_been_intended_since_it_was_read_is_not_forgotten_with_it(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        intention = Intention.new()
        await store.intend(intention)
        (read,) = await store.left_behind(later())
        moment = later()
        monkeypatch.setattr(clock, "now", lambda: moment)
        await store.intend(replace(intention, numbers=("1",)))
        await store.fulfil(read)
        (left,) = await store.left_behind(moment + timedelta(seconds=1))
        await store.fulfil(left)
        assert await store.left_behind(moment + timedelta(seconds=1)) == []

    async def test_what_is_noted_of_an_intention_that_somebody_finished_is_noted_anew(self, store: Store) -> None:
        intention = Intention.new({"gp/1"})
        await store.intend(intention)
        await store.fulfil(intention)
        await store.intend(intention)
        assert [each.id for each in await store.left_behind(later())] == [intention.id]

    async def test_which_source_records_somebody_else_has_still_to_look_at_is_told(self, store: Store) -> None:
        mine, theirs = Intention.new({"gp/1", "gp/2"}), Intention.new({"gp/2", "gp/3"})
        for each in (mine, theirs):
            await store.intend(each)
        assert await store.unfinished({"gp/1", "gp/2", "gp/9"}, mine) == {"gp/2"}
        await store.fulfil(theirs)
        assert await store.unfinished({"gp/1", "gp/2"}, mine) == set()

    async def test_what_is_to_be_done_about_what_is_kept_is_noted_with_it_or_not(self, store: Store) -> None:
        one, intention = somebody(), Intention.new({"gp/1"}, {"1"})
        assert not await store.keep([[one]], {}, intention)
        (left,) = await store.left_behind(later())
        assert left == replace(intention, at=left.at)
        await store.fulfil(intention)
        assert await store.keep([[replace(one, revision=2)]], {one.number: 7}, intention)
        assert await store.left_behind(later()) == []


def later() -> datetime:
    """A moment after all that was noted."""
    return clock.now() + timedelta(hours=1)


class WhatProcessesTellEachOther:
    """The tests of what two processes on one store see of each other."""

    async def test_who_keeps_something_is_counted_and_seen_by_everybody(self, two: tuple[Store, Store]) -> None:
        mine, others = two
        before = await mine.tally()
        assert not (await mine.tally()).crossed(before, mine=0)
        await mine.count()
        assert not (await mine.tally()).crossed(before, mine=1)
        await others.count()
        await others.count()
        seen = await mine.tally()
        assert seen.crossed(before, mine=1)
        assert seen.own != (await others.tally()).own
        assert sorted(seen.kept.values()) == [1, 2]
        assert (await others.tally()).kept == seen.kept

    async def test_what_one_process_keeps_another_finds_and_overtakes(self, two: tuple[Store, Store]) -> None:
        mine, others = two
        one = somebody()
        assert not await mine.keep([[one]], {})
        assert await others.near(words(one)) == [one]
        assert not await others.keep([[replace(one, revision=2)]], {one.number: 1})
        assert await mine.keep([[replace(one, revision=2)]], {one.number: 1}) == {one.number}

    async def test_what_one_process_left_behind_another_finishes(self, two: tuple[Store, Store]) -> None:
        mine, others = two
        for each in two:
            await each.intend(Intention.new())
        left = await others.left_behind(later())
        assert len(left) == 2
        for each in left:
            await others.fulfil(each)
        assert await mine.left_behind(later()) == []


class TestTheStore(WhatSettlingReliesOn, WhatProcessesTellEachOther):
    """The real one."""

    @pytest.fixture
    def store(self, records: Records) -> Records:
        return records

    @pytest.fixture
    def two(self, records: Records, database: Database) -> tuple[Records, Records]:
        return records, Records(database)


class TestInMemory(WhatSettlingReliesOn, WhatProcessesTellEachOther):
    """What stands in for it where orders are explored."""

    @pytest.fixture
    def store(self) -> MemoryRecords:
        return MemoryRecords()

    @pytest.fixture
    def two(self) -> tuple[MemoryRecords, MemoryRecords]:
        shared: dict[str, Any] = {"shared": {}, "kept": {}, "intentions": {}}
        return MemoryRecords(process="one", **shared), MemoryRecords(process="other", **shared)


class TestInMemoryFoundByWords(WhatSettlingReliesOn):
    """What stands in for it where there are many children."""

    @pytest.fixture
    def store(self) -> IndexedRecords:
        return IndexedRecords()


async def test_what_waits_for_an_authority_is_told_the_worst_harm_first_and_no_more_than_asked(
    records: Records,
) -> None:
    # The worse, the newer: by their dates alone they would come the other way round.
    pairs = {harm: in_doubt(harm, NOW + timedelta(days=harm)) for harm in (1, 3, 0, 2)}
    older = in_doubt(2, NOW, ref="older")
    elsewhere = in_doubt(3, NOW, ref="elsewhere", authority="southshire")
    assert not await records.keep([[*pair] for pair in (*pairs.values(), older, elsewhere)], {})
    wanted = [one.number for one, _ in (pairs[3], older, pairs[2], pairs[1], pairs[0])]
    for limit in (5, 3, 1):
        found = await records.matters("northshire", limit)
        assert [each.number for each in found] == wanted[:limit]
    assert await records.count_matters("northshire") == 5


async def test_what_was_refused_is_found_however_much_that_is_worse_waits(records: Records) -> None:
    worse, (one, other) = in_doubt(3, NOW), in_doubt(1, NOW, ref="refused")
    (record,) = one.sources
    said = change("gp", ref="refused")
    assert isinstance(said, ChildSupplied)
    refused = replace(one, sources=(replace(record, refusal=Refusal(2, "born-in-the-future", said)),))
    assert not await records.keep([[*worse], [refused, other]], {})
    assert [each.number for each in await records.matters("northshire", 1)] == [worse[0].number]
    assert [each.number for each in await records.matters("northshire", 1, refused=True)] == [one.number]


async def test_what_is_for_officers_waits_for_them_and_for_nobody_else(records: Records) -> None:
    one, other = in_doubt(3, NOW)
    (doubt,) = one.doubts.values()
    for_them = replace(one, doubts={doubt.pair: replace(doubt, for_officers=True)})
    assert not await records.keep([[for_them, other]], {})
    for officers in (True, False):
        found = await records.matters("northshire", 5, for_officers=officers)
        assert [each.number for each in found] == [one.number] * officers
        assert await records.count_matters("northshire", for_officers=officers) == officers
