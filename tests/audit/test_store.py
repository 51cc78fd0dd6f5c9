"""The audit log keeps every entry once, on the real document store."""

from __future__ import annotations

from uuid import uuid4

from pydantic import SecretStr

from contracts.access import AccessRecorded
from deploy.engines import Engines
from runtime import clock, mongo
from runtime.mongo import MongoSettings
from services.audit.store import Entries


def entry(event_id: str) -> AccessRecorded:
    """An entry."""
    return AccessRecorded(
        event_id=event_id,
        producer="search-1",
        sequence=1,
        occurred_at=clock.now(),
        actor="somebody",
        role="practitioner",
        action="view",
        outcome="shown",
    )


async def test_an_entry_that_is_delivered_again_is_kept_once_and_its_neighbours_are_kept(engines: Engines) -> None:
    name = f"t-{uuid4()}"
    database = mongo.connect(MongoSettings(uri=SecretStr(engines.endpoints.mongo), database=name))
    entries = Entries(database)
    await entries.prepare()
    await entries.keep([entry("one"), entry("two")])
    await entries.keep([entry("two"), entry("three"), entry("one")])
    kept = [each["event_id"] for each in await entries.find(limit=10)]
    assert sorted(kept) == ["one", "three", "two"]
    await database.client.drop_database(name)
    database.client.close()
