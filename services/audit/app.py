"""Audit's composition root: everything is wired here, and only here."""

from __future__ import annotations

from fastapi import FastAPI

from runtime import mongo, service
from runtime.bus import Bus
from services.audit import api, handlers
from services.audit.settings import Settings
from services.audit.store import Entries


def build(settings: Settings) -> FastAPI:
    """Audit, ready to be served."""
    database = mongo.connect(settings.mongo)
    entries = Entries(database)
    bus = Bus("audit", settings.kafka, settings.delivery, mongo.is_transient)

    async def store_answers() -> bool:
        return await mongo.answers(database)

    own = api.OwnReading(entries)
    handlers.attach(bus, entries)
    return service.application(
        "Signpost audit",
        settings,
        bus,
        [api.routes(entries, own)],
        turned_away=own.turned_away,
        checks={"document-store": store_answers},
        start=[entries.prepare],
        transient=mongo.is_transient,
        engine_errors=mongo.ERRORS,
    )
