"""Chooses how the engines are run."""

import os
from pathlib import Path

from deploy.engines.compose import ComposeEngines, can_get_images, container_engine
from deploy.engines.external import ExternalEngines
from deploy.engines.local import LocalEngines
from deploy.engines.model import EngineError, Engines, Ports


def choose(state: Path, ports: Ports = Ports(), kind: str | None = None) -> Engines:  # noqa: B008
    """The engines of this state folder: of the given kind, else of SIGNPOST_ENGINES', else of what works.

    Without a choice, engines that have been local stay local, so that their data is found again; otherwise
    it is compose where a container engine answers and can get the images, and local where not.
    """
    kind = kind or os.environ.get("SIGNPOST_ENGINES") or None
    match kind:
        case "local":
            return LocalEngines(state, ports)
        case "compose":
            return ComposeEngines(state, ports)
        case "external":
            return ExternalEngines()
        case None:
            return _automatic(state, ports)
        case _:
            raise EngineError(f"SIGNPOST_ENGINES is {kind}: set it to local, compose or external, or not at all.")


def _automatic(state: Path, ports: Ports) -> Engines:
    local = LocalEngines(state, ports)
    if local.exist():
        return local
    program = container_engine()
    if program is not None and can_get_images(program):
        return ComposeEngines(state, ports, program)
    return local
