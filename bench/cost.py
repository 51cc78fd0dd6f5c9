"""Where the time goes: processor seconds by process over a stretch of work."""

from __future__ import annotations

from time import monotonic

from bench.figures import Figure
from bench.processes import Processes, machine_cpu


class Cost:
    """Counts from its making on."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self._began = monotonic()
        self._machine = machine_cpu()
        self._used = processes.cpu()

    def figures(self, per: int, of: str) -> list[Figure]:
        """Processor seconds of each process for every ``per`` of the ``of``, and what strangers took meanwhile."""
        seconds = monotonic() - self._began
        now = self._processes.cpu()
        spent = {name: used - self._used.get(name, 0.0) for name, used in now.items()}
        strangers = max(0.0, machine_cpu() - self._machine - sum(spent.values()))
        shares = sorted(spent.items(), key=lambda each: -each[1])
        total = Figure(f"CPU s per 1,000 {of}: all", sum(spent.values()) * 1000 / per, "s")
        each = [Figure(f"CPU s per 1,000 {of}: {name}", used * 1000 / per, "s") for name, used in shares]
        return [
            total,
            *each,
            Figure("cores busy with us", sum(spent.values()) / seconds, "cores"),
            Figure("cores busy with strangers", strangers / seconds, "cores"),
        ]
