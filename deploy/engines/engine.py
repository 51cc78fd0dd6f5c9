"""What the three local engines have in common: installed, started, awaited, stopped, wiped."""

import os
import shutil
from abc import ABC, abstractmethod
from pathlib import Path
from time import monotonic

from deploy.engines.model import EngineError, Progress, is_free
from deploy.engines.process import Command, OwnedProcess, locked


def quiet(_line: str) -> None:
    """Progress for whoever wants none."""


class Engine(ABC):
    """One engine on ports of its own, with everything it keeps in one folder."""

    name: str
    patience = 60.0  # seconds from its start to being ready, on a slow machine

    def __init__(self, home: Path, *ports: int) -> None:
        self.home = home
        self.ports = ports
        self._ports_note = home / "ports"
        self._process = OwnedProcess(self.name, home / "process.json", home / "log")

    @abstractmethod
    def ready(self) -> bool:
        """Whether it serves clients now."""

    @abstractmethod
    def _command(self, progress: Progress) -> Command:
        """What to run, after installing and preparing what that needs."""

    def _settled(self) -> bool:
        """Whether starting is done; asked again and again until it is."""
        return self.ready()

    def check(self) -> None:
        """Raise EngineError for whatever would keep it from starting and can be known at once."""
        if self.running():
            noted = self._ports_note.read_text().split() if self._ports_note.exists() else []
            if noted and noted != list(map(str, self.ports)):
                raise EngineError(
                    f"{self.name} already runs from this state folder, on ports {' and '.join(noted)}: stop it"
                    " first, or ask for those ports."
                )
        else:
            for port in self.ports:
                if not is_free(port):
                    raise EngineError(
                        f"Port {port}, which {self.name} needs, is in use by another program: stop that"
                        f" program (ss -ltnp 'sport = :{port}' names it), then start again."
                    )

    def running(self) -> bool:
        return self._process.running()

    def start(self, progress: Progress = quiet) -> None:
        """Return once it is ready; if it already runs, that is all there is to wait for."""
        with locked(self.home / "lock"):
            begun = monotonic()
            self.check()
            was_running = self.running()
            if not was_running:
                command = self._command(progress)
                begun = monotonic()
                progress(f"{self.name}: starting")
                self._ports_note.write_text(" ".join(map(str, self.ports)))
                self._process.spawn(command)
            self._process.await_ready(self._settled, self.patience, progress)
            took = "already running" if was_running else f"ready after {monotonic() - begun:.1f} s"
            progress(f"{self.name}: {took}")

    def stop(self) -> None:
        """Have it end in good order."""
        if self.home.exists():
            with locked(self.home / "lock"):
                self._process.stop()

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()

    def wipe(self) -> None:
        """Stop it and remove its data."""
        self.stop()
        if self.home.exists():
            shutil.rmtree(self.home)


def is_root() -> bool:
    return os.geteuid() == 0
