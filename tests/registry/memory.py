"""Child records in memory, as the store keeps them: it passes the same tests as the store (test_store.py)."""

from __future__ import annotations

import types
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from runtime import clock
from services.registry.children import ChildRecord
from services.registry.documents import Document, child_of, document_of
from services.registry.intentions import Intention, Tally
from services.registry.sources import to_millisecond
from services.registry.store import FIELDS
from services.registry.wanted import Wanted


@types.coroutine
def _elsewhere() -> Generator[None, None, None]:
    """Let somebody else go on; whoever drives the coroutine decides who."""
    yield


class MemoryRecords:
    """The part of the store that settling uses; before each act somebody else may have theirs."""

    def __init__(
        self,
        *,
        shared: dict[str, Document] | None = None,
        kept: dict[str, int] | None = None,
        intentions: dict[str, Intention] | None = None,
        process: str = "",
        yields: bool = False,
    ) -> None:
        self.documents = {} if shared is None else shared
        self.kept = {} if kept is None else kept
        self.intentions = {} if intentions is None else intentions
        self._process = process
        self.saw: list[object] = []
        """What it answered so far: all that its user's further acts depend on."""
        self._yields = yields

    async def near(self, wanted: Wanted) -> list[ChildRecord]:
        """The children that have one of the wanted words."""
        return [child_of(each) for each in await self._found(wanted)]

    async def in_doubt_with(self, children: Iterable[ChildRecord]) -> list[ChildRecord]:
        """Whoever may be one of these children."""
        return await self.near(Wanted(sources={key for child in children for key in child.doubted}))

    async def glance(self, wanted: Wanted) -> dict[str, int]:
        """Their child numbers and revisions."""
        return {each["_id"]: each["revision"] for each in await self._found(wanted)}

    async def get(self, numbers: Iterable[str]) -> list[ChildRecord]:
        """The records with these child numbers."""
        return await self.near(Wanted(numbers=set(numbers)))

    async def all_revisions(self) -> AsyncIterator[tuple[str, int]]:
        """Every child number and its present revision."""
        for each in list(self.documents.values()):
            yield each["_id"], each["revision"]

    async def revisions(self, numbers: Iterable[str]) -> dict[str, int]:
        """The present revision of each child number that exists."""
        return {number: revision for number in numbers if (revision := self._revision(number)) is not None}

    async def intend(self, intention: Intention) -> None:
        """Note what is to be looked at again and announced."""
        self.intentions[intention.id] = replace(intention, at=_now())

    async def fulfil(self, intention: Intention) -> None:
        """Forget an intention, unless more has been intended since it was read."""
        noted = self.intentions.get(intention.id)
        if noted is not None and intention.at in {None, noted.at}:
            del self.intentions[intention.id]

    async def left_behind(self, before: datetime, limit: int = 20) -> list[Intention]:
        """What somebody set out to do before that moment, and has not done."""
        return [each for each in self.intentions.values() if each.at is not None and each.at < before][:limit]

    async def unfinished(self, keys: Collection[str], but: Intention) -> frozenset[str]:
        """Which of these source records are noted in another intention that is open."""
        await self._others_may_act()
        noted = (each.looking for each in self.intentions.values() if each.id != but.id)
        found = frozenset(key for looking in noted for key in looking).intersection(keys)
        self.saw.append(sorted(found))
        return found

    async def tally(self) -> Tally:
        """How often each process has kept something; what others do just then, they might as well do before."""
        self.saw.append(tuple(sorted(self.kept.items())))
        return Tally(dict(self.kept), self._process)

    async def count(self) -> None:
        """Note that this process has kept something."""
        await self._others_may_act()
        self.kept[self._process] = self.kept.get(self._process, 0) + 1

    async def keep(
        self,
        steps: Sequence[Sequence[ChildRecord]],
        before: Mapping[str, int],
        intention: Intention | None = None,
    ) -> frozenset[str]:
        """Write each step whole, with the intention, where its records still have the revisions in ``before``."""
        await self._others_may_act()
        crossed = set[str]()
        for step in steps:
            if all(self._revision(child.number) == before.get(child.number) for child in step):
                for child in step:
                    self.documents[child.number] = document_of(child)
                if intention is not None:
                    self.intentions[intention.id] = replace(intention, at=_now())
            else:
                crossed |= {child.number for child in step}
        self.saw.append(sorted(crossed))
        return frozenset(crossed)

    async def _others_may_act(self) -> None:
        if self._yields:
            await _elsewhere()

    def _revision(self, number: str) -> int | None:
        return self.documents[number]["revision"] if number in self.documents else None

    async def _found(self, wanted: Wanted) -> list[Document]:
        await self._others_may_act()
        found = [each for each in self.documents.values() if _fits(each, wanted)]
        if self._yields:
            self.saw.append(sha256(repr(found).encode()).digest())
        return found


def _now() -> datetime:
    return to_millisecond(clock.now())


def _fits(document: Mapping[str, Any], wanted: Wanted) -> bool:
    for name, (field, _) in FIELDS.items():
        has = document.get(field, [])
        if any(word in getattr(wanted, name) for word in ([has] if isinstance(has, str) else has)):
            return True
    return False


class IndexedRecords(MemoryRecords):
    """The same for one user and many children: found by their words without looking at every one."""

    def __init__(self) -> None:
        super().__init__()
        self._found_by: dict[tuple[str, str], set[str]] = defaultdict(set)

    async def keep(
        self,
        steps: Sequence[Sequence[ChildRecord]],
        before: Mapping[str, int],
        intention: Intention | None = None,
    ) -> frozenset[str]:
        """Write each step whole, and find the children by what they have now."""
        numbers = [child.number for step in steps for child in step]
        for number, words in self._words(numbers):
            self._found_by[words].discard(number)
        crossed = await super().keep(steps, before, intention)
        for number, words in self._words(numbers):
            self._found_by[words].add(number)
        return crossed

    def _words(self, numbers: Iterable[str]) -> Iterator[tuple[str, tuple[str, str]]]:
        for number in numbers:
            document = self.documents.get(number, {})
            for field, _ in FIELDS.values():
                has = document.get(field, [])
                yield from ((number, (field, word)) for word in ([has] if isinstance(has, str) else has))

    async def _found(self, wanted: Wanted) -> list[Document]:
        words = [(field, word) for name, (field, _) in FIELDS.items() for word in getattr(wanted, name)]
        numbers = {number for each in words for number in self._found_by.get(each, ())}
        return [self.documents[number] for number in sorted(numbers)]
