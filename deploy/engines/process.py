"""One background process that outlives whoever started it, and is known again by its record on disk."""

import fcntl
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.engines.model import EngineError, Progress

GRACE = 30.0  # seconds to stop in before being killed
POLL = 0.05

# Children are kept so that they are reaped when they end, and may outlive us without a warning.
_children: list["subprocess.Popen[bytes]"] = []
_children_lock = threading.Lock()


@dataclass(frozen=True)
class Command:
    """What to run; user is a numeric id for a process that may not run as root."""

    argv: list[str]
    directory: Path
    environment: dict[str, str] = field(default_factory=dict)
    user: int | None = None
    inherited: dict[str, str] | None = None
    """What the environment is added to; by default our own."""


class OwnedProcess:
    """A process of ours, recorded in a file; a foreign one that has been given its id is never touched."""

    def __init__(self, name: str, record: Path, log: Path) -> None:
        self.name = name
        self.record = record
        self.log = log

    def running(self) -> bool:
        return self._pid() is not None

    def spawn(self, command: Command) -> None:
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                command.argv,
                cwd=command.directory,
                env={**(os.environ if command.inherited is None else command.inherited), **command.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=command.user,
                group=command.user,
                extra_groups=None if command.user is None else [command.user],
            )
        with _children_lock:
            _children.append(child)
        self.record.write_text(json.dumps({"pid": child.pid, "identity": _identity(child.pid)}))

    def await_ready(self, ready: Callable[[], bool], seconds: float, progress: Progress) -> None:
        """Return when ready, with a line of progress every five seconds."""
        begun = time.monotonic()
        told = 0.0
        while not ready():
            waited = time.monotonic() - begun
            if not self.running():
                raise EngineError(f"{self.name} ended while starting: read why in {self.log}.")
            if waited > seconds:
                raise EngineError(f"{self.name} is not ready after {seconds:.0f} s: read why in {self.log}.")
            if waited - told >= 5:
                told = waited
                progress(f"{self.name}: starting, {waited:.0f} s so far")
            time.sleep(POLL)

    def stop(self) -> None:
        """Ask it to end and wait; kill it if it does not."""
        if (pid := self._pid()) is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            if not within(GRACE, lambda: self._pid() is None):
                self.kill()
        self.record.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it at once, and all it has started."""
        if (pid := self._pid()) is not None:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            within(GRACE, lambda: self._pid() is None)
            # What it had started belongs to the system now, which may be slow to forget it.
            within(2.0, lambda: not _group_lives(pid))
        self.record.unlink(missing_ok=True)

    def _pid(self) -> int | None:
        try:
            record = json.loads(self.record.read_text())
        except (FileNotFoundError, ValueError):
            return None
        pid = int(record["pid"])
        return pid if _identity(pid) == record["identity"] else None


def _identity(pid: int) -> str | None:
    """What tells a process from a later one with the same id; None if it has ended."""
    with _children_lock:
        _children[:] = [child for child in _children if child.poll() is None]
    if not Path("/proc/self/stat").exists():
        found = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, check=False)
        state, _, started = found.stdout.decode().strip().partition(" ")
        return None if not state or state.startswith("Z") else started.strip()
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *rest = stat.rpartition(") ")[2].split()
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return None if state in "ZX" else f"{boot} {rest[18]}"


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Wait until something holds; False if it does not in this time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL)
    return True


@contextmanager
def locked(file: Path, contended: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold a lock between processes, and threads; the system lets go of it should its holder die."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            contended()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
