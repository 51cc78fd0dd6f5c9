"""Shielding's handlers: receipts and held records are noted, and an overtaken word is said again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from contracts.shields import (
    RECEIPTS,
    SHIELDS,
    HoldsCounted,
    PurgeChecked,
    ShieldApplied,
    ShieldLifted,
    ShieldPlaced,
)
from runtime.bus import Bus
from runtime.delivery import ContentionError, Delivered
from services.shielding.checks import Check, Leftover
from services.shielding.decisions import (
    Receipt,
    Shield,
    Word,
    beside,
    overtaken,
    undecided,
    with_check,
    with_holds,
    with_numbers,
    with_receipt,
)

if TYPE_CHECKING:
    from services.shielding.store import Shields

_ATTEMPTS = 20

Said = ShieldApplied | PurgeChecked | HoldsCounted
"""What the services that keep copies say of a shielded child."""

SayAgain = Callable[[Shield, bool], Awaitable[None]]
"""Publish the present word on a child again; under its own number alone, where that is so."""


def attach(bus: Bus, shields: Shields, say_again: SayAgain) -> None:
    """Subscribe shielding to its streams."""

    @bus.on(RECEIPTS)
    async def on_receipts(receipts: Sequence[Delivered[Said]]) -> None:
        """Note each on the child's open shield; repeated ones change nothing."""
        for each in receipts:
            await note(shields, each.message)

    @bus.on(SHIELDS, group="shielding-echo")
    async def on_own_words(words: Sequence[Delivered[ShieldPlaced | ShieldLifted]]) -> None:
        """Say again what was overtaken, so that the last word in the stream is the newest decision."""
        for each in words:
            word = Word(each.message.shield_id, isinstance(each.message, ShieldPlaced), each.origin.offset)
            # A lift may end what another shield of the child says of this number.
            present_for = shields.open_for if word.placed else shields.open_over
            present, named = await present_for(each.message.child_number), await shields.get(word.shield_id)
            if undecided(word, present):
                raise ContentionError
            for shield in overtaken(word, present, named):
                await say_again(shield, beside(word, named))


async def note(shields: Shields, said: Said) -> None:
    """Note one message; raises :class:`ContentionError` when the shield keeps changing."""
    for _ in range(_ATTEMPTS):
        shield = await shields.open_for(said.child_number)
        if shield is None:
            return
        if not isinstance(said, HoldsCounted) and shield.offset is None:
            # The receipt overtook the note of where the shield was published, which is on its way.
            raise ContentionError
        noted = _noted(shield, said)
        if noted is shield or await shields.change(shield, noted) is not None:
            return
    raise ContentionError


def _noted(shield: Shield, said: Said) -> Shield:
    if isinstance(said, HoldsCounted):
        return with_holds(shield, said.pending, said.occurred_at)
    if isinstance(said, PurgeChecked):
        left = tuple(Leftover(each.place, each.count, each.until) for each in said.left)
        return with_check(shield, said.service, Check(said.shield_offset, left, said.occurred_at))
    receipt = Receipt(said.shield_offset, said.record_revision, said.occurred_at)
    return with_numbers(with_receipt(shield, said.service, receipt), said.numbers or (), said.occurred_at)
