"""The engines, started once by each worker of a run, and Signpost upon them, once a module."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from deploy.engines import Engines, LocalEngines, Ports, choose
from deploy.stack import ServicePorts, Stack
from runtime import log
from runtime.settings import Horizons
from tests.world import World

log.configure("tests", "critical")
# Nothing is timed: what takes a fifth of a second on one machine takes a whole one on another.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

_runs = itertools.count(1)
_PROCESSES = {"system", "deploy", "cli"}
"""Whose tests start processes and wait for them."""

StackFactory = Callable[..., World]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole stories first: they take longest, and of several workers none is to end with one alone.

    What has engines or processes of its own is marked: the rest computes, and can run beside it.
    """
    items.sort(key=lambda item: "system" not in item.path.parts)
    for item in items:
        if "engines" in getattr(item, "fixturenames", ()) or not _PROCESSES.isdisjoint(item.path.parts):
            item.add_marker("engines")


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Kafka, Elasticsearch and the document store, on ports of their own; gone when the run ends."""
    folder, ports = tmp_path_factory.mktemp("engines"), Ports.free()
    chosen = choose(folder, ports)
    if chosen.kind == "compose":
        from tests.containers import ContainerEngines  # noqa: PLC0415 - only where there are containers

        chosen = ContainerEngines(folder, ports)
    chosen.start(lambda _: None)
    yield chosen
    if chosen.kind == "external":
        chosen.stop()
    else:
        chosen.wipe()


@pytest.fixture(scope="session")
def local_engines(engines: Engines) -> LocalEngines:
    """Engines that a test may stop and start one by one."""
    if not isinstance(engines, LocalEngines):
        pytest.skip("only engines that run as local processes are stopped one by one")
    return engines


@pytest.fixture(scope="module")
def new_world(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackFactory]:
    """Make a Signpost with topics, indexes and databases of its own; all are stopped when the module ends."""
    made: list[World] = []

    def make(
        extra: dict[str, dict[str, str]] | None = None, start: bool = True, horizons: Horizons | None = None
    ) -> World:
        state: Path = tmp_path_factory.mktemp("signpost")
        prefix = f"t{os.getpid()}-{next(_runs)}-"
        settings = _unhurried(extra or {})
        stack = Stack(state, engines.endpoints, ServicePorts.free(), prefix, settings, horizons or Horizons())
        world = World(stack)
        made.append(world)
        if start:
            world.start()
        return world

    yield make
    for world in made:
        world.close()


def _unhurried(extra: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Further settings with which nobody waits who asks fast, as tests do."""
    return {**extra, "search": {"SIGNPOST_PACE__EVERY": "0", **extra.get("search", {})}}


@pytest.fixture(scope="module")
def world(new_world: StackFactory) -> World:
    """One Signpost for the module."""
    return new_world()
