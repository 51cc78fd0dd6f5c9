"""Shielding's composition root: everything is wired here, and only here."""

from __future__ import annotations

from fastapi import FastAPI

from contracts.access import ACCESS
from contracts.shields import OVERRIDES, SHIELDS
from runtime import mongo, service
from runtime.audit import Recorder
from runtime.bus import Bus
from runtime.heartbeats import Heartbeats
from runtime.sealing import Seal
from runtime.stages import Stages
from runtime.tokens import Caller
from services.shielding import api, expecting, handlers, holders, pages
from services.shielding.carrying_out import CarryingOut
from services.shielding.emergencies import Emergencies
from services.shielding.officers import Officers
from services.shielding.settings import Settings
from services.shielding.shield import Shield
from services.shielding.store import Overrides, Shields
from services.shielding.watching import Watching


def build(settings: Settings) -> FastAPI:
    """Shielding, ready to be served."""
    database = mongo.connect(settings.mongo)
    shields, overrides = Shields(database), Overrides(database)
    bus = Bus(
        "shielding", settings.kafka, settings.delivery, mongo.is_transient, writes=[SHIELDS, OVERRIDES, ACCESS]
    )
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
            typed={"detail": shield.detail} if shield.typed is None else None,
            sealed=shield.typed,
            children=[shield.child_number],
            # Whoever goes on after a crash records the same entry, not another one.
            event_id=f"shield-place-{shield.shield_id}",
        )

    carrying_out = CarryingOut(bus, shields, settings.lease, record_decision)

    async def store_answers() -> bool:
        return await mongo.answers(database)

    stages = Stages("shielding", settings.kafka)
    seal, within = Seal(settings.details_public_key), settings.publish_within
    patience = within + settings.lease.fenced_after
    officers = Officers(shields, carrying_out, recorder, stages.opening, seal, within=patience)
    emergencies = Emergencies(overrides, shields, bus, recorder, settings.override_acr, within=within)
    watching = Watching(shields, overrides, settings.horizons.patience)
    heartbeats = Heartbeats(bus, [SHIELDS], settings.horizons.heartbeat)
    shown = pages.build(settings)
    handlers.attach(bus, shields, carrying_out.say_again)
    return service.application(
        "Signpost shielding",
        settings,
        bus,
        [
            api.routes(officers),
            api.override_routes(emergencies),
            shown.shared(),
            pages.routes(shown, officers, settings.search_url, settings.registry_url),
            expecting.routes(shown, officers),
            pages.override_routes(shown, emergencies),
            holders.routes(shown, emergencies, settings.registry_url),
        ],
        turned_away=recorder.turned_away,
        checks={"document-store": store_answers},
        start=[
            shields.prepare,
            overrides.prepare,
            stages.start,
            carrying_out.start,
            watching.start,
            heartbeats.start,
        ],
        stop=[heartbeats.stop, watching.stop, carrying_out.stop, stages.stop],
        transient=mongo.is_transient,
        engine_errors=mongo.ERRORS,
    )
