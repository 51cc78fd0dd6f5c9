"""A desk without engines: its own rules, over an index and an audit log that are lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from fastapi import FastAPI

from contracts.children import Contact
from runtime import clock, problems
from runtime.face import Face
from runtime.fence import Fence
from runtime.opening import Opening
from runtime.settings import KafkaSettings, LeaseSettings, ServiceSettings, TokenSettings
from runtime.shields import Shields
from runtime.tokens import Caller
from services.search import api, pages
from services.search.desk import Desk
from services.search.documents import Hit
from services.search.pace import Pace

TEAM = (Contact(kind="phone", value="0161 496 0001"),)
PRACTITIONER = Caller("dr-shah", frozenset({"practitioner"}), "northshire-gp", "northshire", None)
OFFICER = Caller("s-officer", frozenset({"shield-officer"}), None, "northshire", None)
STRANGER = Caller("stranger", frozenset({"practitioner"}), "nobody-knows", None, None)
AUTHORITY = "northshire"
UNHURRIED = Pace(burst=1, every=0.0)


class EngineError(Exception):
    """What the index's client raises when Elasticsearch is away."""


class Found:
    """An index that finds the same whatever is asked, and remembers how it was asked."""

    def __init__(self, *hits: Hit, away: bool = False) -> None:
        self._hits = list(hits)
        self._away = away
        self.asked: list[Any] = []

    async def search(self, body: dict[str, Any]) -> list[Hit]:
        self._ask(body)
        return self._hits

    async def get(self, child_number: str, _: object) -> Hit | None:
        self._ask(child_number)
        return next((hit for hit in self._hits if child_number in hit.numbers), None)

    def _ask(self, asked: object) -> None:
        if self._away:
            raise EngineError("secret address of the store")
        self.asked.append(asked)


class Log:
    """An audit log; ``then`` happens while an entry is written."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.entries: list[tuple[Any, ...]] = []
        self._then = then

    async def record(self, caller: Caller, role: str, action: str, **entry: Any) -> None:
        self.entries.append((caller.subject, role, action, entry))
        self._then()

    @property
    def outcomes(self) -> list[str]:
        return [entry["outcome"] for *_, entry in self.entries]


class _NobodyBeingHidden:
    def now(self) -> dict[str, int]:
        return {}


def opening() -> Opening:
    """One authority, live, that has admitted one organisation."""
    made = Opening()
    made.set_stage(AUTHORITY, "live")
    made.admit(AUTHORITY, "northshire-gp", admitted=True)
    return made


def shields(lease: LeaseSettings) -> Shields:
    """Nobody is shielded, and that may be trusted."""
    made = Shields("search", KafkaSettings(), lease)
    made._lease.polled(clock.monotonic(), 0, 0)
    return made


def desk(index: Found, log: Log, known: Shields, lease: LeaseSettings, pace: Pace = UNHURRIED) -> Desk:
    """The desk."""
    parts: Sequence[Any] = (index, known, _NobodyBeingHidden())
    return Desk(
        *parts,
        fence=Fence(known, lease),
        recorder=cast("Any", log),
        opening=opening(),
        pace=pace,
        central_team=TEAM,
    )


class _Signed:
    """Whoever comes is this caller."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def caller(self, _: str) -> Caller:
        return self._caller


def application(
    index: Found,
    log: Log,
    caller: Caller = PRACTITIONER,
    lease: LeaseSettings | None = None,
    shielding_url: str | None = "http://shielding",
    pace: Pace = UNHURRIED,
) -> FastAPI:
    """Search's HTTP interface and pages over one desk, for one caller."""
    lease = lease or LeaseSettings(wait=0.0, length=60.0, write_within=10.0)
    tokens = TokenSettings(issuer="http://issuer", jwks_url="http://issuer")
    shown = pages.build(ServiceSettings(port=1, tokens=tokens))
    behind = desk(index, log, shields(lease), lease, pace)
    app = FastAPI()
    app.state.tokens = _Signed(caller)
    problems.install(app, [EngineError])
    app.add_middleware(Face)
    for router in (api.routes(behind), shown.shared(), pages.routes(shown, behind, shielding_url)):
        app.include_router(router)
    return app
