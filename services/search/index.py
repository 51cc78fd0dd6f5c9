"""The index in Elasticsearch: external versions, several requests in flight, and an alias to rebuild behind.

Reads go through the alias ``records``. Writes go to every index that bears it or ``records-next``, so that an
index being built misses nothing that happens meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from elasticsearch import ApiError, AsyncElasticsearch, TransportError
from elasticsearch.helpers import async_bulk
from elasticsearch.serializer import OrjsonSerializer

from contracts.records import RecordPublished, RecordRemoved
from services.search.documents import MAPPINGS, Held, Hit, by_number, document, held, hit_of, redacted
from services.search.settings import ElasticsearchSettings

ERRORS = (ApiError, TransportError)
REQUEST_TIMEOUT = 5.0
"""Seconds within which Elasticsearch must answer."""
_CHUNK = 500
_IN_FLIGHT = 3
_NEWER_ALREADY = 409
_REFUSED = 400
_LOOKS = 5
"""A stub leads to the next number, not to the last: so many are looked at, the record's own among them."""


class IndexBusyError(Exception):
    """The index could not take a write just now; the same write may succeed later."""


class UnindexableError(Exception):
    """A document does not fit the index, and never will."""


def is_transient(error: Exception) -> bool:
    """Whether Elasticsearch may take the same request later: all but a document that it refuses as such."""
    return isinstance(error, (*ERRORS, IndexBusyError))


class Index:
    """Golden records in Elasticsearch."""

    def __init__(self, settings: ElasticsearchSettings) -> None:
        self.client = AsyncElasticsearch(
            settings.url,
            serializer=OrjsonSerializer(),
            request_timeout=REQUEST_TIMEOUT,
            max_retries=0,
            retry_on_timeout=False,
        )
        self._settings = settings
        self.alias = f"{settings.prefix}records"
        self.next_alias = f"{settings.prefix}records-next"

    async def close(self) -> None:
        """Close the connections."""
        await self.client.close()

    async def answers(self) -> bool:
        """Whether Elasticsearch can be searched now."""
        try:
            return bool(await self.client.indices.exists_alias(name=self.alias))
        except ERRORS:
            return False

    async def prepare(self) -> None:
        """Create the first index with its alias; one that is there learns the fields that have come since."""
        if not await self.client.indices.exists_alias(name=self.alias):
            await self.create("1", self.alias)
        else:
            await self.client.indices.put_mapping(index=f"{self.alias}-*", properties=MAPPINGS["properties"])

    async def create(self, name: str, alias: str) -> str:
        """Create an index bearing ``alias``; whoever else creates it at the same moment has done the same."""
        index = f"{self._settings.prefix}records-{name}"
        try:
            await self.client.indices.create(
                index=index,
                aliases={alias: {}},
                mappings=MAPPINGS,
                settings={
                    "number_of_shards": self._settings.shards,
                    "number_of_replicas": self._settings.replicas,
                    "refresh_interval": self._settings.refresh_interval,
                    # A single overwritten document is reason enough to rewrite a segment, once it is asked for.
                    "index.merge.policy.expunge_deletes_allowed": 0,
                },
            )
        except ApiError as error:
            if error.error != "resource_already_exists_exception":
                raise
        return index

    async def targets(self) -> list[str]:
        """The indexes that every write goes to."""
        found = await self.client.indices.get_alias(index=f"{self.alias}-*")
        names = {self.alias, self.next_alias}
        bearing = sorted(name for name, each in found.items() if not names.isdisjoint(each["aliases"]))
        if not bearing:
            raise IndexBusyError  # writing nowhere would pass for written
        return bearing

    async def keep(self, records: Iterable[RecordPublished | RecordRemoved], targets: Sequence[str]) -> None:
        """Write the records; what the index already has newer stays. Raises where a write should be repeated."""
        newest: dict[str, RecordPublished | RecordRemoved] = {}
        for record in records:
            known = newest.get(record.child_number)
            if known is None or known.revision < record.revision:
                newest[record.child_number] = record
        actions = [_action(record, target) for record in newest.values() for target in targets]
        gate = asyncio.Semaphore(_IN_FLIGHT)
        await asyncio.gather(
            *(self._write(actions[at : at + _CHUNK], gate) for at in range(0, len(actions), _CHUNK))
        )

    async def _write(self, actions: Sequence[dict[str, Any]], gate: asyncio.Semaphore) -> None:
        async with gate:
            _, failed = await async_bulk(
                self.client, actions, chunk_size=_CHUNK, raise_on_error=False, raise_on_exception=True
            )
        assert isinstance(failed, list)  # noqa: S101 - only stats_only answers a number
        statuses = {item["index"]["status"] for item in failed} - {_NEWER_ALREADY}
        if _REFUSED in statuses:
            raise UnindexableError
        if statuses:
            raise IndexBusyError

    async def refresh(self) -> None:
        """Return once all that was written can be found."""
        await self.client.indices.refresh(index=self.alias)

    async def search(self, body: dict[str, Any]) -> list[Hit]:
        """The hits of a search body."""
        answer = await self.client.search(index=self.alias, **body)
        return [hit_of(each["_source"], each["_score"] or 0.0) for each in answer["hits"]["hits"]]

    async def get(self, child_number: str, authorities: Collection[str]) -> Hit | None:
        """The record of a child number, or of the number that superseded it, if it is of these authorities.

        Where there is none, it takes the same number of requests whatever the index knows of the number: else
        their time told one that leads to somebody who is held from one that nobody ever had.
        """
        for _ in range(_LOOKS):
            answer = await self.client.search(index=self.alias, **by_number(child_number, authorities))
            sources = [hit["_source"] for hit in answer["hits"]["hits"]]
            own = next((source for source in sources if source["child_number"] == child_number), None)
            if own and not own["removed"]:
                return hit_of(own)
            child_number = own["superseded_by"] if own else child_number
        return None

    async def rewritten(self, shields: Mapping[str, int]) -> dict[str, int | None]:
        """Which child numbers a search can find only redacted under these shields, with their revisions.

        Those that it knows nothing of have none.
        """
        found: dict[str, Held] = {}
        asked: set[str] = set()
        while wanted := {*shields, *(each.superseded_by for each in found.values() if each.superseded_by)} - asked:
            found |= await self._held(wanted)
            asked |= wanted
        known = {number for each in found.values() for number in each.supersedes} | found.keys()
        return dict.fromkeys(shields.keys() - known) | redacted(shields, found)

    async def versions(self, numbers: Collection[str]) -> dict[str, int]:
        """Of which revision a search finds the documents of these numbers, stubs included."""
        found = await self._held(numbers)
        return {number: found[number].version for number in numbers if number in found}

    async def _held(self, numbers: Collection[str]) -> dict[str, Held]:
        """The documents that bear these numbers or superseded them, by child number."""
        wanted = sorted(numbers)
        either = [{"terms": {"child_number": wanted}}, {"terms": {"supersedes": wanted}}]
        answer = await self.client.search(
            index=self.alias,
            query={"bool": {"should": either, "minimum_should_match": 1}},
            source_includes=[
                "child_number",
                "supersedes",
                "superseded_by",
                "shielded",
                "removed",
                "redacted_under",
            ],
            size=min(2 * len(wanted), 10_000),
            version=True,
        )
        hits = answer["hits"]["hits"]
        return {hit["_source"]["child_number"]: held(hit["_source"], hit["_version"]) for hit in hits}


def _action(record: RecordPublished | RecordRemoved, target: str) -> dict[str, Any]:
    return {
        "_index": target,
        "_id": record.child_number,
        "_version": record.revision,
        "_version_type": "external",
        "_source": document(record),
    }
