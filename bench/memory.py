"""Measures what each Python service holds in memory, and uses of a core, when it has nothing to do.

The limit is what is asked of Signpost: 150 MB resident for each.
"""

from __future__ import annotations

import time

from bench.figures import Figure
from bench.place import Place, Sizes
from deploy.stack import PROCESSES

LIMIT = 150.0
_SETTLE, _WATCH = 5.0, 10.0


def measure(place: Place, sizes: Sizes) -> list[Figure]:
    """Resident megabytes and cores used, by process."""
    time.sleep(_SETTLE)
    before = place.processes.cpu()
    time.sleep(_WATCH)
    after = place.processes.cpu()
    resident = place.processes.resident()
    asked = [Figure(f"{name}: resident", resident[name], "MB", LIMIT, "asked for") for name in PROCESSES]
    engines = [Figure(f"{n}: resident", mb, "MB") for n, mb in resident.items() if n not in PROCESSES]
    idle = [Figure(f"{name}: idle", (after[name] - before[name]) / _WATCH, "cores") for name in resident]
    return [*asked, *engines, *idle]
