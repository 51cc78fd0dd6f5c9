"""The registry's handlers, one a stream: decide, keep, announce."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from contracts.child_number import new_child_number
from contracts.records import RECORD_REVISIONS, RecordRevision
from contracts.shields import SHIELDS, ShieldApplied, ShieldLifted, ShieldPlaced
from contracts.sources import SOURCE_CHANGES, SourceChange
from runtime import clock
from runtime.bus import Bus
from runtime.delivery import ContentionError, Delivered
from services.registry import matching
from services.registry.children import ChildRecord, ShieldMark, SourceRecord
from services.registry.redaction import CentralTeam, announcements
from services.registry.settling import Neighbourhood
from services.registry.shielding import marked

if TYPE_CHECKING:
    from services.registry.store import Records

_ATTEMPTS = 20

InForce = Callable[[], Mapping[str, int]]
"""The child numbers whose shield is in force, each with its offset."""


def attach(bus: Bus, records: Records, in_force: InForce, central_team: CentralTeam) -> None:
    """Subscribe the registry to its streams."""

    async def announce(children: Iterable[ChildRecord]) -> None:
        await bus.publish_all(each for child in children for each in announcements(child, central_team))

    @bus.on(SOURCE_CHANGES)
    async def on_source_changes(changes: Sequence[Delivered[SourceChange]]) -> None:
        """Bring golden records up to date; replaying a batch changes nothing and announces again."""
        settled = await settle(records, [each.message for each in changes], in_force())
        await announce(settled)

    @bus.on(SHIELDS)
    async def on_shields(events: Sequence[Delivered[ShieldPlaced | ShieldLifted]]) -> None:
        """Mark the records, publish them redacted or whole, and say so once the mark is durable."""
        words = {
            each.message.child_number: ShieldMark(each.origin.offset, isinstance(each.message, ShieldPlaced))
            for each in events
        }
        children = await mark(records, words)
        await announce(children)
        await bus.publish_all(receipts(words, children))

    @bus.on(RECORD_REVISIONS, group="registry-echo")
    async def on_own_records(echoes: Sequence[Delivered[RecordRevision]]) -> None:
        """Publish again what was overtaken, so that the last word in the stream is the newest."""
        last = {each.message.child_number: each.message.revision for each in echoes}
        present = await records.revisions(last)
        overtaken = [number for number, revision in last.items() if present.get(number, 0) > revision]
        await announce(await records.get(overtaken) if overtaken else ())


async def settle(
    records: Records, changes: Sequence[SourceChange], shields: Mapping[str, int]
) -> list[ChildRecord]:
    """Keep what the changes make of their children, and return all whom they concern.

    ``shields`` are those in force, with their offsets: one that is in the stream and not yet marked must
    cover what a change makes of the record. Write, then look again: of two first reports of one child,
    handled at the same moment by two processes, the one that looks later sees both records, and joins the
    younger to the elder. Raises :class:`ContentionError` when others keep changing the same children.
    """
    for _ in range(_ATTEMPTS):
        near = await records.near(*_keys(SourceRecord.of(change) for change in changes))
        hood = _neighbourhood(near)
        hood.shield({number: ShieldMark(offset, placed=True) for number, offset in shields.items()})
        hood.settle(changes)
        if await records.keep(hood.steps(), hood.read()):
            return await _look_again(records, hood)
    raise ContentionError


async def _look_again(records: Records, hood: Neighbourhood) -> list[ChildRecord]:
    # Also for what was found done already: whoever did it may have died before looking.
    settled = hood.announced()
    keys = _keys(each for child in settled for each in child.sources)
    if await records.numbers_near(*keys) <= hood.children.keys():
        return settled
    for _ in range(_ATTEMPTS):
        again = _neighbourhood(await records.near(*keys))
        again.look_again(child.number for child in settled if child.number in again.children)
        if await records.keep(again.steps(), again.read()):
            joined = {child.number: child for child in again.announced()}
            return [*(child for child in settled if child.number not in joined), *joined.values()]
    raise ContentionError


def _neighbourhood(near: Sequence[ChildRecord]) -> Neighbourhood:
    return Neighbourhood({child.number: child for child in near}, new_child_number, clock.now())


def _keys(sources: Iterable[SourceRecord]) -> tuple[set[str], set[str]]:
    held = list(sources)
    return {each.key for each in held}, {key for each in held for key in matching.keys(each)}


async def mark(records: Records, words: dict[str, ShieldMark]) -> list[ChildRecord]:
    """Note the words on the shields in every record they rule, and return those records."""
    for _ in range(_ATTEMPTS):
        ruled = await records.ruled_by(words)
        after = {child.number: _grown(child, marked(child, words)) for child in ruled}
        changed = [[after[child.number]] for child in ruled if after[child.number].revision != child.revision]
        if await records.keep(changed, {child.number: child.revision for child in ruled}):
            return list(after.values())
    raise ContentionError


def _grown(before: ChildRecord, after: ChildRecord) -> ChildRecord:
    return before if after is before else replace(after, revision=before.revision + 1)


def receipts(words: dict[str, ShieldMark], children: Sequence[ChildRecord]) -> list[ShieldApplied]:
    """One receipt for each shield placed; without a revision where no record bears the number."""
    revisions = {number: child.revision for child in children for number in child.lineage}
    return [
        ShieldApplied(
            service="registry",
            child_number=number,
            shield_offset=word.offset,
            record_revision=revisions.get(number),
            occurred_at=clock.now(),
        )
        for number, word in words.items()
        if word.placed
    ]
