"""An engine that is gone for a while loses nothing, shows nothing more, and needs no restart of ours."""

from __future__ import annotations

import threading
import time
from typing import Any

import httpx
import pytest
from aiokafka.errors import KafkaError

import generator
from deploy.engines import LocalEngines
from tests.children import nhs, nhs_number, supplied
from tests.world import World, await_

OUTAGE = 15.0
PAUSE = 0.5
"""Seconds before a source tries again."""


class Loader:
    """Goes on publishing changes while engines come and go, and, as a source does, tries again what failed."""

    def __init__(self, world: World, seed: int) -> None:
        self.changes = list(generator.generate(150, seed=seed))
        self.accepted = 0
        self._world = world
        # A daemon: where a test fails the engines go, and nobody would be left to accept the rest.
        self._thread = threading.Thread(target=self._publish, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        self._thread.join(timeout=240)
        assert not self._thread.is_alive()
        assert self.accepted == len(self.changes)

    def _publish(self) -> None:
        while portion := self.changes[self.accepted : self.accepted + 10]:
            try:
                self._world.publish(portion)
                self.accepted += len(portion)
            except KafkaError:
                time.sleep(PAUSE)


def away(engine: Any, seconds: float, meanwhile: Any) -> None:
    """Stop an engine, watch what is answered meanwhile, start it again."""
    engine.stop()
    began = time.monotonic()
    try:
        meanwhile()
    finally:
        # The outage itself is what is tested: it lasts as long as the promise says, whatever is awaited within.
        time.sleep(max(0.0, seconds - (time.monotonic() - began)))
        engine.start()


def all_there(world: World, changes: list[dict[str, Any]]) -> None:
    """Every source record's newest version is kept."""
    world.settled(180)
    newest: dict[str, int] = {}
    for change in changes:
        key = f"{change['source']}/{change['source_ref']}"
        newest[key] = max(newest.get(key, 0), change["source_version"])
    kept = {
        source["key"]: source["version"]
        for child in world.database("registry")["children"].find({"source_keys": {"$in": list(newest)}})
        for source in child["sources"]
    }
    assert len(kept) >= len(newest)
    assert all(kept[key] == version for key, version in newest.items())


@pytest.fixture
def known(world: World) -> dict[str, Any]:
    """A child who can be found before anything goes wrong."""
    return acquainted(world)


def acquainted(world: World) -> dict[str, Any]:
    """A new child, as a search finds it."""
    number = nhs_number()
    world.publish([supplied("northshire-gp", f"K-{number}", identifiers=[nhs(number)])])
    return {**world.find(identifier=nhs(number)), "nhs": number}


def test_without_kafka_nothing_is_answered_and_all_comes_back(
    world: World, local_engines: LocalEngines, known: dict[str, Any]
) -> None:
    loader = Loader(world, seed=21)
    loader.start()
    await_(lambda: loader.accepted >= 50 or None)
    decided: list[dict[str, Any]] = []

    def meanwhile() -> None:
        assert loader.accepted < len(loader.changes)
        decided.append(assert_decided_only(shield(world, known["child_number"])))
        answer = world.view(known["child_number"])
        assert answer.status_code == 503
        assert "Okafor" not in answer.text
        # By then nobody can tell who is being hidden, and the query itself could find them.
        searched = world.search(identifier=nhs(known["nhs"]))
        assert (searched.status_code, searched.json()["type"].rsplit(":", 1)[1]) == (503, "shields-unknown")
        await_(lambda: unready(world, "search", "kafka"))
        assert world.http.get(world.stack.url("search") + "/health/live").status_code == 200

    away(local_engines.kafka, OUTAGE, meanwhile)
    await_(lambda: restricted(world, known["child_number"]), 60)
    shield_id = decided[0]["shield_id"]
    await_(lambda: status(world, shield_id) == "scrubbed" or None, 60)
    loader.join()
    all_there(world, loader.changes)
    await_(lambda: ready(world), 60)


def test_without_elasticsearch_searches_are_503_and_all_is_indexed_afterwards(
    world: World, local_engines: LocalEngines, known: dict[str, Any]
) -> None:
    loader = Loader(world, seed=22)
    number = nhs_number()

    def meanwhile() -> None:
        loader.start()
        assert world.search(identifier=nhs(known["nhs"])).status_code == 503
        assert world.view(known["child_number"]).status_code == 503
        await_(lambda: unready(world, "search", "index"))
        world.publish([supplied("northshire-gp", f"E-{number}", identifiers=[nhs(number)])])

    away(local_engines.elasticsearch, OUTAGE, meanwhile)
    loader.join()
    all_there(world, loader.changes)
    assert world.find(identifier=nhs(number), seconds=60)
    await_(lambda: ready(world), 60)


def test_without_the_document_store_changes_wait_and_are_then_kept(
    world: World, local_engines: LocalEngines, known: dict[str, Any]
) -> None:
    loader = Loader(world, seed=23)
    one_more = acquainted(world)

    def meanwhile() -> None:
        loader.start()
        await_(lambda: unready(world, "registry", "document-store"))
        # Search has a store of its own and goes on; the log keeps what audit cannot store yet.
        assert world.view(known["child_number"]).status_code == 200
        read = world.call("registry", "GET", f"/v1/records/{known['child_number']}", "data-manager")
        assert read.status_code == 503
        assert shield(world, one_more["child_number"]).status_code == 503
        assert world.call("audit", "GET", "/v1/entries", "auditor").status_code == 503

    away(local_engines.documents, OUTAGE, meanwhile)
    assert await_(lambda: answered(shield(world, one_more["child_number"])), 60).status_code == 201
    assert await_(lambda: answered(world.call("audit", "GET", "/v1/entries", "auditor")), 60).status_code == 200
    assert restricted(world, one_more["child_number"])
    loader.join()
    all_there(world, loader.changes)
    await_(lambda: ready(world), 60)


def unready(world: World, service: str, trouble: str) -> bool | None:
    """Whether a service says that it is not ready, for this reason."""
    answer = world.http.get(world.stack.url(service) + "/health/ready")
    return (answer.status_code == 503 and trouble in answer.json()["troubles"]) or None


def ready(world: World) -> bool | None:
    """Whether all services are ready."""
    return all(world.stack.status().values()) or None


def shield(world: World, child_number: str) -> httpx.Response:
    """An officer's decision, whatever is answered."""
    body = {"child_number": child_number, "ground": "domestic-abuse", "review_on": "2099-01-01"}
    return world.call("shielding", "POST", "/v1/shields", "shield-officer", body)


def assert_decided_only(answer: httpx.Response) -> dict[str, Any]:
    """The officer is told that the decision is kept, and cannot take that for hidden."""
    assert answer.status_code == 202
    told = dict(answer.json())
    assert told["in_words"].startswith("NOT HIDDEN YET")
    assert told.keys().isdisjoint({"published_at", "fenced_at", "scrubbed_at"})
    return told


def answered(answer: httpx.Response) -> httpx.Response | None:
    """The answer, unless it is that there can be none now."""
    return None if answer.status_code == 503 else answer


def restricted(world: World, child_number: str) -> bool | None:
    """Whether a practitioner is shown the restricted view."""
    view = world.view(child_number)
    return (view.status_code == 200 and view.json()["restricted"]) or None


def status(world: World, shield_id: str) -> str | None:
    """How far a shield has come, where that can be told."""
    answer = world.call("shielding", "GET", f"/v1/shields/{shield_id}", "shield-officer")
    return str(answer.json()["status"]) if answer.status_code == 200 else None
