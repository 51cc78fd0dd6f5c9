"""Recalling from the registry's own stream whom its store knows nothing of, having been restored from a backup."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import structlog

from contracts.child_number import is_expected
from contracts.codec import UnreadableError, decode
from contracts.records import RECORD_REVISIONS, RECORDS, RecordRevision
from runtime import clock
from runtime.settings import KafkaSettings
from runtime.shields import Shields
from runtime.whole import whole
from services.registry.batches import SHIELDED_TOGETHER, batches
from services.registry.children import ShieldMark
from services.registry.keeping import Keeper, Settled
from services.registry.lost import Lost, lost_among, recalled
from services.registry.settling import Settling
from services.registry.wanted import Wanted

if TYPE_CHECKING:
    from services.registry.store import Records

log = structlog.get_logger()


class Recalling:
    """Has records kept of lost children: nobody sees them, and their shields cover whoever is reported anew."""

    def __init__(self, connection: KafkaSettings, records: Records, keeper: Keeper, shields: Shields) -> None:
        self._connection = connection
        self._records = records
        self._keeper = keeper
        self._shields = shields

    async def shielded(self, known: Container[str]) -> None:
        """Recall everybody who is shielded and not ``known``, before anything is taken in.

        The whole stream is read for them. Who was merged covers whoever it was merged into; of whom nothing was
        ever said, nothing can be recalled. Those whom officers expect are known by what they said.
        """
        asked = {number for number in self._shields.in_force() if number not in known and not is_expected(number)}
        if not asked:
            return
        left = set(asked)
        lost: dict[str, Lost] = {}
        while left:
            lost |= await self._heard_of(left)
            leads_to = {each.leads_to for each in lost.values() if each.leads_to is not None}
            left = leads_to - asked - (await self._records.revisions(leads_to)).keys()
            asked |= left
        await self.recall(lost)

    async def heard(self, said: Sequence[RecordRevision], present: Mapping[str, int]) -> list[Settled]:
        """What follows from what was said, where the store has been put back to before that; to be announced.

        ``present`` are the revisions of those whom it knows. Who was removed is left so.
        """
        lost = {number: each for number, each in lost_among(said, present).items() if not each.removed}
        settled = await self.recall(lost) if lost else []
        last = {each.child_number: each for each in said}.values()
        covered = await self.covered([each for each in last if present.get(each.child_number) != each.revision])
        return [*settled, *([covered] if covered is not None else ())]

    async def recall(self, lost: Mapping[str, Lost]) -> list[Settled]:
        """Have these kept, under whatever shields they are; what comes back is to be announced."""
        log.warning("the store knows nothing of children who were published", count=len(lost))
        marks = {number: ShieldMark.in_force(placed) for number in lost if (placed := self._shields.of(number))}
        covered: dict[str, dict[str, ShieldMark]] = {}
        for number, each in lost.items():
            if each.leads_to is not None and number in marks:
                covered.setdefault(each.leads_to, {})[number] = marks[number]
        now = clock.now()

        def act(settling: Settling, numbers: Sequence[str]) -> None:
            for each in (lost[number] for number in numbers if number in lost):
                if each.likenesses and each.leads_to is None:
                    settling.recall(recalled(each, now))
            settling.shield(marks.get)
            settling.cover(covered)

        parts = list(batches({**lost, **covered}, SHIELDED_TOGETHER))
        settled = [
            await self._keeper.settle(partial(act, numbers=part), Wanted(numbers=set(part))) for part in parts
        ]
        # Whoever was shielded meanwhile was looked for before there was a record.
        await self._shields.known_as_of_now()
        again = [await self._keeper.settle(lambda _: None, Wanted(numbers=set(part))) for part in parts]
        return settled + again

    async def covered(self, said: Iterable[RecordRevision]) -> Settled | None:
        """Have those shielded again who were said to be, under a shield in force: the store forgot a merge.

        Once a child is under somebody's shield, nothing but that one's lift takes it away.
        """
        redacted = [each for each in said if each.redacted_under is not None]
        if not redacted:
            return None
        # Whoever took a lift in already took it from the stream.
        await self._shields.known_as_of_now()
        under = {offset: number for number, offset in self._shields.in_force().items()}
        ruled = {each.child_number: under.get(each.redacted_under or 0) for each in redacted}
        marks = {n: {by: ShieldMark.in_force(self._shields.of(by))} for n, by in ruled.items() if by is not None}
        if not marks:
            return None
        return await self._keeper.settle(lambda settling: settling.cover(marks), Wanted(numbers=set(marks)))

    async def _heard_of(self, numbers: Collection[str]) -> dict[str, Lost]:
        """All that the stream still says of these."""
        said = []
        keys = {number.encode() for number in numbers}
        async for records, _ in whole("registry", self._connection, RECORDS):
            for each in records:
                if each.key in keys:
                    with suppress(UnreadableError):
                        said.append(decode(RECORD_REVISIONS, each.value, each.key))
        return lost_among([each for each in said if isinstance(each, RecordRevision)], ())
