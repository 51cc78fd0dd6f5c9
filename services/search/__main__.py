"""Run search: ``python -m services.search``; or, with ``reindex``, build its index anew beside the old one."""

# ruff: noqa: E402 - what is not to be loaded is said before the client that would load it

import asyncio
import sys

# Where others have it installed, Elasticsearch's client loads it to be able to send its tables: 37 MB for nothing.
sys.modules.setdefault("pyarrow", None)  # type: ignore[arg-type]

from runtime import log, service
from runtime.settings import read
from runtime.shields import Shields
from services.search.app import build
from services.search.index import Index
from services.search.rebuild import UnfinishedError, rebuild
from services.search.settings import Settings

_KNOWN_WITHIN = 60.0
"""Seconds within which Kafka tells who is shielded, or nothing is built."""


async def reindex(settings: Settings) -> None:
    """Rebuild the index, telling on standard output how far it is."""
    index, shields = Index(settings.elasticsearch), Shields("search", settings.kafka, settings.lease)

    def tell(done: int, of: int) -> None:
        print(f"{done}/{of}", flush=True)  # noqa: T201

    try:
        async with asyncio.timeout(_KNOWN_WITHIN):
            await shields.start()
        read = await rebuild(index, shields, settings.kafka, tell)
    except (UnfinishedError, TimeoutError) as error:
        raise SystemExit(f"The new index is not searched: {error or 'nobody can tell who is shielded'}.") from None
    finally:
        await shields.stop()
        await index.close()
    print(f"done {read}", flush=True)  # noqa: T201


if __name__ == "__main__":
    settings = read(Settings)
    if sys.argv[1:] == ["reindex"]:
        log.configure("search", settings.log_level)
        asyncio.run(reindex(settings))
    else:
        service.run(build(settings), settings, "search")
