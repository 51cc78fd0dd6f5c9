"""Carrying a kept decision out: publish, audit, fence; repeated until it holds, whatever dies in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from contracts.shields import RecordWithheld, ShieldLifted, ShieldPlaced
from runtime import clock
from runtime.bus import Bus
from runtime.repeating import Repeating
from runtime.settings import LeaseSettings
from services.shielding.decisions import put, said_again, withheld_everywhere
from services.shielding.shield import Shield

if TYPE_CHECKING:
    from services.shielding.store import Shields

log = structlog.get_logger()

_SWEEP_EVERY = 2.0
_AT_ONCE = 500
"""How many decisions a sweep carries out beside each other: most of the time each waits for its fence."""

RecordDecision = Callable[[Shield], Awaitable[None]]


class CarryingOut(Repeating):
    """Brings decisions into force; what a request could not finish, the sweep does."""

    def __init__(self, bus: Bus, shields: Shields, lease: LeaseSettings, record: RecordDecision) -> None:
        super().__init__(self.sweep, _SWEEP_EVERY, "sweep of shield decisions: trying again")
        self._bus = bus
        self._shields = shields
        self._lease = lease
        self._record = record
        self._busy: dict[str, asyncio.Task[Shield]] = {}

    async def carry_out(self, shield: Shield, within: float) -> Shield:
        """Bring the decision into force, waiting at most ``within`` seconds; returns how far it came.

        It goes on in the background after that.
        """
        task = self._busy.get(shield.shield_id)
        if task is None:
            task = asyncio.create_task(self._steps(shield))
            self._busy[shield.shield_id] = task
            task.add_done_callback(lambda done: self._settled(shield.shield_id, done))
        try:
            return await asyncio.wait_for(asyncio.shield(task), within)
        except Exception as error:
            log.warning("a shield decision is not in force yet", exc_info=error)
            return await self._shields.get(shield.shield_id) or shield

    async def place_again(self, shield: Shield, *, alone: bool = False) -> Shield:
        """Publish a shield in force anew: its copies are rewritten, and receipts sent, once more.

        The child stays hidden all the while, and the shield has its later place in the stream from now on.
        ``alone``: under its own number only.
        """
        places = await self._publish(shield, () if alone else shield.also)
        withheld = {} if alone else {number: each.revision for number, each in shield.withheld.items()}
        words = await self._withhold(withheld)
        again = await self._change(
            shield, lambda shield: replace(said_again(put(shield, places), words), published_at=clock.now())
        )
        log.info("a shield was published again", shield=shield.shield_id)
        return again

    async def say_again(self, shield: Shield, alone: bool) -> None:
        """Publish the present word on a child again, after one that says otherwise."""
        if shield.lifted_at is None:
            await self.place_again(shield, alone=alone)
        else:
            await self._publish_lift(shield)

    async def sweep(self) -> None:
        """Go on with whatever is unfinished, all at once: no child waits for another's fence."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def carry_out(shield: Shield) -> None:
            async with gate:
                await self.carry_out(shield, within=30.0)

        await asyncio.gather(*map(carry_out, await self._shields.unfinished()))

    async def stop(self) -> None:
        """Stop sweeping, and whatever is being carried out."""
        await super().stop()
        tasks = list(self._busy.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _steps(self, shield: Shield) -> Shield:
        # As it is now: whoever listed it may have waited while others finished it.
        shield = await self._shields.get(shield.shield_id) or shield
        # Hidden first, audited next: a child at risk does not wait for the log, the officer's answer does.
        places = await self._publish(shield, shield.also) if shield.offset is None else None
        # From its acknowledgement on every process learns of it; what is written meanwhile is within the wait.
        acknowledged = clock.monotonic()
        if places is not None:
            shield = await self._change(
                shield, lambda shield: replace(put(shield, places), published_at=clock.now())
            )
        if shield.ending:
            shield = await self._lift(shield)
        if not shield.audited:
            await self._record(shield)
            shield = await self._change(shield, lambda shield: replace(shield, audited=True, typed=None))
        if shield.fenced_at is None:
            await asyncio.sleep(max(0.0, acknowledged + self._lease.fenced_after - clock.monotonic()))
            shield = await self._change(shield, lambda shield: replace(shield, fenced_at=clock.now()))
        while shield.not_fenced:
            shield = await self._fence_also(shield)
        return shield

    async def _fence_also(self, shield: Shield) -> Shield:
        """Hide the child under the other numbers that the registry has named, and the records that it withholds.

        Somebody may hold records of before a merge, that bear those numbers and do not say whose they are.
        """
        numbers, withheld = shield.not_placed, shield.not_withheld
        found = await self._bus.publish_all(_placed(shield, numbers))
        places = {number: each.offset for number, each in zip(numbers, found, strict=True)}
        words = await self._withhold(withheld)
        shield = await self._change(shield, lambda shield: said_again(put(shield, places), words))
        await asyncio.sleep(self._lease.fenced_after)
        return await self._change(
            shield,
            lambda shield: replace(
                withheld_everywhere(shield, withheld), also_fenced=(*shield.also_fenced, *numbers)
            ),
        )

    async def _withhold(self, records: Mapping[str, int]) -> dict[str, int]:
        """Where the words are that nobody is to be shown these records as they were before those revisions."""
        found = await self._bus.publish_all(
            RecordWithheld(child_number=number, revision=revision, occurred_at=clock.now())
            for number, revision in records.items()
        )
        return {number: each.offset for number, each in zip(records, found, strict=True)}

    async def _publish(self, shield: Shield, also: Sequence[str]) -> dict[str, int]:
        """Where the words are: under the shield's own number, and under these."""
        found = await self._bus.publish_all([_word(shield, shield.child_number), *_placed(shield, also)])
        return {number: each.offset for number, each in zip((shield.child_number, *also), found, strict=True)}

    async def _lift(self, shield: Shield) -> Shield:
        offset = await self._publish_lift(shield)
        return await self._change(
            shield,
            lambda shield: replace(
                shield,
                lifted_at=clock.now(),
                lift_offset=offset,
                sealed_details=None,
                withheld={},
            ),
        )

    async def _publish_lift(self, shield: Shield) -> int:
        """Where the lift is in the stream, on the shield's own number.

        What other shields say of its numbers is said again before, and after: a process that started after
        compaction may know of this one alone, and the lift must not be the last word.
        """
        numbers = (shield.child_number, *shield.also)
        still = [word for number in numbers for word in await self._still_placed(number, shield)]
        lifts = [
            ShieldLifted(child_number=number, shield_id=shield.shield_id, occurred_at=clock.now())
            for number in numbers
        ]
        found = await self._bus.publish_all([*still, *lifts, *still])
        return int(found[len(still)].offset)

    async def _still_placed(self, number: str, lifted: Shield) -> list[ShieldPlaced]:
        """The words of other shields that are in force on a number."""
        others = await self._shields.open_on(number)
        return [_word(each, number) for each in others if each.in_force and each.shield_id != lifted.shield_id]

    async def _change(self, shield: Shield, step: Callable[[Shield], Shield]) -> Shield:
        while True:
            kept = await self._shields.change(shield, step(shield))
            if kept is not None:
                return kept
            # A receipt or an officer came in between; what this step established holds all the same.
            shield = await self._shields.get(shield.shield_id) or shield

    def _settled(self, shield_id: str, task: asyncio.Task[Shield]) -> None:
        self._busy.pop(shield_id, None)
        if not task.cancelled():
            task.exception()


def _placed(shield: Shield, numbers: Iterable[str]) -> list[ShieldPlaced]:
    return [_word(shield, number) for number in numbers]


def _word(shield: Shield, number: str) -> ShieldPlaced:
    """That the shield is on the number; under its own number that tells the sealed details, too."""
    return ShieldPlaced(
        child_number=number,
        shield_id=shield.shield_id,
        occurred_at=clock.now(),
        sealed_details=shield.sealed_details if number == shield.child_number else None,
    )
