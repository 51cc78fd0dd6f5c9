"""The three engines as processes of this machine."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from deploy.engines.documents import Documents
from deploy.engines.elasticsearch import Elasticsearch
from deploy.engines.engine import Engine
from deploy.engines.kafka import Kafka
from deploy.engines.model import Endpoints, Ports, Progress


class LocalEngines:
    """Engines that keep everything in one state folder, by which any process can stop them."""

    kind: Literal["local"] = "local"

    def __init__(self, state: Path, ports: Ports) -> None:
        self.state = state = state.absolute()
        self.endpoints: Endpoints = ports.endpoints
        self.kafka = Kafka(state / "kafka", ports)
        self.elasticsearch = Elasticsearch(state / "elasticsearch", ports)
        self.documents = Documents(state / "documents", ports)
        self._all: dict[str, Engine] = {
            "kafka": self.kafka,
            "elasticsearch": self.elasticsearch,
            "documents": self.documents,
        }

    def exist(self) -> bool:
        """Whether any has been started here and not been wiped since."""
        return any(engine.home.exists() for engine in self._all.values())

    def start(self, progress: Progress) -> None:
        engines = self._all.values()
        # Everything that can be known to fail is found before anything is fetched or started.
        for engine in engines:
            engine.check()
        ran_before = [engine for engine in engines if engine.running()]
        one_at_a_time = threading.Lock()

        def tell(line: str) -> None:
            with one_at_a_time:
                progress(line)

        with ThreadPoolExecutor(len(self._all)) as pool:
            starts = [pool.submit(engine.start, tell) for engine in engines]
        failures = [failure for start in starts if (failure := start.exception()) is not None]
        if failures:
            for engine in engines:
                if engine not in ran_before:
                    engine.stop()
            raise failures[0]

    def stop(self) -> None:
        self._each("stop")

    def wipe(self) -> None:
        self._each("wipe")

    def status(self) -> dict[str, bool]:
        return {name: engine.running() and engine.ready() for name, engine in self._all.items()}

    def _each(self, verb: Literal["stop", "wipe"]) -> None:
        with ThreadPoolExecutor(len(self._all)) as pool:
            done = [pool.submit(getattr(engine, verb)) for engine in self._all.values()]
        for one in done:
            one.result()
