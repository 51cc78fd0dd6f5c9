"""What Elasticsearch still has on disk of documents that were overwritten, and how it is made to let go of it.

An overwritten document stays in its segment until that is merged. A merge keeps it all the same while a retention
lease covers it: Elasticsearch holds history for its replicas, and moves the leases every thirty seconds. What came
after the last commit it keeps, too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from services.search.index import Index

_MERGE_WITHIN = 3600.0
_AT_ONCE = 1000

Place = tuple[str, str]
"""An index and the number of a shard."""
Segment = tuple[str, str, str, str]
"""An index, a shard, the node that has the copy, and the segment's name."""


class Segments:
    """The segments of every index of ours, one that a rebuild has left behind included."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._all = f"{index.alias}-*"

    async def open_copies(self, numbers: Collection[str]) -> set[str]:
        """Which of these shielded child numbers lead to a document in any index that is not redacted."""
        sources = [hit["_source"] for hit in await self._open_hits(numbers, "child_number", "supersedes")]
        leading = {number for each in sources for number in (each["child_number"], *each["supersedes"])}
        return leading & set(numbers)

    async def older_copies(self, revisions: Mapping[str, int]) -> set[str]:
        """Which of these child numbers can be found open in any index, as they were before their revision."""
        hits = await self._open_hits(revisions, "child_number")
        found = ((hit["_source"]["child_number"], hit["_version"]) for hit in hits)
        return {number for number, version in found if version < revisions[number]}

    async def _open_hits(self, numbers: Collection[str], *fields: str) -> list[Any]:
        """The documents in any index that are not redacted and have one of the numbers in one of these fields."""
        if not numbers:
            return []
        await self._index.client.indices.refresh(index=self._all)
        hidden = [{"term": {"shielded": True}}, {"term": {"removed": True}}]
        wanted, hits = sorted(numbers), list[Any]()
        for at in range(0, len(wanted), _AT_ONCE):
            either = [{"terms": {field: wanted[at : at + _AT_ONCE]}} for field in fields]
            answer = await self._index.client.search(
                index=self._all,
                query={"bool": {"should": either, "minimum_should_match": 1, "must_not": hidden}},
                source_includes=["child_number", "supersedes"],
                size=10_000,
                version=True,
            )
            hits += answer["hits"]["hits"]
        return hits

    async def written(self) -> dict[Place, int]:
        """The last write of each shard, as a number that grows."""
        shards = await self._shards()
        return {place: max(each["seq_no"]["max_seq_no"] for each in copies) for place, copies in shards}

    async def held_since(self, written: Mapping[Place, int]) -> bool:
        """Whether some shard may still hold history of before these writes."""
        return any(
            lease["retaining_seq_no"] <= written[place]
            for place, copies in await self._shards()
            if place in written
            for copy in copies
            for lease in copy["retention_leases"]["leases"]
        )

    async def with_overwritten(self) -> frozenset[Segment]:
        """The segments that have overwritten documents in them."""
        answer = await self._index.client.indices.segments(index=self._all)
        return frozenset(
            (index, shard, copy["routing"]["node"], name)
            for index, about in answer["indices"].items()
            for shard, copies in about["shards"].items()
            for copy in copies
            for name, segment in copy["segments"].items()
            if segment["deleted_docs"]
        )

    async def let_go(self) -> None:
        """Rewrite every segment that has overwritten documents in it; it takes as long as it takes."""
        client = self._index.client.options(request_timeout=_MERGE_WITHIN)
        # What came after the last commit is history that a merge keeps as well.
        await client.indices.flush(index=self._all)
        await client.indices.forcemerge(index=self._all, only_expunge_deletes=True)
        # Then the log of writes may go that led there, too.
        await client.indices.flush(index=self._all)

    async def _shards(self) -> list[tuple[Place, list[Any]]]:
        answer = await self._index.client.indices.stats(index=self._all, level="shards")
        return [
            ((index, shard), copies)
            for index, about in answer["indices"].items()
            for shard, copies in about["shards"].items()
        ]
