"""A new index takes nothing in of what the shields hide, though the stream still has it, on real Elasticsearch."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.child_number import new_child_number
from contracts.codec import encode
from contracts.records import RecordPublished
from runtime.overlay import Overlay
from services.search import rebuild
from services.search.index import Index
from tests.search.test_index import published

SHIELDED, MERGED, TWIN, OPEN = (new_child_number() for _ in range(4))


class Shields(Overlay):
    """The shields of now: known only once they are asked for, and trusted at the second asking."""

    asked = 0

    def broken(self) -> bool:
        """Whether they will never be known."""
        return False

    async def known_as_of_now(self) -> None:
        """A child is shielded by one of two numbers, and what another was in its first revision is withheld."""
        self.take(0, MERGED, "s", lifted=False)
        self.withhold(1, TWIN, 2)

    async def trusted_soon(self) -> bool:
        """Whether they may be relied on."""
        self.asked += 1
        return self.asked > 1


def told(number: str, revision: int, *, shielded: bool = False) -> RecordPublished:
    """A record as it stands in the stream; one child's has superseded a number."""
    supersedes = (MERGED,) if number == SHIELDED else None
    return published(number, revision, shielded=shielded).model_copy(update={"supersedes": supersedes})


async def test_a_new_index_has_never_held_what_is_hidden_when_it_is_built(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = [told(SHIELDED, 1), told(TWIN, 1), told(OPEN, 1)]
    later = [told(SHIELDED, 2, shielded=True), told(TWIN, 2), told(OPEN, 2)]

    async def whole(*_: Any) -> AsyncIterator[tuple[list[Any], int]]:
        for batch in (first, later):
            yield [SimpleNamespace(key=each.key.encode(), value=encode(each)) for each in batch], 6

    monkeypatch.setattr(rebuild, "whole", whole)
    monkeypatch.setattr(rebuild, "REQUEST_TIMEOUT", 0)
    assert await rebuild.rebuild(index, Shields(), None, lambda *_: None) == 6  # type: ignore[arg-type]
    assert await index.versions([SHIELDED, TWIN, OPEN]) == {SHIELDED: 2, TWIN: 2, OPEN: 2}
    stats = await index.client.indices.stats(index=index.alias, metric="indexing")
    # Of the open child both, of the others what is said of them now.
    assert stats["_all"]["primaries"]["indexing"]["index_total"] == 4


async def test_an_index_that_lacks_a_shielded_child_is_not_searched(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def whole(*_: Any) -> AsyncIterator[tuple[list[Any], int]]:
        yield [SimpleNamespace(key=SHIELDED.encode(), value=encode(told(SHIELDED, 1)))], 1

    monkeypatch.setattr(rebuild, "whole", whole)
    monkeypatch.setattr(rebuild, "_REDACTED_WITHIN", 0.0)
    searched = await index.client.indices.get_alias(name=index.alias)
    with pytest.raises(rebuild.UnfinishedError):
        await rebuild.rebuild(index, Shields(), None, lambda *_: None)  # type: ignore[arg-type]
    assert (await index.client.indices.get_alias(name=index.alias)).body == searched.body
