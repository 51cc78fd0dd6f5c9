"""The registry's composition root: everything is wired here, and only here."""

from __future__ import annotations

from fastapi import FastAPI

from contracts.access import ACCESS
from contracts.children import Contact
from contracts.records import RECORDS
from contracts.shields import RECEIPTS
from runtime import mongo, service
from runtime.audit import Recorder
from runtime.bus import Bus
from runtime.shields import Shields
from services.registry import api, handlers
from services.registry.children import ShieldMark
from services.registry.settings import Settings
from services.registry.store import Records


def build(settings: Settings) -> FastAPI:
    """The registry, ready to be served."""
    database = mongo.connect(settings.mongo)
    records = Records(database)
    bus = Bus(
        "registry", settings.kafka, settings.delivery, mongo.is_transient, writes=[RECORDS, RECEIPTS, ACCESS]
    )
    shields = Shields("registry", settings.kafka, settings.lease)
    recorder = Recorder(bus, settings.audit)

    def central_team(authority: str) -> tuple[Contact, ...]:
        return settings.central_teams.get(authority, ())

    async def shield_again() -> None:
        """Mark what a restored backup may have forgotten, before anything is read or published."""
        await handlers.mark(records, {n: ShieldMark(o, placed=True) for n, o in shields.in_force().items()})

    async def store_answers() -> bool:
        return await mongo.answers(database)

    handlers.attach(bus, records, shields.in_force, central_team)
    return service.application(
        "Signpost registry",
        settings,
        bus,
        [api.routes(records, recorder, central_team)],
        checks={"document-store": store_answers},
        start=[records.prepare, shields.start, shield_again],
        stop=[shields.stop],
        transient=mongo.is_transient,
        engine_errors=mongo.ERRORS,
    )
