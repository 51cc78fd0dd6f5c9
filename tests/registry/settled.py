"""Hands for tests of settling: changes written out, and children settled in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from contracts.shields import ShieldLifted, ShieldPlaced
from contracts.sources import ChildSupplied, ChildWithdrawn, SourceChange
from runtime import clock
from services.registry import policy
from services.registry.children import ChildRecord, ShieldMark, Verdict
from services.registry.documents import child_of
from services.registry.expecting import told_by
from services.registry.handlers import mark
from services.registry.keeping import Keeper
from services.registry.sources import arrived
from services.registry.wanted import Wanted
from tests.children import supplied, withdrawn
from tests.registry.memory import MemoryRecords

POLICY = policy.load()


def change(source: str, version: int = 1, ref: str = "1", **child: Any) -> SourceChange:
    """A source's change; ``gone`` withdraws."""
    if child.pop("gone", False):
        return ChildWithdrawn.model_validate(withdrawn(source, ref, version), strict=False)
    return ChildSupplied.model_validate(supplied(source, ref, version, **child), strict=False)


def placed_by_details(number: str, shield_id: str = "s", **child: Any) -> ShieldPlaced:
    """A child whom officers expect is shielded; in place of sealed details there are open ones."""
    details = supplied("officers", shield_id, **child)["child"]
    return ShieldPlaced(
        child_number=number,
        shield_id=shield_id,
        occurred_at=clock.now(),
        sealed_details=orjson.dumps(details).decode(),
    )


class Area:
    """A registry without engines: changes in, child records out."""

    def __init__(self, policy: policy.Policy = POLICY, in_force: Mapping[str, int] | None = None) -> None:
        self.records = MemoryRecords()
        self.in_force = dict(in_force or {})
        self.keeper = Keeper(self.records, self._shields, policy)  # type: ignore[arg-type]

    def _shields(self, number: str) -> Mapping[str, int]:
        return {"s": self.in_force[number]} if number in self.in_force else {}

    def settle(self, *changes: SourceChange) -> tuple[ChildRecord, ...]:
        """Take in one batch; returns what is announced."""
        came = [arrived(each, clock.now()) for each in changes]
        keys = {each.key for each in came}
        return asyncio.run(
            self.keeper.settle(lambda settling: settling.settle(came), Wanted(sources=keys))
        ).children

    def shield(self, number: str, *, placed: bool = True, offset: int = 1) -> tuple[ChildRecord, ...]:
        """A word on a shield comes by the stream."""
        word = ShieldMark.said("s", offset, placed=placed)
        return asyncio.run(mark(self.keeper, {number: word}, clock.now())).children

    def expect(self, number: str, shield_id: str = "s", offset: int = 1, **child: Any) -> tuple[ChildRecord, ...]:
        """A word by the stream on the shield of a child whom officers know by details; nobody can open it here."""
        return self._takes(placed_by_details(number, shield_id, **child), offset)

    def lift(self, number: str, shield_id: str = "s", offset: int = 2) -> tuple[ChildRecord, ...]:
        """The word by the stream that this shield is lifted."""
        return self._takes(ShieldLifted(child_number=number, shield_id=shield_id, occurred_at=clock.now()), offset)

    def _takes(self, word: ShieldPlaced | ShieldLifted, offset: int) -> tuple[ChildRecord, ...]:
        placed = isinstance(word, ShieldPlaced)
        said = {word.child_number: ShieldMark.said(word.shield_id, offset, placed=placed)}
        told = told_by([word], str.encode)
        return asyncio.run(mark(self.keeper, said, clock.now(), told)).children

    def say(self, verdict: Verdict, *, undo: bool = False) -> tuple[ChildRecord, ...]:
        """A data manager's word, or its undoing."""
        said = self.keeper.settle(lambda all_: all_.take_back(verdict) if undo else all_.decide(verdict))
        return asyncio.run(said).children

    @property
    def children(self) -> dict[str, ChildRecord]:
        """All child records, superseded ones included."""
        return {number: child_of(each) for number, each in self.records.documents.items()}

    def of(self, key: str) -> ChildRecord:
        """The child that holds a source record."""
        (child,) = (each for each in self.children.values() if any(r.key == key for r in each.sources))
        return child

    def parts(self) -> set[frozenset[tuple[str, int]]]:
        """Which live source records, in which version, are one child."""
        return parts(self.children.values())


async def finished(keeper: Keeper, records: MemoryRecords) -> list[ChildRecord]:
    """What is announced once all that was left undone is finished, as ``Announcer.finish`` does it."""
    announced: list[ChildRecord] = []
    for intention in list(records.intentions.values()):
        for act in intention.acts():
            settled = await keeper.settle(act)
            announced += settled.children
            await records.fulfil(settled.intention)
        announced += await records.get(intention.numbers)
        await records.fulfil(intention)
    return announced


def parts(children: Iterable[ChildRecord]) -> set[frozenset[tuple[str, int]]]:
    """Which live source records, in which version, are one child."""
    live = (frozenset((each.key, each.version) for each in child.live) for child in children)
    return {part for part in live if part}
