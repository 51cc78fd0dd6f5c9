"""Verifying that the streams have forgotten shielded children: all are read, again and again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from contracts import STREAMS
from contracts.shields import Left, PurgeChecked
from runtime import clock
from runtime.bus import Bus
from runtime.repeating import Repeating
from runtime.settings import Horizons
from runtime.shields import Shields
from runtime.topics import forgotten_within
from runtime.whole import whole
from services.registry.children import ChildRecord
from services.registry.forgetting import Looking, Memo, Sought, concluded, hashed, telling
from services.registry.shielding import held_for
from services.registry.wanted import Wanted

if TYPE_CHECKING:
    from services.registry.memos import Memos
    from services.registry.store import Records


class Verifying(Repeating):
    """Looks for what is left of shielded children, and says what it found.

    One reading serves everybody whom it is time to look for; where there is nobody, nothing is read. Each process
    looks for itself, and what they say is the same.
    """

    def __init__(self, bus: Bus, records: Records, memos: Memos, shields: Shields, horizons: Horizons) -> None:
        super().__init__(self.look, horizons.look_every, "cannot look what is left of shielded children")
        self._bus = bus
        self._records = records
        self._memos = memos
        self._shields = shields
        self._horizons = horizons
        self._told: dict[str, tuple[Left, ...]] = {}

    async def look(self) -> None:
        """Look for everybody whom it is time to look for."""
        # Of whom no shield is known, nothing is kept any more: so all are to be known that there are.
        await self._shields.known_as_of_now()
        memos = await self._waiting()
        sought = [each async for each in self._sought(memos)]
        if not sought:
            return
        looking = Looking(sought, partial(hashed, salt=self._memos.salt))
        for stream in STREAMS:
            async for records, _ in whole("registry", self._bus.settings, stream):
                for each in records:
                    looking.take(stream, each.key, each.value, _moment(each.timestamp))
        for each in sought:
            left = looking.left(each.number, STREAMS, partial(forgotten_within, horizons=self._horizons))
            await self._conclude(memos[each.number], each, left)

    async def _waiting(self) -> dict[str, Memo]:
        """Of whom it has not been confirmed yet, and whom it is time to look for."""
        in_force, now = self._shields.in_force(), clock.now()
        known = await self._memos.of(in_force.keys())
        found = {}
        for number, offset in in_force.items():
            memo = known.get(number) or Memo(number, offset, now)
            if memo.offset != offset:
                memo = Memo(number, offset, now, memo.hashes, asked=memo.asked, heeded=memo.asked)
            if memo.heeded < memo.asked or (not memo.done and memo.next_look <= now):
                found[number] = memo.heeding()
        return found

    async def _sought(self, memos: dict[str, Memo]) -> AsyncIterator[Sought]:
        """Whom to look for: those whose own record knows of the shield."""
        children = await self._records.near(Wanted(ruled=set(memos))) if memos else []
        others = await self._records.in_doubt_with(children)
        for number, memo in memos.items():
            own = [each for each in children if number in each.lineage]
            if own and all(number in each.marks and each.marks[number].offset >= memo.offset for each in own):
                yield self._sought_of(memo, own, held_for(own, others))

    def _sought_of(self, memo: Memo, own: Sequence[ChildRecord], held: Sequence[ChildRecord]) -> Sought:
        """The child, and who may be: of these nothing is left under their own keys either."""
        values = {hashed(each, self._memos.salt) for child in own for each in telling(child)}
        return Sought(
            memo.number,
            frozenset(number for child in (*own, *held) for number in child.lineage),
            frozenset(record.key for child in (*own, *held) for record in child.sources),
            memo.hashes | values,
        )

    async def _conclude(self, memo: Memo, sought: Sought, left: tuple[Left, ...]) -> None:
        now = clock.now()
        after = concluded(memo, left, now, timedelta(seconds=self._horizons.deletion))
        if after.done or (left and self._told.get(memo.number) != left):
            await self._bus.publish(
                PurgeChecked(
                    service="registry",
                    child_number=memo.number,
                    shield_offset=memo.offset,
                    left=left,
                    occurred_at=now,
                )
            )
            self._told[memo.number] = left
        await self._memos.keep(replace(after, hashes=sought.hashes))


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
