"""A document store for the tests of the registry."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from pydantic import SecretStr

from deploy.engines import Engines
from runtime import mongo
from runtime.mongo import Database, MongoSettings
from services.registry.store import Records


@pytest.fixture
async def database(engines: Engines) -> AsyncIterator[Database]:
    """A database of the test's own."""
    name = f"t-{uuid4()}"
    database = mongo.connect(MongoSettings(uri=SecretStr(engines.endpoints.mongo), database=name))
    yield database
    await database.client.drop_database(name)
    database.client.close()


@pytest.fixture
async def records(database: Database) -> Records:
    """A store of the test's own."""
    store = Records(database)
    await store.prepare()
    return store
