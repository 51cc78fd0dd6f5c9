"""Search's handler: keep the index as the registry publishes it, and say when a shielded copy can be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from contracts.records import RECORDS, RecordPublished, RecordRemoved
from runtime.bus import Bus
from runtime.delivery import Delivered
from services.search.hiding import BeingHidden

if TYPE_CHECKING:
    from services.search.index import Index


def attach(bus: Bus, index: Index, hiding: BeingHidden) -> None:
    """Subscribe search to its stream."""

    @bus.on(RECORDS)
    async def on_records(records: Sequence[Delivered[RecordPublished | RecordRemoved]]) -> None:
        """Index the newest of each record; of the shielded ones, say so once they can be found rewritten."""
        messages = [each.message for each in records]
        await index.keep(messages, await index.targets())
        if any(isinstance(each, RecordRemoved) or each.shielded for each in messages):
            await index.refresh()
            await hiding.report()
