"""Engines that somebody else runs: nothing is started, only looked for."""

import os
import re
from typing import Literal
from urllib.parse import urlsplit

from deploy.engines.answers import accepts
from deploy.engines.model import Endpoints, EngineError, Progress

VARIABLES = {
    "kafka": "SIGNPOST_KAFKA_BOOTSTRAP",
    "elasticsearch": "SIGNPOST_ELASTICSEARCH_URL",
    "documents": "SIGNPOST_MONGO_URI",
}


class ExternalEngines:
    """Engines named by the environment.

    Whether they answer is only whether they accept a connection: how they encrypt and whom they let in is
    for the clients to find out.
    """

    kind: Literal["external"] = "external"

    def __init__(self) -> None:
        missing = [name for name in VARIABLES.values() if not os.environ.get(name)]
        if missing:
            raise EngineError(f"SIGNPOST_ENGINES=external needs {' and '.join(missing)} to be set as well.")
        self.endpoints: Endpoints = Endpoints(
            kafka=os.environ[VARIABLES["kafka"]],
            mongo=os.environ[VARIABLES["documents"]],
            elasticsearch=os.environ[VARIABLES["elasticsearch"]],
        )

    def start(self, progress: Progress) -> None:
        for name, answers in self.status().items():
            if not answers:
                raise EngineError(
                    f"Nothing answers where {VARIABLES[name]} points to: start it there, or correct the setting."
                )
            progress(f"{name}: answers")

    def stop(self) -> None:
        """Leave them running: they are not ours."""

    def wipe(self) -> None:
        raise EngineError(
            "Engines that are run elsewhere are not wiped from here: remove their data where they run."
        )

    def status(self) -> dict[str, bool]:
        url = urlsplit(self.endpoints.elasticsearch)
        default = 443 if url.scheme == "https" else 80
        return {
            "kafka": _any_accepts(self.endpoints.kafka, 9092),
            "elasticsearch": accepts(url.hostname or "", url.port or default),
            "documents": self._documents_answer(),
        }

    def _documents_answer(self) -> bool:
        if self.endpoints.mongo.startswith("mongodb+srv:"):
            return True  # its hosts are found through DNS records that the standard library cannot read
        hosts = re.sub(r"^mongodb://(?:[^@/]*@)?", "", self.endpoints.mongo)
        return _any_accepts(re.split(r"[/?]", hosts)[0], 27017)


def _any_accepts(hosts: str, default: int) -> bool:
    """Whether one of host:port,host:port accepts a connection."""
    parsed = [urlsplit(f"//{host.strip()}") for host in hosts.split(",")]
    return any(accepts(one.hostname or "", one.port or default) for one in parsed)
