"""The messages between services: the product's public interface, declared once."""

from __future__ import annotations

from contracts.access import ACCESS
from contracts.base import Stream
from contracts.dead_letters import dead_letters_of
from contracts.records import RECORDS
from contracts.shields import OVERRIDES, RECEIPTS, SHIELDS
from contracts.sources import SOURCE_CHANGES
from contracts.stages import STAGES

SERVICES = ("registry", "search", "shielding", "audit")

STREAMS: tuple[Stream, ...] = (
    SOURCE_CHANGES,
    RECORDS,
    STAGES,
    SHIELDS,
    RECEIPTS,
    OVERRIDES,
    ACCESS,
    *(dead_letters_of(service) for service in SERVICES),
)
