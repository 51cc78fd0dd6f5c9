"""Shielding's handlers: receipts and held records are noted, and an overtaken word is said again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from contracts.shields import (
    RECEIPTS,
    SHIELDS,
    HoldsCounted,
    PurgeChecked,
    RecordWithheld,
    ShieldApplied,
    ShieldLifted,
    ShieldPlaced,
    WithheldApplied,
)
from runtime.bus import Bus
from runtime.delivery import ContentionError, Delivered
from services.shielding.copies import Check, Leftover, Receipt
from services.shielding.decisions import with_holds, with_numbers, with_said, with_said_of_withheld, with_withheld
from services.shielding.last_word import Word, beside, overtaken, undecided
from services.shielding.shield import Shield

if TYPE_CHECKING:
    from services.shielding.store import Shields

_ATTEMPTS = 20

Said = ShieldApplied | WithheldApplied | PurgeChecked | HoldsCounted
"""What the services that keep copies say of a shielded child."""

SayAgain = Callable[[Shield, bool], Awaitable[None]]
"""Publish the present word on a child again; under its own number alone, where that is so."""


def attach(bus: Bus, shields: Shields, say_again: SayAgain) -> None:
    """Subscribe shielding to its streams."""

    @bus.on(RECEIPTS)
    async def on_receipts(receipts: Sequence[Delivered[Said]]) -> None:
        """Note each on the child's open shields; repeated ones change nothing."""
        for each in receipts:
            await note(shields, each.message)

    @bus.on(SHIELDS, group="shielding-echo")
    async def on_own_words(words: Sequence[Delivered[ShieldPlaced | ShieldLifted | RecordWithheld]]) -> None:
        """Say again what was overtaken, so that the last word in the stream is the newest decision."""
        for each in words:
            if isinstance(each.message, RecordWithheld):
                # The later of two revisions counts. By when compaction has left an earlier one alone, the index
                # has long taken in what both were about.
                continue
            said, placed = each.message, isinstance(each.message, ShieldPlaced)
            word = Word(said.child_number, said.shield_id, placed, each.origin.offset)
            # A lift may end what another shield of the child says of this number.
            present_for = shields.open_for if word.placed else shields.open_over
            present, named = await present_for(word.child_number), await shields.get(word.shield_id)
            if undecided(word, present):
                raise ContentionError
            for shield in overtaken(word, present, named):
                await say_again(shield, beside(word, named))


async def note(shields: Shields, said: Said) -> None:
    """Note one message; raises :class:`ContentionError` when a shield keeps changing."""
    for shield in await _about(shields, said):
        await _note_on(shields, shield, said)


async def _about(shields: Shields, said: Said) -> list[Shield]:
    if isinstance(said, WithheldApplied):
        return await shields.withholding(said.child_number)
    if isinstance(said, HoldsCounted):
        own = await shields.open_for(said.child_number)
        return [own] if own else []
    # A copy under one number of a child is a copy of each shield's that is on this number.
    withholding = await shields.withholding(said.child_number) if isinstance(said, PurgeChecked) else []
    return [*await shields.open_on(said.child_number), *withholding]


async def _note_on(shields: Shields, noted_on: Shield, said: Said) -> None:
    shield: Shield | None = noted_on
    for _ in range(_ATTEMPTS):
        if shield is None or shield.lifted_at is not None:
            return
        own = shield.child_number == said.child_number
        if own and isinstance(said, ShieldApplied | PurgeChecked) and shield.offset is None:
            # The receipt overtook the note of where the shield was published, which is on its way.
            raise ContentionError
        noted = _noted(shield, said)
        if noted is shield or await shields.change(shield, noted) is not None:
            return
        shield = await shields.get(shield.shield_id)
    raise ContentionError


def _noted(shield: Shield, said: Said) -> Shield:
    if isinstance(said, HoldsCounted):
        return with_holds(shield, said.pending, said.occurred_at)
    if isinstance(said, WithheldApplied):
        gone = Receipt(said.word_offset, said.record_revision, said.occurred_at)
        return with_said_of_withheld(shield, said.child_number, gone)
    if isinstance(said, PurgeChecked):
        left = tuple(Leftover(each.place, each.count, each.until) for each in said.left)
        check = Check(said.shield_offset, left, said.occurred_at)
        noted = with_said(shield, said.child_number, said.service, check)
        return with_said_of_withheld(noted, said.child_number, check) if said.service == "search" else noted
    receipt = Receipt(said.shield_offset, said.record_revision, said.occurred_at)
    noted = with_said(shield, said.child_number, said.service, receipt)
    own = said.child_number == shield.child_number
    if not own:
        return noted
    noted = with_numbers(noted, said.numbers or (), said.occurred_at)
    withheld = {each.child_number: each.revision for each in said.withheld or ()}
    return with_withheld(noted, withheld, said.occurred_at)
