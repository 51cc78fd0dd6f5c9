"""More registry processes beside the one that a world has."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple

import httpx

from deploy.engines.model import Ports
from deploy.stack import ROOT
from tests.world import World, await_

Process = tuple[int, subprocess.Popen[bytes]]


@contextmanager
def more_registries(
    world: World, count: int, run: Sequence[str] = ("-m", "services.registry")
) -> Iterator[list[Process]]:
    """Processes that share the world's work, each ready, with the port that it listens on; ``run`` is Python's."""
    more: list[Process] = []
    for port in astuple(Ports.free())[:count]:
        environment = {**world.stack.environment("registry"), "SIGNPOST_PORT": str(port)}
        command = [sys.executable, *run]
        more.append((port, subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)))
    try:
        for port, _ in more:
            await_(lambda port=port: _ready(world, port), 60)
        yield more
    finally:
        for _, process in more:
            process.terminate()
        for _, process in more:
            process.wait(30)


def _ready(world: World, port: int) -> bool | None:
    try:
        return world.http.get(f"http://127.0.0.1:{port}/health/ready").status_code == 200 or None
    except httpx.TransportError:
        return None
