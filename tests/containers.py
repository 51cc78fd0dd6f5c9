"""The engines of a test run as containers: testcontainers starts what developers start, deploy/compose.yaml."""

from __future__ import annotations

from pathlib import Path

from testcontainers.compose import DockerCompose

from deploy.engines import EngineError, Ports, Progress
from deploy.engines.compose import FILE, PATIENCE, ComposeEngines, container_engine
from deploy.engines.process import within


class ContainerEngines(ComposeEngines):
    """Engines in containers of one test run, gone with their volumes when it ends."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        super().__init__(folder, ports)
        variables = folder / "compose.env"
        variables.write_text("".join(f"{name}={value}\n" for name, value in self.variables.items()))
        self._containers = DockerCompose(
            FILE.parent, FILE.name, env_file=str(variables), docker_command_path=container_engine()
        )

    def start(self, progress: Progress) -> None:
        """Start them, and return when all three answer in their own protocols."""
        self._containers.start()
        if not within(PATIENCE, lambda: all(self.status().values())):
            raise EngineError("Not all engines answer, though their containers are up.")

    def wipe(self) -> None:
        """Stop and remove them, and their volumes."""
        self._containers.stop()
