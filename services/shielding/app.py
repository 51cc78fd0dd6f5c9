"""Shielding's composition root: everything is wired here, and only here."""

from __future__ import annotations

from fastapi import FastAPI

from contracts.access import ACCESS
from contracts.shields import SHIELDS
from runtime import mongo, service
from runtime.audit import Recorder
from runtime.bus import Bus
from runtime.tokens import Caller
from services.shielding import api, handlers
from services.shielding.carrying_out import CarryingOut
from services.shielding.decisions import Shield
from services.shielding.settings import Settings
from services.shielding.store import Shields


def build(settings: Settings) -> FastAPI:
    """Shielding, ready to be served."""
    database = mongo.connect(settings.mongo)
    shields = Shields(database)
    bus = Bus("shielding", settings.kafka, settings.delivery, mongo.is_transient, writes=[SHIELDS, ACCESS])
    recorder = Recorder(bus, settings.audit)

    async def record_decision(shield: Shield) -> None:
        roles = frozenset({"shield-officer"})
        officer = Caller(shield.decided_by, roles, shield.organisation, shield.authority, acr=None)
        await recorder.record(
            officer,
            "shield-officer",
            "shield-place",
            outcome="placed",
            reason=shield.ground,
            typed={"detail": shield.detail},
            children=[shield.child_number],
        )

    carrying_out = CarryingOut(bus, shields, settings.lease, record_decision)

    async def store_answers() -> bool:
        return await mongo.answers(database)

    handlers.attach(bus, shields)
    return service.application(
        "Signpost shielding",
        settings,
        bus,
        [api.routes(shields, carrying_out, recorder, settings.lease, settings.publish_within)],
        checks={"document-store": store_answers},
        start=[shields.prepare, carrying_out.start],
        stop=[carrying_out.stop],
        transient=mongo.is_transient,
        engine_errors=mongo.ERRORS,
    )
