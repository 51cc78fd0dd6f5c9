"""The one clock: wall time for what is written down, monotonic time for what is measured."""

from __future__ import annotations

import time
from datetime import UTC, datetime

monotonic = time.monotonic


def now() -> datetime:
    """The moment, in UTC, to the millisecond, so that it reads back from a store as it was written."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
