"""Search's handler: keep the index as the registry publishes it, and say when a shielded copy can be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from contracts.records import RECORDS, RecordPublished, RecordRemoved
from contracts.shields import ShieldApplied
from runtime import clock
from runtime.bus import Bus
from runtime.delivery import Delivered
from runtime.shields import Shields

if TYPE_CHECKING:
    from services.search.index import Index


def attach(bus: Bus, index: Index, shields: Shields) -> None:
    """Subscribe search to its stream."""

    @bus.on(RECORDS)
    async def on_records(records: Sequence[Delivered[RecordPublished | RecordRemoved]]) -> None:
        """Index the newest of each record; of the shielded ones, say so once they can be found rewritten."""
        messages = [each.message for each in records]
        await index.keep(messages, await index.targets())
        shielded = [each for each in messages if isinstance(each, RecordPublished) and each.shielded]
        if shielded:
            await index.refresh()
            await bus.publish_all(receipts(shielded, shields))


def receipts(shielded: Sequence[RecordPublished], shields: Shields) -> list[ShieldApplied]:
    """A receipt for each record whose own number is shielded; others inherited their shield."""
    offsets = {each.child_number: shields.offset(each.child_number) for each in shielded}
    return [
        ShieldApplied(
            service="search",
            child_number=each.child_number,
            shield_offset=offset,
            record_revision=each.revision,
            occurred_at=clock.now(),
        )
        for each in shielded
        if (offset := offsets[each.child_number]) is not None
    ]
