"""Audit's handler: keep every entry once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from contracts.access import ACCESS, AccessRecorded
from runtime.bus import Bus
from runtime.delivery import Delivered

if TYPE_CHECKING:
    from services.audit.store import Entries


def attach(bus: Bus, entries: Entries) -> None:
    """Subscribe audit to its stream."""

    @bus.on(ACCESS)
    async def on_access(recorded: Sequence[Delivered[AccessRecorded]]) -> None:
        """Keep the entries; one that comes again is already there."""
        await entries.keep([each.message for each in recorded])
