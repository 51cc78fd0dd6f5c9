"""One process of Signpost: its HTTP face, its bus, and starting and stopping both in the right order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import Lifespan

from runtime import log, problems
from runtime.bus import Bus
from runtime.delivery import is_transient
from runtime.face import Face
from runtime.health import Check, Health, Watchdog
from runtime.settings import ServiceSettings
from runtime.tokens import Caller, Tokens

logger = structlog.get_logger()

Step = Callable[[], Awaitable[None]]


def application(
    title: str,
    settings: ServiceSettings,
    bus: Bus,
    routers: Sequence[APIRouter],
    *,
    turned_away: Callable[[Caller, str], Awaitable[None]],
    checks: Mapping[str, Check],
    broken: Mapping[str, Callable[[], bool]] | None = None,
    start: Sequence[Step] = (),
    stop: Sequence[Step] = (),
    transient: Callable[[Exception], bool] = lambda _: False,
    engine_errors: Sequence[type[Exception]] = (),
) -> FastAPI:
    """The service as an ASGI application; ``start`` runs before anything is consumed, ``stop`` after.

    ``turned_away`` records who asked for what needs a role that they do not have, and that role.

    The HTTP face is up at once, so that readiness can tell what is being waited for.
    """
    watchdog = Watchdog(bus)
    started = asyncio.Event()

    async def bring_up() -> None:
        for step in (*start, bus.start):
            await _until_done(step, transient)
        watchdog.start()
        started.set()
        logger.info("consuming")

    life = _lifespan(bring_up, [watchdog.stop, bus.stop, *stop])
    app = FastAPI(title=title, lifespan=life, docs_url=None, redoc_url=None)
    app.state.tokens = Tokens(settings.tokens)
    app.state.turned_away = turned_away
    problems.install(app, engine_errors)
    app.add_middleware(Face)
    for router in (*routers, _health_routes(Health(watchdog, bus, checks, broken or {}), started)):
        app.include_router(router)
    return app


def _lifespan(bring_up: Step, take_down: Sequence[Step]) -> Lifespan[FastAPI]:
    """Comes up beside the HTTP face, and goes down step by step."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        coming: asyncio.Future[None] = asyncio.ensure_future(bring_up())
        coming.add_done_callback(_exit_if_failed)
        try:
            yield
        finally:
            coming.cancel()
            for step in take_down:
                await step()

    return lifespan


def run(app: FastAPI, settings: ServiceSettings, service: str) -> None:
    """Serve until a signal; then finish what is in hand."""
    log.configure(service, settings.log_level)
    collect_seldom()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        access_log=False,  # its lines are URLs
        log_config=None,
        server_header=False,
        # Longer than proxies keep an idle connection: closed by us, it goes just as one of them uses it again.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
    )


def collect_seldom() -> None:
    """Look for reference cycles seldom: a batch makes a hundred thousand objects and hardly a cycle.

    At Python's own threshold the collector took a third of the registry's time, looking at live batches.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


async def _until_done(step: Step, transient: Callable[[Exception], bool]) -> None:
    pause = 0.2
    while True:
        try:
            await step()
        except Exception as error:
            if not (is_transient(error) or transient(error)):
                raise
            logger.warning("not up yet: trying again", exc_info=error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, 2.0)
        else:
            return


def _exit_if_failed(coming: asyncio.Future[None]) -> None:
    if not coming.cancelled() and (error := coming.exception()) is not None:
        logger.critical("cannot start", exc_info=error)
        # Tell uvicorn as an operator would, so that everything is closed in order.
        os.kill(os.getpid(), signal.SIGTERM)


def _health_routes(health: Health, started: asyncio.Event) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> Response:
        troubles = health.live()
        return JSONResponse({"live": not troubles, "troubles": troubles}, 503 if troubles else 200)

    @router.get("/health/ready")
    async def ready() -> Response:
        troubles = await health.ready() if started.is_set() else {"start": "not finished"}
        return JSONResponse({"ready": not troubles, "troubles": troubles}, 503 if troubles else 200)

    @router.get("/metrics")
    async def metrics_page() -> Response:
        return PlainTextResponse(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
