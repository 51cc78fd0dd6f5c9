"""The document store: the one place that knows which driver is used."""

from __future__ import annotations

from typing import Any

from bson.errors import InvalidDocument
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pydantic import SecretStr
from pymongo.errors import (
    BulkWriteError,
    DocumentTooLarge,
    DuplicateKeyError,
    PyMongoError,
    WriteError,
)

from runtime.settings import Part

Database = AsyncIOMotorDatabase[dict[str, Any]]

ERRORS = (PyMongoError,)
DUPLICATE_KEY = 11000
TOO_LARGE = 388
"""A transaction is larger than the store can hold at once."""
_PERMANENT = (BulkWriteError, DocumentTooLarge, DuplicateKeyError, InvalidDocument, WriteError)


class MongoSettings(Part):
    """Where the document store is; each service has a database of its own."""

    uri: SecretStr = SecretStr("mongodb://127.0.0.1:19400/?directConnection=true")
    database: str


def connect(settings: MongoSettings) -> Database:
    """The service's database; every acknowledged write is on a majority's disks, every read sees such writes."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        settings.uri.get_secret_value(),
        w="majority",
        journal=True,
        serverSelectionTimeoutMS=2000,
        connectTimeoutMS=2000,
        socketTimeoutMS=20000,
        tz_aware=True,
    )
    return client[settings.database]


def is_transient(error: Exception) -> bool:
    """Whether the store may take the same write later."""
    return isinstance(error, PyMongoError) and not isinstance(error, _PERMANENT)


async def answers(database: Database) -> bool:
    """Whether the store can be reached now."""
    try:
        await database.command("ping")
    except PyMongoError:
        return False
    return True
