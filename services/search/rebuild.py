"""A new index beside the old one, built from the stream, and the alias switched when it is complete."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from contracts.codec import UnreadableError, decode
from contracts.records import RECORDS, RecordPublished, RecordRemoved
from runtime.overlay import Overlay
from runtime.settings import KafkaSettings
from runtime.shields import Shields
from runtime.whole import whole
from services.search.index import REQUEST_TIMEOUT, Index


async def rebuild(
    index: Index, shields: Shields, settings: KafkaSettings, progress: Callable[[int, int], None]
) -> int:
    """Build, switch and drop the old index; returns how many messages were read.

    What the stream still has of whoever is shielded or withheld now, from before that, is not written at all: in
    the new index it would be overwritten, and its trace would stay on the disk after others were found forgotten.

    From the moment the new index exists, the running service writes to both. What it wrote before lies
    before the stream's end as taken after that moment, and is read here. So when the alias is switched the
    new index lacks nothing, and no reader ever meets an empty one.
    """
    old = await index.targets()
    new = await index.create(time.strftime("%Y%m%d%H%M%S", time.gmtime()), index.next_alias)
    read = 0
    async for records, of in whole("search", settings, RECORDS):
        readable = _readable(records)
        while not await shields.trusted_soon():
            pass
        await index.keep([each for each in readable if not hides(each, shields)], [new])
        read += len(records)
        progress(read, of)
    await index.client.indices.refresh(index=new)
    await _switch(index, old, new)
    return read


def hides(record: RecordPublished | RecordRemoved, shields: Shields | Overlay) -> bool:
    """Whether the record tells what the shields of now hide."""
    if isinstance(record, RecordRemoved) or record.shielded:
        return False
    numbers = (record.child_number, *(record.supersedes or ()))
    return shields.any(numbers) or shields.holds(record.child_number, record.revision)


def _readable(records: list[Any]) -> list[RecordPublished | RecordRemoved]:
    readable = []
    for record in records:
        try:
            message = decode(RECORDS, record.value, record.key)
        except UnreadableError:
            continue  # the running service has set it aside already
        if isinstance(message, (RecordPublished, RecordRemoved)):
            readable.append(message)
    return readable


async def _switch(index: Index, old: list[str], new: str) -> None:
    await index.client.indices.update_aliases(
        actions=[
            {"add": {"index": new, "alias": index.alias}},
            {"remove": {"index": new, "alias": index.next_alias}},
            *({"remove": {"index": name, "alias": "*"}} for name in old),
        ]
    )
    # A search that is under way on an old index ends within the client's own time limit.
    await asyncio.sleep(REQUEST_TIMEOUT)
    for name in old:
        await index.client.indices.delete(index=name)
