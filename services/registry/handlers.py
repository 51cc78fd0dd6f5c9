"""The registry's handlers, one a stream: decide, keep, announce."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from contracts.child_number import is_expected
from contracts.records import RECORD_REVISIONS, RecordRevision
from contracts.shields import (
    OVERRIDES,
    SHIELDS,
    HoldsCounted,
    OverrideEnded,
    OverrideGranted,
    RecordWithheld,
    ShieldApplied,
    ShieldLifted,
    ShieldPlaced,
)
from contracts.sources import SOURCE_CHANGES, SourceChange
from runtime import clock
from runtime.bus import Bus
from runtime.delivery import Delivered
from services.registry.announcing import UNAWARE, Announcer
from services.registry.batches import SETTLED_TOGETHER, SHIELDED_TOGETHER, batches
from services.registry.children import ChildRecord, ShieldMark
from services.registry.expecting import Open, Told, told_by
from services.registry.keeping import Keeper, Part, Settled
from services.registry.settling import Settling
from services.registry.shielding import leading_to, pending_holds, united, withheld_for
from services.registry.sources import arrived
from services.registry.wanted import Wanted

if TYPE_CHECKING:
    from services.registry.grants import Grants
    from services.registry.memos import Memos
    from services.registry.recalling import Recalling
    from services.registry.store import Records


def attach(
    bus: Bus,
    records: Records,
    grants: Grants,
    keeper: Keeper,
    announcer: Announcer,
    *,
    memos: Memos,
    recalling: Recalling,
    open_: Open,
) -> None:
    """Subscribe the registry to its streams; ``open_`` opens what is sealed to it."""

    @bus.on(SOURCE_CHANGES)
    async def on_source_changes(changes: Sequence[Delivered[SourceChange]]) -> None:
        """Bring golden records up to date; replaying a batch changes nothing and announces again."""
        parts = parts_of([each.message for each in changes])
        await announcer.fulfil(await keeper.settle_in_turn(parts, announcer.publish))

    @bus.on(SHIELDS, group="registry-shields")
    async def on_shields(events: Sequence[Delivered[ShieldPlaced | ShieldLifted | RecordWithheld]]) -> None:
        """Mark the records, publish them redacted or whole, and say so once the mark is durable.

        Whom officers expect has a record from now on.
        """
        said = on_children(events)
        since = min((each.message.occurred_at for each in said), default=clock.now()) - UNAWARE
        told = told_by((each.message for each in said), open_)
        for words in some_at_a_time(said_by(said)):
            began = clock.now()
            settled = await mark(keeper, words, since, told)
            await announcer.announce(settled)
            written = receipts(words, settled.children)
            await memos.ask(withheld_by(written))
            await bus.publish_all([*written, *holds(words, settled.children, began)])

    @bus.on(OVERRIDES, group="registry-overrides")
    async def on_overrides(said: Sequence[Delivered[OverrideGranted | OverrideEnded]]) -> None:
        """Keep who may see what in an emergency, and what has ended."""
        await grants.keep([each.message for each in said], clock.now())

    @bus.on(RECORD_REVISIONS, group="registry-echo")
    async def on_own_records(echoes: Sequence[Delivered[RecordRevision]]) -> None:
        """Publish again what was overtaken, so that the last word is the newest; count what is held.

        So it is with what is older here than was said of it: the store was restored from a backup. Of whom it
        knows nothing then, nothing is said any more. Which numbers a shielded child has come to since is told.
        """
        began = clock.now()
        last = {each.message.child_number: each.message for each in echoes}
        present = await records.revisions(last)
        for settled in await recalling.heard([each.message for each in echoes], present):
            await announcer.announce(settled)
        otherwise = said_otherwise({number: each.revision for number, each in last.items()}, present)
        await records.outrun(otherwise)
        await announcer.publish(await records.get(otherwise) if otherwise else ())
        # What is published of whom only officers know does not say that it is shielded.
        shielded = [number for number, said in last.items() if said.shielded or is_expected(number)]
        children = await records.get(shielded) if shielded else []
        others = await records.in_doubt_with(children)
        told = named(children, others)
        await memos.ask(withheld_by(told))
        await bus.publish_all([*told, *holds({}, children, began)])


def said_otherwise(last: Mapping[str, int], present: Mapping[str, int]) -> dict[str, int]:
    """Of whom the last word is of another revision than the record, with that revision: they are said again."""
    return {number: last[number] for number, revision in present.items() if revision != last[number]}


def parts_of(changes: Sequence[SourceChange]) -> Iterator[Part]:
    """A batch in the parts that are settled one after the other."""
    return map(taking_in, batches(changes, SETTLED_TOGETHER))


def taking_in(changes: Sequence[SourceChange]) -> Part:
    """How changes are settled together."""
    now = clock.now()
    arrivals = [arrived(each, now) for each in changes]
    return lambda settling: settling.settle(arrivals), Wanted(sources={each.key for each in arrivals})


def on_children(
    events: Sequence[Delivered[ShieldPlaced | ShieldLifted | RecordWithheld]],
) -> list[Delivered[ShieldPlaced | ShieldLifted]]:
    """The words on shields; which records are withheld the registry has told itself."""
    words = (ShieldPlaced, ShieldLifted)
    return [Delivered(each.message, each.origin) for each in events if isinstance(each.message, words)]


def said_by(events: Sequence[Delivered[ShieldPlaced | ShieldLifted]]) -> dict[str, ShieldMark]:
    """What the words say of each child number."""
    words: dict[str, ShieldMark] = {}
    for each in events:
        said, placed = each.message, isinstance(each.message, ShieldPlaced)
        word = ShieldMark.said(said.shield_id, each.origin.offset, placed=placed)
        words = united(words, {said.child_number: word})
    return words


def some_at_a_time(words: Mapping[str, ShieldMark]) -> Iterator[dict[str, ShieldMark]]:
    """So many of the words as are noted together."""
    return map(dict, batches(words.items(), SHIELDED_TOGETHER))


async def mark(
    keeper: Keeper, words: Mapping[str, ShieldMark], since: datetime, told: Iterable[Told] = ()
) -> Settled:
    """Note the words on the shields in every record they rule; return those, and whoever is held or released.

    What parted from one of them after ``since`` is shielded too. ``told`` is what officers say of children whom
    they expect; those whom these words are not about are left out.
    """
    told = [each for each in told if each.number in words]

    def act(settling: Settling) -> None:
        settling.shield(words.get)
        settling.cover_parted(words, since)
        for each in told:
            settling.expect(each.number, words.get(each.number), each.arrival)
        settling.tell(words)

    numbers, keys = {each.number for each in told}, {each.arrival.key for each in told}
    return await keeper.settle(act, Wanted(ruled=set(words), numbers=numbers, sources=keys))


def receipts(words: Mapping[str, ShieldMark], children: Sequence[ChildRecord]) -> list[ShieldApplied]:
    """One receipt for each shield placed; without a revision where no record bears the number.

    It names every other number that leads to a record ruled by the shield, and the records that are held for it.
    """
    revisions = {number: child.revision for child in children for number in child.lineage}
    return [
        ShieldApplied(
            service="registry",
            child_number=number,
            shield_offset=word.offset,
            record_revision=revisions.get(number),
            numbers=tuple(sorted(leading_to(number, children) - {number})) or None,
            withheld=withheld_for(number, children) or None,
            occurred_at=clock.now(),
        )
        for number, word in words.items()
        if word.placed
    ]


def named(children: Iterable[ChildRecord], others: Sequence[ChildRecord] = ()) -> list[ShieldApplied]:
    """A receipt for each shield of a child that has other numbers too: a merge or a split may have come after it.

    Until the shield is on those as well, whoever still holds a record of before that may show it. So it is with
    those of ``others`` who are held for the child's sake.
    """
    told = (
        receipts({number: mark for number, mark in child.marks.items() if mark.placed}, [child, *others])
        for child in children
    )
    return [receipt for each in told for receipt in each if receipt.numbers or receipt.withheld]


def withheld_by(receipts: Iterable[ShieldApplied]) -> dict[str, list[str]]:
    """For each shielded number the records that are withheld for it, each with the revision."""
    return {
        receipt.child_number: [f"{each.child_number}/{each.revision}" for each in receipt.withheld]
        for receipt in receipts
        if receipt.withheld
    }


def holds(
    words: Mapping[str, ShieldMark], children: Iterable[ChildRecord], counted_at: datetime
) -> list[HoldsCounted]:
    """For each shielded number how many records wait to be told from its child; none where no record bears it.

    ``counted_at`` is a moment before the children were read: of two counts the later began to look later.
    """
    counts = {number: 0 for number, word in words.items() if word.placed}
    for child in children:
        counts |= {number: pending_holds(child) for number, mark in child.marks.items() if mark.placed}
    return [
        HoldsCounted(child_number=number, pending=pending, occurred_at=counted_at)
        for number, pending in counts.items()
    ]
