"""More processes of a service beside the one that a stack has."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass

import httpx

from deploy.engines.model import Ports
from deploy.engines.process import within
from deploy.stack import ROOT, Stack, inherited

_READY_WITHIN = 120.0


@dataclass(frozen=True)
class Another:
    """One more process, and where it answers."""

    url: str
    process: subprocess.Popen[bytes]

    def ready(self) -> bool:
        """Whether it says that it can do its work."""
        try:
            return httpx.get(f"{self.url}/health/ready", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def more(
    stack: Stack,
    service: str,
    settings: Sequence[Mapping[str, str]],
    run: Sequence[str] = (),
) -> Iterator[list[Another]]:
    """One process with each of these further ``settings``, all ready, sharing the stack's work.

    ``run`` is what Python is to run in place of the service.
    """
    ports = astuple(Ports.free())[: len(settings)]
    started = [_start(stack, service, port, own, run) for port, own in zip(ports, settings, strict=True)]
    try:
        for each in started:
            assert within(_READY_WITHIN, each.ready), f"{service} at {each.url} is not ready"
        yield started
    finally:
        for each in started:
            each.process.terminate()
        for each in started:
            each.process.wait(30)


def _start(stack: Stack, service: str, port: int, own: Mapping[str, str], run: Sequence[str]) -> Another:
    environment = {**inherited(), **stack.environment(service), "SIGNPOST_PORT": str(port), **own}
    command = [sys.executable, *(run or ("-m", f"services.{service}"))]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    return Another(f"http://127.0.0.1:{port}", process)
