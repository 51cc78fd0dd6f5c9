"""A new index beside the old one, built from the stream, and the alias switched when it is complete."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import compress
from operator import not_
from typing import Any

from contracts.codec import UnreadableError, decode
from contracts.records import RECORDS, RecordPublished, RecordRemoved
from runtime import clock
from runtime.delivery import ContentionError
from runtime.settings import KafkaSettings
from runtime.shields import Shields
from runtime.whole import whole
from services.search.index import REQUEST_TIMEOUT, Index

_REDACTED_WITHIN = 60.0
_LOOK_EVERY = 0.1


class UnfinishedError(Exception):
    """The new index is not searched: it lacks who is shielded, or nobody can tell who is. The text says which."""


async def rebuild(
    index: Index, shields: Shields, settings: KafkaSettings, progress: Callable[[int, int], None]
) -> int:
    """Build, switch and drop the old index; returns how many messages were read.

    What the stream still has of whoever is shielded or withheld now, from before that, is not written at all: in
    the new index it would be overwritten, and its trace would stay on the disk after others were found forgotten.

    From the moment the new index exists, the running service writes to both. What it wrote before lies
    before the stream's end as taken after that moment, and is read here. So when the alias is switched the
    new index lacks nothing, and no reader ever meets an empty one. Raises :class:`UnfinishedError`.
    """
    old = await index.targets()
    new = await index.create(time.strftime("%Y%m%d%H%M%S", time.gmtime()), index.next_alias)
    read, passed_over = 0, set[str]()
    async for records, of in whole("search", settings, RECORDS):
        readable = _readable(records)
        # Of a child whose shield was lifted before the stream's end was taken, what came then must not be missed.
        await (_trusted(shields) if read else _known(shields))
        hidden = [hides(each, shields) for each in readable]
        passed_over |= {each.child_number for each in compress(readable, hidden)}
        await index.keep(compress(readable, map(not_, hidden)), [new])
        read += len(records)
        progress(read, of)
    await _all_there(index, new, passed_over)
    await _switch(index, old, new)
    return read


async def _known(shields: Shields) -> None:
    """Return once every word on a shield is known that is in the stream now."""
    while not shields.broken():
        with suppress(ContentionError):
            return await shields.known_as_of_now()
    raise UnfinishedError("the shield stream has lost words")


async def _trusted(shields: Shields) -> None:
    """Return once the lease holds."""
    while not await shields.trusted_soon():
        if shields.broken():
            raise UnfinishedError("the shield stream has lost words")
        await asyncio.sleep(_LOOK_EVERY)


async def _all_there(index: Index, new: str, numbers: set[str]) -> None:
    """Return once all of these have come, redacted, by the running service: they are found by their numbers."""
    deadline, left = clock.monotonic() + _REDACTED_WITHIN, sorted(numbers)
    while left:
        answer = await index.client.mget(index=new, ids=left, source=False)
        left = [each["_id"] for each in answer["docs"] if not each["found"]]
        if left and clock.monotonic() > deadline:
            raise UnfinishedError(f"of {len(left)} shielded children nothing redacted has been published")
        await asyncio.sleep(_LOOK_EVERY if left else 0)
    await index.client.indices.refresh(index=new)


def hides(record: RecordPublished | RecordRemoved, shields: Shields) -> bool:
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
