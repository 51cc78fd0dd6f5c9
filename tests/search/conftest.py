"""An index for the tests of search, on real Elasticsearch."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from deploy.engines import Engines
from services.search.index import Index
from services.search.settings import ElasticsearchSettings


@asynccontextmanager
async def fresh(engines: Engines) -> AsyncIterator[Index]:
    """An index that nobody else has, deleted in the end with all that were built beside it."""
    made = Index(ElasticsearchSettings(url=engines.endpoints.elasticsearch, prefix=f"t-{uuid4()}-"))
    await made.prepare()
    yield made
    for name in await made.targets():
        await made.client.indices.delete(index=name)
    await made.close()


@pytest.fixture
async def index(engines: Engines) -> AsyncIterator[Index]:
    """An index of the test's own."""
    async with fresh(engines) as made:
        yield made
