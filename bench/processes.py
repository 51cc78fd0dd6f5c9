"""What processes use, as Linux tells it; elsewhere, or for engines that are not ours, nothing is known."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_PROC = Path("/proc")
_BENCH = "bench"


class Processes:
    """Processes by name, found by the records that they are started with; the bench itself is one of them."""

    def __init__(self, records: Mapping[str, Path]) -> None:
        self._records = records

    def cpu(self) -> dict[str, float]:
        """Seconds of processor time that each has used so far, with all that it started."""
        used: dict[str, float] = {}
        names = self._sessions()
        for pid, fields in _stats():
            name = _BENCH if pid == os.getpid() else names.get(int(fields[3]))
            if name is not None:
                used[name] = used.get(name, 0.0) + (int(fields[11]) + int(fields[12])) / _TICKS
        return used

    def resident(self) -> dict[str, float]:
        """Megabytes (of 10^6 bytes) that each has in memory."""
        held: dict[str, float] = {}
        names = self._sessions()
        for _, fields in _stats():
            name = names.get(int(fields[3]))
            if name is not None:
                held[name] = held.get(name, 0.0) + int(fields[21]) * _PAGE / 1e6
        return held

    def _sessions(self) -> dict[int, str]:
        # Each is started as the leader of a session, which all that it starts belongs to.
        found: dict[int, str] = {}
        for name, record in self._records.items():
            if record.exists():
                found[int(json.loads(record.read_text())["pid"])] = name
        return found


def machine_cpu() -> float:
    """Seconds of processor time that everything on the machine has used so far."""
    stat = _PROC / "stat"
    if not stat.exists():
        return 0.0
    user, nice, system, _idle, _wait, irq, softirq, steal = map(int, stat.read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / _TICKS


def _stats() -> list[tuple[int, list[str]]]:
    """Every process's id, and its /proc/<id>/stat from the third field (its state) on."""
    found = []
    for folder in _PROC.glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text()
        except OSError:
            continue  # it has ended meanwhile
        found.append((int(folder.name), text.rpartition(") ")[2].split()))
    return found
