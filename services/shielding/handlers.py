"""Shielding's handler: note which services have rewritten their copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from contracts.shields import RECEIPTS, ShieldApplied
from runtime.bus import Bus
from runtime.delivery import ContentionError, Delivered
from services.shielding.decisions import Receipt, with_receipt

if TYPE_CHECKING:
    from services.shielding.store import Shields

_ATTEMPTS = 20


def attach(bus: Bus, shields: Shields) -> None:
    """Subscribe shielding to its stream."""

    @bus.on(RECEIPTS)
    async def on_receipts(receipts: Sequence[Delivered[ShieldApplied]]) -> None:
        """Note each receipt on the child's open shield; repeated ones change nothing."""
        for each in receipts:
            await note(shields, each.message)


async def note(shields: Shields, applied: ShieldApplied) -> None:
    """Note one receipt; raises :class:`ContentionError` when the shield keeps changing."""
    receipt = Receipt(applied.shield_offset, applied.record_revision, applied.occurred_at)
    for _ in range(_ATTEMPTS):
        shield = await shields.open_for(applied.child_number)
        if shield is None:
            return
        if shield.offset is None:
            # The receipt overtook the note of where the shield was published, which is on its way.
            raise ContentionError
        noted = with_receipt(shield, applied.service, receipt)
        if noted is shield or await shields.change(shield, noted) is not None:
            return
    raise ContentionError
