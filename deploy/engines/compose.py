"""The three engines from their official images, by deploy/compose.yaml."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Literal

from deploy.engines import answers
from deploy.engines.model import Endpoints, EngineError, Ports, Progress
from deploy.engines.process import within

FILE = Path(__file__).parents[1] / "compose.yaml"
PATIENCE = 10.0  # seconds for a container engine, or a registry through it, to say anything


class ComposeEngines:
    """Engines in containers; each state folder has a project, and so containers and volumes, of its own.

    ``variables`` are what compose is told by its environment.
    """

    kind: Literal["compose"] = "compose"

    def __init__(self, state: Path, ports: Ports, program: str | None = None) -> None:
        self.endpoints: Endpoints = ports.endpoints
        self._ports = ports
        self._program = program
        self._project = "signpost-" + hashlib.sha256(str(state.absolute()).encode()).hexdigest()[:8]
        self.variables = {
            "COMPOSE_PROJECT_NAME": self._project,
            "SIGNPOST_KAFKA_PORT": str(ports.kafka),
            "SIGNPOST_ELASTICSEARCH_PORT": str(ports.elasticsearch),
            "SIGNPOST_MONGO_PORT": str(ports.mongo),
        }

    def start(self, progress: Progress) -> None:
        progress("Engines: starting their containers, after fetching the images where that is needed")
        self._compose("up", "--detach", "--wait")
        if not within(PATIENCE, lambda: all(self.status().values())):
            raise EngineError(f"Not all engines answer: read why with compose -p {self._project} logs.")
        for name in self.status():
            progress(f"{name}: ready")

    def stop(self) -> None:
        self._compose("stop")

    def wipe(self) -> None:
        self._compose("down", "--volumes")

    def status(self) -> dict[str, bool]:
        return {
            "kafka": answers.kafka_ready(self._ports.kafka),
            "elasticsearch": answers.elasticsearch_ready(self._ports.elasticsearch),
            "documents": answers.mongo_ready(self._ports.mongo),
        }

    def _compose(self, *verb: str) -> None:
        program = self._program or container_engine()
        if program is None:
            raise EngineError(
                "No container engine answers: start one (docker or podman, with compose), or set"
                " SIGNPOST_ENGINES=local."
            )
        done = subprocess.run(
            [program, "compose", "--file", str(FILE), *verb],
            env=os.environ | self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = done.stderr.strip().splitlines()
            raise EngineError(
                f"{program} compose {verb[0]} failed ({said[-1].rstrip('.') if said else 'without a word'}):"
                " mend that, or set SIGNPOST_ENGINES=local."
            )


def container_engine() -> str | None:
    """The first container engine that answers and has compose."""
    for program in ("docker", "podman"):
        if shutil.which(program) and _works(program, "info") and _works(program, "compose", "version"):
            return program
    return None


def can_get_images(program: str) -> bool:
    """Whether each image is here already or its registry answers; nothing is fetched."""
    images = re.findall(r"^\s+image: (\S+)$", FILE.read_text(), re.MULTILINE)
    return all(
        _works(program, "image", "inspect", image) or _works(program, "manifest", "inspect", image)
        for image in images
    )


def _works(*command: str) -> bool:
    try:
        return not subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False
