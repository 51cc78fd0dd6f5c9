"""The registry's composition root: everything is wired here, and only here."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from fastapi import FastAPI

from contracts.access import ACCESS
from contracts.records import RECORDS
from contracts.shields import RECEIPTS
from contracts.stages import STAGES
from runtime import clock, mongo, service
from runtime.audit import Recorder
from runtime.bus import Bus
from runtime.fence import Fence
from runtime.heartbeats import Heartbeats
from runtime.mongo import Database
from runtime.sealing import Opener, SealedError
from runtime.shields import Shields
from runtime.stages import Stages
from services.registry import api, authorities, handlers, opening, pages, policy, workbench
from services.registry.announcing import Announcer
from services.registry.authorities import Authorities
from services.registry.children import ShieldMark
from services.registry.deciding import Decisions
from services.registry.emergencies import Emergencies
from services.registry.expecting import DetailsError, Told, told_by
from services.registry.grants import Grants
from services.registry.keeping import Keeper
from services.registry.memos import Memos
from services.registry.reading import Reading
from services.registry.recalling import Recalling
from services.registry.redaction import CentralTeam
from services.registry.settings import Settings
from services.registry.store import Records
from services.registry.verifying import Verifying

log = structlog.get_logger()


@dataclass(frozen=True)
class Parts:
    """What the service and a first load are both made of."""

    database: Database
    records: Records
    bus: Bus
    shields: Shields
    stages: Stages
    recorder: Recorder
    weights: policy.Policy
    keeper: Keeper
    announcer: Announcer
    central_team: CentralTeam


def parts(settings: Settings) -> Parts:
    """The parts, connected to nothing yet."""
    database = mongo.connect(settings.mongo)
    records = Records(database)
    writes = [RECORDS, RECEIPTS, STAGES, ACCESS]
    bus = Bus("registry", settings.kafka, settings.delivery, mongo.is_transient, writes=writes)
    shields = Shields("registry", settings.kafka, settings.lease)
    stages = Stages("registry", settings.kafka)
    recorder = Recorder(bus, settings.audit)
    weights = policy.load()
    keeper = Keeper(records, shields.of, weights, is_live=stages.opening.is_live)

    team_of = settings.central_team_of
    announcer = Announcer(bus, records, keeper, shields, team_of)
    return Parts(database, records, bus, shields, stages, recorder, weights, keeper, announcer, team_of)


def expected_again(shields: Shields, opener: Opener) -> list[Told]:
    """Whom officers expect, as far as it can be opened: what cannot is a dead letter since it came."""
    told: list[Told] = []
    for word in shields.by_details():
        try:
            told += told_by([word], opener)
        except (SealedError, DetailsError):
            log.error("details of an expected child cannot be opened", shield=word.shield_id)
    return told


def build(settings: Settings) -> FastAPI:
    """The registry, ready to be served."""
    made = parts(settings)
    database, records, bus, shields = made.database, made.records, made.bus, made.shields
    stages = made.stages
    recorder, keeper, announcer, central_team = made.recorder, made.keeper, made.announcer, made.central_team

    fence = Fence(shields, settings.lease)
    grants = Grants(database)
    emergencies = Emergencies(records, grants, shields, fence, recorder, acr=settings.override_acr)
    heartbeats = Heartbeats(bus, [RECORDS, STAGES], settings.horizons.heartbeat)
    memos = Memos(database)
    verifying = Verifying(bus, records, memos, shields, settings.horizons)
    reading = Reading(records, shields, fence, recorder, policy=made.weights, central_team=central_team)
    recalling = Recalling(settings.kafka, records, keeper, shields)
    decisions = Decisions(records, shields, keeper, announcer, recorder, policy=made.weights)
    shown = pages.build(settings)
    opener = Opener.of(settings.details_key_file)

    async def shield_again() -> None:
        """Mark what a restored backup may have forgotten, before anything is read or published."""
        told = expected_again(shields, opener)
        in_force = {number: ShieldMark.in_force(shields.of(number)) for number in shields.in_force()}
        known: set[str] = set()
        for words in handlers.some_at_a_time(in_force):
            marked = await handlers.mark(keeper, words, clock.now(), told)
            known |= {number for child in marked.children for number in child.lineage}
        await recalling.shielded(known)

    async def store_answers() -> bool:
        return await mongo.answers(database)

    handlers.attach(bus, records, grants, keeper, announcer, memos=memos, recalling=recalling, open_=opener)
    opening.attach(bus, keeper, announcer, shields, stages)
    return service.application(
        "Signpost registry",
        settings,
        bus,
        [
            api.routes(reading),
            workbench.routes(reading, decisions),
            api.override_routes(emergencies, central_team),
            shown.shared(),
            pages.routes(shown, reading, decisions),
            pages.record_routes(shown, reading, decisions),
            pages.override_routes(shown, emergencies, central_team, settings.shielding_url),
            authorities.routes(Authorities(bus, stages, recorder)),
        ],
        turned_away=recorder.turned_away,
        checks={"document-store": store_answers},
        broken={"shields": shields.broken},
        start=[
            records.prepare,
            grants.prepare,
            memos.prepare,
            shields.start,
            stages.start,
            shield_again,
            announcer.start,
            verifying.start,
            heartbeats.start,
        ],
        stop=[heartbeats.stop, verifying.stop, announcer.stop, stages.stop, shields.stop],
        transient=mongo.is_transient,
        engine_errors=mongo.ERRORS,
    )
