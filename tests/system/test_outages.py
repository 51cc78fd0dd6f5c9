"""An engine that is gone for a while loses nothing, shows nothing more, and needs no restart of ours."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

import generator
from deploy.engines import LocalEngines
from tests.children import nhs, nhs_number, supplied
from tests.world import World, await_

OUTAGE = 15.0


class Loader:
    """Goes on publishing changes while engines come and go."""

    def __init__(self, world: World, seed: int) -> None:
        made = generator.generate(150, seed=seed)
        # Sources of its own: made-up source records of two seeds may have the same names.
        self.sent = [{**change, "source": f"{change['source']}-{seed}"} for change in made]
        self._thread = threading.Thread(target=world.publish, args=(self.sent,))

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        self._thread.join(timeout=120)
        assert not self._thread.is_alive()


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


def all_there(world: World, sent: list[dict[str, Any]]) -> None:
    """Every source record's newest version is kept."""
    world.settled(180)
    newest: dict[str, int] = {}
    for change in sent:
        key = f"{change['source']}/{change['source_ref']}"
        newest[key] = max(newest.get(key, 0), change["source_version"])
    kept = {
        source["key"]: source["version"]
        for child in world.database("registry")["children"].find({"source_keys": {"$in": list(newest)}})
        for source in child["sources"]
    }
    assert len(kept) >= len(newest)
    assert all(kept[key] == version for key, version in newest.items())


@pytest.fixture(scope="module")
def known(world: World) -> dict[str, Any]:
    """A child who can be found before anything goes wrong."""
    number = nhs_number()
    world.publish([supplied("northshire-gp", f"K-{number}", identifiers=[nhs(number)])])
    return {**world.find(identifier=nhs(number)), "nhs": number}


def test_without_kafka_nothing_is_answered_and_all_comes_back(
    world: World, local_engines: LocalEngines, known: dict[str, Any]
) -> None:
    loader = Loader(world, seed=21)
    loader.start()
    loader.join()

    def meanwhile() -> None:
        answer = world.view(known["child_number"])
        assert answer.status_code == 503
        assert "Okafor" not in answer.text
        assert world.search(identifier=nhs(known["nhs"])).status_code == 503
        await_(lambda: unready(world, "search", "kafka"))
        assert world.http.get(world.stack.url("search") + "/health/live").status_code == 200

    away(local_engines.kafka, OUTAGE, meanwhile)
    await_(lambda: world.view(known["child_number"]).status_code == 200 or None, 60)
    all_there(world, loader.sent)
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
    all_there(world, loader.sent)
    assert world.find(identifier=nhs(number), seconds=60)
    await_(lambda: ready(world), 60)


def test_without_the_document_store_changes_wait_and_are_then_kept(
    world: World, local_engines: LocalEngines, known: dict[str, Any]
) -> None:
    loader = Loader(world, seed=23)

    def meanwhile() -> None:
        loader.start()
        await_(lambda: unready(world, "registry", "document-store"))
        # Search has a store of its own and goes on; the log keeps what audit cannot store yet.
        assert world.view(known["child_number"]).status_code == 200
        read = world.call("registry", "GET", f"/v1/records/{known['child_number']}", "data-manager")
        assert read.status_code == 503

    away(local_engines.documents, OUTAGE, meanwhile)
    loader.join()
    all_there(world, loader.sent)
    await_(lambda: ready(world), 60)


def unready(world: World, service: str, trouble: str) -> bool | None:
    """Whether a service says that it is not ready, for this reason."""
    answer = world.http.get(world.stack.url(service) + "/health/ready")
    return (answer.status_code == 503 and trouble in answer.json()["troubles"]) or None


def ready(world: World) -> bool | None:
    """Whether all services are ready."""
    return all(world.stack.status().values()) or None
