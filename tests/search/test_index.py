"""The index keeps the newest of each record, however its versions come, on real Elasticsearch."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest

from contracts.child_number import new_child_number
from contracts.records import PublishedIdentity, RecordPublished, RecordRemoved
from deploy.engines import Engines
from services.search.index import Index
from services.search.segments import Segments
from tests.search.conftest import fresh


@pytest.fixture(scope="module")
async def index(engines: Engines) -> AsyncIterator[Index]:
    """An index of the module's own."""
    async with fresh(engines) as made:
        yield made


def published(number: str, revision: int, *, shielded: bool = False, under: int | None = None) -> RecordPublished:
    """A record, told from its other revisions by its family name."""
    said = {"names": [{"family": f"Okafor {revision}"}], "date_of_birth": "2015-04-09", "gender": "female"}
    identity = PublishedIdentity.model_validate(said, strict=False)
    found = {"findable": True} if shielded else {"responsible_authority": "northshire"}
    return RecordPublished(
        child_number=number,
        revision=revision,
        shielded=shielded,
        redacted_under=under,
        identity=identity,
        **found,
    )


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one after another"])
@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
async def test_the_newest_revision_stays_whatever_comes_after_it(
    index: Index, order: tuple[int, ...], together: bool
) -> None:
    number = new_child_number()
    records = [published(number, revision, shielded=revision == 3) for revision in order]
    for batch in [records] if together else [[record] for record in records]:
        await index.keep(batch, await index.targets())
    await index.refresh()
    hit = await index.get(number, {"northshire"})
    assert hit is not None
    assert (hit.record.revision, hit.record.shielded) == (3, True)


async def test_a_removed_record_stays_removed_when_an_older_message_comes_again(index: Index) -> None:
    number = new_child_number()
    targets = await index.targets()
    await index.keep([RecordRemoved(child_number=number, revision=2, reason="withdrawn")], targets)
    await index.keep([published(number, 1)], targets)
    await index.refresh()
    assert await index.get(number, {"northshire"}) is None


async def test_a_number_leads_to_records_of_the_authorities_that_are_asked_about_also_through_a_merge(
    index: Index,
) -> None:
    younger, elder, targets = new_child_number(), new_child_number(), await index.targets()
    removed = RecordRemoved(child_number=younger, revision=2, reason="merged", superseded_by=elder)
    await index.keep([removed, published(elder, 2)], targets)
    await index.refresh()
    for number in (younger, elder):
        hit = await index.get(number, {"northshire"})
        assert hit is not None
        assert hit.record.child_number == elder
        assert await index.get(number, {"eastmoor"}) is None
    await index.keep([published(elder, 3, shielded=True)], targets)
    await index.refresh()
    hit = await index.get(younger, {"eastmoor"})
    assert hit is not None
    assert hit.record.shielded


def merged(by: str) -> RecordRemoved:
    """The stub of a number that was merged into another."""
    return RecordRemoved(child_number=new_child_number(), revision=2, reason="merged", superseded_by=by)


async def test_a_look_that_finds_nobody_costs_the_same_whatever_the_index_knows_of_the_number(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = RecordRemoved(child_number=new_child_number(), revision=3, reason="withdrawn")
    elsewhere = published(new_child_number(), 3)
    unlisted = published(new_child_number(), 3, shielded=True).model_copy(update={"findable": None})
    formers = [merged(each.child_number) for each in (held, unlisted, elsewhere)]
    before_that = merged(formers[0].child_number)
    known = [held, elsewhere, unlisted, *formers, before_that]
    await index.keep(known, await index.targets())
    await index.refresh()
    search, handed_over = index.client.search, list[int]()

    async def counted(**body: Any) -> Any:
        answer = await search(**body)
        handed_over.append(len(answer["hits"]["hits"]))
        return answer

    monkeypatch.setattr(index.client, "search", counted)
    costs = []
    for number in (new_child_number(), *(each.child_number for each in known)):
        handed_over.clear()
        assert await index.get(number, {"eastmoor"}) is None
        costs.append(tuple(handed_over))
    # As many requests, and each is handed one document: to hand one over takes longer than none.
    assert set(costs) == {(1,) * len(costs[0])}


async def test_a_number_leads_to_the_record_through_several_merges(index: Index) -> None:
    last, targets = published(new_child_number(), 3), await index.targets()
    stubs = [merged(last.child_number)]
    for _ in range(3):
        stubs.append(merged(stubs[-1].child_number))
    await index.keep([last, *stubs], targets)
    await index.refresh()
    for each in (last, *stubs):
        hit = await index.get(each.child_number, {"northshire"})
        assert hit is not None
        assert hit.record.child_number == last.child_number


async def test_whoever_is_shielded_again_after_a_lift_is_rewritten_once_that_shield_is_in_the_index(
    index: Index,
) -> None:
    number, targets = new_child_number(), await index.targets()
    for record in (published(number, 1), published(number, 2, shielded=True, under=3)):
        await index.keep([record], targets)
    await index.refresh()
    assert await index.rewritten({number: 3}) == {number: 2}
    # The lift's revision is still on its way, and it is open.
    assert await index.rewritten({number: 5}) == {}
    unheard_of = new_child_number()
    assert await index.rewritten({unheard_of: 5, number: 3}) == {unheard_of: None, number: 2}
    removed = RecordRemoved(child_number=number, revision=4, reason="withdrawn", redacted_under=5)
    for revision, record in (
        (3, published(number, 3)),
        (4, removed),
        (5, published(number, 5, shielded=True, under=6)),
    ):
        await index.keep([record], targets)
        await index.refresh()
        assert await index.rewritten({number: 5}) == ({} if revision == 3 else {number: revision})


async def overwritten_on_disk(index: Index) -> int:
    """How many overwritten documents the index's segments still hold."""
    answer = await index.client.indices.segments(index=f"{index.alias}-*")
    shards = (copy for about in answer["indices"].values() for each in about["shards"].values() for copy in each)
    return sum(segment["deleted_docs"] for copy in shards for segment in copy["segments"].values())


async def test_an_overwritten_document_is_gone_from_the_disk_once_no_lease_holds_it(index: Index) -> None:
    number, segments = new_child_number(), Segments(index)
    await index.keep([published(number, 1)], await index.targets())
    assert await segments.open_copies([number]) == {number}
    await index.keep([published(number, 2, shielded=True)], await index.targets())
    assert await segments.open_copies([number]) == set()
    written, stale = await segments.written(), await segments.with_overwritten()
    assert stale
    for _ in range(240):
        if not await segments.held_since(written):
            break
        await asyncio.sleep(0.5)
    await segments.let_go()
    assert not stale & await segments.with_overwritten()
    assert await overwritten_on_disk(index) == 0


async def test_a_copy_in_an_index_that_a_rebuild_left_behind_is_seen(index: Index) -> None:
    number, segments = new_child_number(), Segments(index)
    left_behind = await index.create("left-behind", "t-no-alias")
    await index.keep([published(number, 1)], [left_behind])
    await index.keep([published(number, 2, shielded=True)], await index.targets())
    assert await segments.open_copies([number]) == {number}
    assert await segments.older_copies({number: 2}) == {number}
    assert await segments.older_copies({number: 1}) == set()
    assert await index.versions([number, new_child_number()]) == {number: 2}
    await index.client.indices.delete(index=left_behind)
    assert await segments.open_copies([number]) == set()
    assert await segments.older_copies({number: 3}) == set()
