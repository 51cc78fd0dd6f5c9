"""Search's composition root: everything is wired here, and only here."""

from __future__ import annotations

from fastapi import FastAPI

from contracts.access import ACCESS
from contracts.shields import RECEIPTS
from runtime import service
from runtime.audit import Recorder
from runtime.bus import Bus
from runtime.fence import Fence
from runtime.shields import Shields
from runtime.stages import Stages
from services.search import api, handlers, index, pages
from services.search.desk import Desk
from services.search.forgetting import Forgetting
from services.search.hiding import BeingHidden
from services.search.index import Index
from services.search.pace import Pace
from services.search.segments import Segments
from services.search.settings import Settings


def build(settings: Settings) -> FastAPI:
    """Search, ready to be served."""
    records = Index(settings.elasticsearch)
    bus = Bus("search", settings.kafka, settings.delivery, index.is_transient, writes=[RECEIPTS, ACCESS])
    shields = Shields("search", settings.kafka, settings.lease)
    hiding = BeingHidden(shields, records.rewritten, records.versions, bus.publish_all)
    forgetting = Forgetting(hiding, Segments(records), bus.publish_all, settings.horizons.look_every)
    stages = Stages("search", settings.kafka)
    recorder = Recorder(bus, settings.audit)
    desk = Desk(
        records,
        shields,
        hiding,
        fence=Fence(shields, settings.lease),
        recorder=recorder,
        opening=stages.opening,
        pace=Pace(settings.pace.burst, settings.pace.every),
        central_team=settings.central_team,
    )
    shown = pages.build(settings)

    async def lease_holds() -> bool:
        return shields.trusted()

    handlers.attach(bus, records, hiding)
    return service.application(
        "Signpost search",
        settings,
        bus,
        [api.routes(desk), shown.shared(), pages.routes(shown, desk, settings.shielding_url)],
        turned_away=recorder.turned_away,
        checks={"index": records.answers, "shields": lease_holds},
        broken={"shields": shields.broken},
        start=[records.prepare, shields.start, stages.start, hiding.start, forgetting.start],
        stop=[forgetting.stop, hiding.stop, stages.stop, shields.stop, records.close],
        transient=index.is_transient,
        engine_errors=index.ERRORS,
    )
