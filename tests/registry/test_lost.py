"""Of whom the stream tells and a restored store does not know, nothing is told any more, and the shield covers."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from contracts.base import Message
from contracts.child_number import new_child_number
from contracts.codec import encode, read
from contracts.records import RECORD_REVISIONS, RecordPublished, RecordRemoved, RecordRevision
from runtime.settings import KafkaSettings
from services.registry import queue
from services.registry.access import may_decide
from services.registry.batches import SHIELDED_TOGETHER
from services.registry.children import ChildRecord, Verdict
from services.registry.documents import child_of, document_of
from services.registry.keeping import Act, Settled
from services.registry.lost import Lost, lost_among
from services.registry.matters import matter_of
from services.registry.recalling import Recalling
from services.registry.redaction import announcements
from services.registry.wanted import Wanted
from tests.children import address, nhs
from tests.registry.settled import Area, change
from tests.registry.test_announcing import ReadLate

WHO: dict[str, Any] = {"given": "Amelia", "family": "Okafor", "born": "2015-04-09"}
REPORT: dict[str, Any] = {
    **WHO,
    "addresses": [address("4 Mill Lane", "NW7 4QT")],
    "identifiers": [nhs("9990000018")],
}


def as_read(message: Message) -> RecordRevision:
    """A message as the registry reads its own stream back."""
    found = read(RECORD_REVISIONS, encode(message))
    assert isinstance(found, RecordRevision)
    return found


def said_of(child: ChildRecord) -> list[RecordRevision]:
    """What is said of a child and of the numbers that lead to it."""
    return [as_read(each) for each in announcements(child, lambda _: ())]


class Recalled(Recalling):
    """Recalls from a stream of which this is left."""

    def __init__(self, area: Area, stream: Iterable[RecordRevision], *shields: str) -> None:
        self.shields = ReadLate()
        for offset, number in enumerate(shields, 1):
            self.shields.take(offset, number, "s", lifted=False)
        area.in_force |= self.shields.in_force()
        super().__init__(KafkaSettings(), area.records, area.keeper, self.shields)  # type: ignore[arg-type]
        self.stream = list(stream)
        self.reads = 0

    async def _heard_of(self, numbers: Collection[str]) -> dict[str, Lost]:
        self.reads += 1
        return lost_among([each for each in self.stream if each.child_number in numbers], ())


def before(*, shielded: bool) -> tuple[str, list[RecordRevision]]:
    """A child first reported after the backup: its number, and what the stream still says of it."""
    area = Area()
    area.settle(change("school", **REPORT))
    if shielded:
        area.shield(area.of("school/1").number)
    child = area.of("school/1")
    return child.number, said_of(child)


def restored(*, shielded: bool) -> tuple[Area, str]:
    """The registry after its start on a store that does not know the child, which has been read of by then."""
    number, stream = before(shielded=shielded)
    area = Area()
    recalling = Recalled(area, stream, *([number] if shielded else []))
    if shielded:
        asyncio.run(recalling.shielded(()))
    else:
        asyncio.run(recalling.heard(stream, {}))
    return area, number


def say(area: Area, what: Literal["same", "different"]) -> None:
    """A data manager's word on the lost child and the one reported anew."""
    (lost,) = (record.key for child in area.children.values() for record in child.sources if not record.live)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    area.say(Verdict("v", what, frozenset({lost}), frozenset({"school/1"}), "a-manager", at, "because"))


def test_a_shielded_child_whom_the_store_lost_holds_whoever_is_reported_anew() -> None:
    area, number = restored(shielded=True)
    lost = area.children[number]
    assert (lost.shielded, lost.visible) == (True, False)
    (told,) = announcements(lost, lambda _: ())
    assert isinstance(told, RecordRemoved)
    assert (told.revision, told.redacted_under) == (before(shielded=True)[1][0].revision + 1, 1)
    assert child_of(document_of(lost)) == lost
    area.settle(change("school", **REPORT))
    held = area.of("school/1")
    assert (held.number != number, held.held, announcements(held, lambda _: ())) == (True, True, [])


@pytest.mark.parametrize("what", ["same", "different"])
def test_nobody_being_responsible_for_it_any_more_whoever_reports_it_anew_decides(
    what: Literal["same", "different"],
) -> None:
    area, number = restored(shielded=True)
    area.settle(change("school", **REPORT))
    lost, held = area.children[number], area.of("school/1")
    matter = matter_of(held)
    assert matter is not None
    assert (matter.authority, matter.harm, matter_of(lost)) == ("northshire", 3, None)
    (hold,) = queue.reviews([held], [lost], "northshire")
    assert hold.kind == "hold"
    assert not may_decide(lost, held, "eastmoor")
    say(area, what)
    now = area.of("school/1")
    if what == "same":
        assert (number in now.lineage, now.shielded, now.visible) == (True, True, True)
    else:
        assert (now.number, now.shielded, now.visible) == (held.number, False, True)


def test_who_is_held_for_a_child_of_another_authority_too_stays_that_ones_to_decide() -> None:
    area, _ = restored(shielded=True)
    theirs = {"family": "Ward", "responsible_authority": "eastmoor", "identifiers": [], "addresses": []}
    area.settle(change("gp", **{**REPORT, **theirs}))
    area.shield(area.of("gp/1").number)
    area.settle(change("school", **REPORT))
    assert matter_of(area.of("school/1")) is not None
    say(area, "different")
    held, other = area.of("school/1"), area.of("gp/1")
    assert held.held
    assert (may_decide(held, other, "northshire"), may_decide(held, other, "eastmoor")) == (False, True)
    assert matter_of(held) is None


def test_a_child_whom_the_store_lost_is_told_under_its_new_number_alone() -> None:
    area, number = restored(shielded=False)
    (told,) = said_of(area.children[number])
    assert (told.type, told.revision) == ("record-removed", before(shielded=False)[1][0].revision + 1)
    area.settle(change("school", **REPORT))
    assert (area.of("school/1").number != number, area.of("school/1").visible) == (True, True)
    assert matter_of(area.children[number]) is None


def test_a_shield_on_the_old_number_covers_the_child_under_the_new_one() -> None:
    area, number = restored(shielded=False)
    area.settle(change("school", **{**REPORT, "responsible_authority": "eastmoor"}))
    area.shield(number)
    lost, held = area.children[number], area.of("school/1")
    assert (lost.shielded, held.held) == (True, True)
    # Who was responsible is known, since it was published.
    assert (may_decide(lost, held, "northshire"), may_decide(lost, held, "eastmoor")) == (True, False)
    say(area, "same")
    assert area.of("school/1").shielded
    assert number in area.of("school/1").lineage


def test_whoever_was_shielded_while_it_was_recalled_is_covered() -> None:
    number, stream = before(shielded=False)
    area = Area()
    area.settle(change("school", **REPORT))
    recalling = Recalled(area, stream)

    async def read_late() -> None:
        area.in_force[number] = 7

    recalling.shields.known_as_of_now = read_late  # type: ignore[method-assign]
    asyncio.run(recalling.heard(stream, {}))
    assert (area.children[number].shielded, area.of("school/1").held) == (True, True)


def test_whatever_is_left_in_the_stream_of_a_shielded_child_serves_to_recognise_it() -> None:
    number, stream = before(shielded=False)
    gone = as_read(RecordRemoved(child_number=number, revision=9, reason="withdrawn", redacted_under=1))
    area = Area()
    asyncio.run(Recalled(area, [*stream, gone], number).shielded(()))
    assert area.children[number].revision > 9
    # By its home alone: under its shield less is said of it.
    area.settle(change("care", given="Amelia", family="Else", born="2015-04-09", addresses=REPORT["addresses"]))
    assert area.of("care/1").held


@pytest.mark.parametrize("known", [True, False])
def test_the_shield_of_a_number_that_was_merged_covers_whoever_it_leads_to(known: bool) -> None:
    number, _ = before(shielded=True)
    area = Area()
    area.settle(change("school", **REPORT))
    elder = area.of("school/1")
    merged = RecordRemoved(child_number=number, revision=5, reason="merged", superseded_by=elder.number)
    said = [as_read(merged), *said_of(elder)]
    area = area if known else Area()
    recalling = Recalled(area, said, number)
    asyncio.run(recalling.shielded(()))
    assert area.children[elder.number].shielded
    assert number not in area.children
    assert recalling.reads == (1 if known else 2)


@pytest.mark.parametrize("in_force", [True, False])
def test_who_was_said_to_be_under_a_shield_that_is_in_force_is_so_though_the_store_forgot_the_merge(
    in_force: bool,
) -> None:
    area = Area()
    area.settle(change("school", **REPORT))
    elder, other = area.of("school/1"), "4010232137"
    recalling = Recalled(area, [], *([other] if in_force else []))
    word = RecordRemoved(child_number=elder.number, revision=9, reason="withdrawn", redacted_under=1)
    present = {elder.number: elder.revision}
    asyncio.run(recalling.heard([as_read(word)], present))
    now = area.children[elder.number]
    assert now.shielded == in_force
    assert (other in now.lineage) == in_force
    # Said once more it changes nothing.
    asyncio.run(recalling.heard([as_read(word)], present))
    assert area.children[elder.number] == now


def test_who_is_lost_and_was_under_anothers_shield_is_recalled_under_that() -> None:
    number, stream = before(shielded=True)
    other = "4010232137"
    area = Area()
    asyncio.run(Recalled(area, [], other).heard(stream, {}))
    assert other in area.children[number].lineage
    area.settle(change("school", **REPORT))
    assert area.of("school/1").held


def test_a_number_that_leads_nowhere_is_asked_for_once() -> None:
    number, _ = before(shielded=True)
    merged = RecordRemoved(child_number=number, revision=5, reason="merged", superseded_by="4010232137")
    recalling = Recalled(Area(), [as_read(merged)], number)
    asyncio.run(recalling.shielded(()))
    assert recalling.reads == 2


def test_the_stream_is_not_read_where_everybody_is_known_or_expected() -> None:
    number, stream = before(shielded=True)
    recalling = Recalled(Area(), stream, number, "0289107067")
    asyncio.run(recalling.shielded({number}))
    assert recalling.reads == 0


def test_who_was_removed_is_not_brought_back_and_who_is_known_is_left_alone() -> None:
    number, stream = before(shielded=False)
    gone = as_read(RecordRemoved(child_number=number, revision=9, reason="merged", superseded_by="4010232137"))
    area = Area()
    assert asyncio.run(Recalled(area, []).heard([*stream, gone], {})) == []
    assert asyncio.run(Recalled(area, []).heard(stream, {number: stream[-1].revision})) == []
    assert area.children == {}


def test_whoever_is_not_in_the_stream_either_is_left_to_the_fence_alone() -> None:
    number, _ = before(shielded=True)
    area = Area()
    asyncio.run(Recalled(area, [], number).shielded(()))
    assert area.children == {}


def test_who_is_lost_is_told_by_the_last_word_whatever_the_order() -> None:
    whole = as_read(
        RecordPublished.model_validate(
            {
                "child_number": "4010232137",
                "revision": 3,
                "shielded": False,
                "identity": {"names": [{"family": "Okafor"}], "date_of_birth": "2015-04-09", "gender": "female"},
                "responsible_authority": "northshire",
            },
            strict=False,
        )
    )
    gone = as_read(RecordRemoved(child_number="4010232137", revision=5, reason="withdrawn"))
    for order in ([whole, gone, gone], [gone, whole]):
        (lost,) = lost_among(order, ()).values()
        assert (lost.revision, lost.removed, lost.authority, len(lost.likenesses)) == (5, True, "northshire", 1)
    assert lost_among([whole], {"4010232137"}) == {}


def test_however_many_are_lost_they_are_recalled_some_at_a_time() -> None:
    numbers = [new_child_number() for _ in range(2 * SHIELDED_TOGETHER + 1)]
    (_, (said, *_)) = before(shielded=True)
    area = Area()
    recalling = Recalled(area, [said.model_copy(update={"child_number": each}) for each in numbers], *numbers)
    together: list[int] = []
    settle = area.keeper.settle

    async def watched(act: Act, wanted: Wanted | None = None) -> Settled:
        together.append(len(wanted.numbers) if wanted else 0)
        return await settle(act, wanted)

    area.keeper.settle = watched  # type: ignore[method-assign]
    asyncio.run(recalling.shielded(()))
    assert {number for number in numbers if area.children[number].shielded} == {*numbers}
    assert together == [SHIELDED_TOGETHER, SHIELDED_TOGETHER, 1] * 2
