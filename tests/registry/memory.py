"""Child records in memory, as the store keeps them; it passes the store's own tests (test_store.py)."""

from __future__ import annotations

import types
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from typing import Any

from services.registry.children import ChildRecord
from services.registry.documents import Document, child_of, document_of
from services.registry.wanted import Wanted

_FIELDS = {
    "sources": "source_keys",
    "keys": "match_keys",
    "wide": "wide_keys",
    "ruled": "lineage",
    "numbers": "_id",
}


@types.coroutine
def _elsewhere() -> Generator[None, None, None]:
    """Let somebody else go on; whoever drives the coroutine decides who."""
    yield


class MemoryRecords:
    """The part of the store that settling uses; before each act somebody else may have theirs."""

    def __init__(self, *, shared: dict[str, Document] | None = None, yields: bool = False) -> None:
        self.documents = {} if shared is None else shared
        self.saw: list[object] = []
        """What it answered so far: all that its user's further acts depend on."""
        self._yields = yields

    async def near(self, wanted: Wanted) -> list[ChildRecord]:
        """The children that have one of the wanted words."""
        return [child_of(each) for each in await self._found(wanted)]

    async def glance(self, wanted: Wanted) -> dict[str, int]:
        """Their child numbers and revisions."""
        return {each["_id"]: each["revision"] for each in await self._found(wanted)}

    async def get(self, numbers: Iterable[str]) -> list[ChildRecord]:
        """The records with these child numbers."""
        return await self.near(Wanted(numbers=set(numbers)))

    async def intend(self, looking: Collection[str], numbers: Collection[str]) -> str:
        """Nothing dies here."""
        return ""

    async def keep(self, steps: Sequence[Sequence[ChildRecord]], before: Mapping[str, int]) -> bool:
        """Write each step whole, where its records still have the revisions in ``before``."""
        await self._others_may_act()
        kept = True
        for step in steps:
            if all(self._revision(child.number) == before.get(child.number) for child in step):
                for child in step:
                    self.documents[child.number] = document_of(child)
            else:
                kept = False
        self.saw.append(kept)
        return kept

    async def _others_may_act(self) -> None:
        if self._yields:
            await _elsewhere()

    def _revision(self, number: str) -> int | None:
        return self.documents[number]["revision"] if number in self.documents else None

    async def _found(self, wanted: Wanted) -> list[Document]:
        await self._others_may_act()
        found = [each for each in self.documents.values() if _fits(each, wanted)]
        if self._yields:
            self.saw.append(tuple((each["_id"], each["revision"], repr(each)) for each in found))
        return found


def _fits(document: Mapping[str, Any], wanted: Wanted) -> bool:
    for name, field in _FIELDS.items():
        has = document.get(field, [])
        if getattr(wanted, name) & ({has} if isinstance(has, str) else set(has)):
            return True
    return False
