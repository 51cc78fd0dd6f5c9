"""Signpost's own processes on one machine: the four services and the development issuer."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nacl.public import PrivateKey

from contracts import STREAMS
from deploy.engines.external import VARIABLES
from deploy.engines.model import Endpoints, EngineError, PortSet, Progress, is_free
from deploy.engines.process import Command, OwnedProcess
from deploy.opening import open_authority
from runtime import topics
from runtime.settings import Horizons, KafkaSettings

ROOT = Path(__file__).resolve().parent.parent
PROCESSES = ("issuer", "registry", "search", "shielding", "audit")
OF_THE_COMMAND = frozenset(
    {
        *(f"SIGNPOST_{name}" for name in ("STATE", "ENGINES", "PORT_OFFSET", "PREFIX", "TOKEN", "CACHE")),
        *VARIABLES.values(),
    }
)
"""What the ``signpost`` command reads for itself; a service would take it for a misspelt setting."""
LOCAL = Horizons(compaction=10, segment=60, deletion=1, heartbeat=5, look_every=5, patience=60)
"""Short ones for one machine: what is superseded is forgotten while somebody watches.

How long other streams are kept stays as declared: a service that is away for less loses nothing.
"""
_START_WITHIN = 120.0
"""Seconds: a document store in default settings keeps what a killed process had begun to write for a minute."""
_STATE = "services"


@dataclass(frozen=True)
class ServicePorts(PortSet):
    """The ports that Signpost's processes listen on."""

    issuer: int = 19500
    registry: int = 19601
    search: int = 19602
    shielding: int = 19603
    audit: int = 19604


def inherited() -> dict[str, str]:
    """The environment that services are started in, before their settings are added to it."""
    return {name: value for name, value in os.environ.items() if name not in OF_THE_COMMAND}


@dataclass
class Stack:
    """The processes of one state folder, by which any other process can find and stop them.

    ``prefix`` goes before every topic, group, index and database, so that several can share the engines.
    ``extra`` are further settings by process name. ``horizons`` are how soon Kafka forgets.
    """

    state: Path
    endpoints: Endpoints
    ports: ServicePorts = field(default_factory=ServicePorts)
    prefix: str = ""
    extra: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    horizons: Horizons = field(default_factory=Horizons)

    def __post_init__(self) -> None:
        home = self.state / _STATE
        home.mkdir(parents=True, exist_ok=True)
        self.processes = {
            name: OwnedProcess(name, home / f"{name}.json", home / f"{name}.log") for name in PROCESSES
        }

    @property
    def kafka(self) -> KafkaSettings:
        """How to reach this stack's streams."""
        return KafkaSettings(bootstrap=self.endpoints.kafka, prefix=self.prefix)

    def url(self, name: str) -> str:
        """The base URL of a process."""
        return f"http://127.0.0.1:{getattr(self.ports, name)}"

    def start(self, progress: Progress) -> None:
        """Create the topics, start what is not running, and return once everything is ready."""
        self.create_topics()
        for name in PROCESSES:
            self.spawn(name)
        for name in PROCESSES:
            self.await_ready(name, progress)
            progress(f"{name}: ready at {self.url(name)}")

    def create_topics(self) -> None:
        """Create the declared topics that are missing."""
        asyncio.run(topics.create(self.kafka, STREAMS, replicas=1, horizons=self.horizons))

    def spawn(self, name: str) -> None:
        """Start one process, unless it runs."""
        process = self.processes[name]
        if process.running():
            return
        if not is_free(getattr(self.ports, name)):
            port = getattr(self.ports, name)
            raise EngineError(
                f"Port {port}, which {name} needs, is in use: stop what listens there, then try again."
            )
        module = "deploy.issuer" if name == "issuer" else f"services.{name}"
        process.spawn(Command([sys.executable, "-m", module], ROOT, self.environment(name), inherited=inherited()))

    def await_ready(self, name: str, progress: Progress = lambda _: None) -> None:
        """Return once one process is ready."""
        self.processes[name].await_ready(lambda: self.ready(name), _START_WITHIN, progress)

    def ready(self, name: str) -> bool:
        """Whether a process says that it can do its work."""
        path = "/.well-known/jwks.json" if name == "issuer" else "/health/ready"
        try:
            with urllib.request.urlopen(self.url(name) + path, timeout=5):  # noqa: S310 - loopback
                return True
        except (OSError, urllib.error.HTTPError):
            return False

    def open(self, authorities: Iterable[str], admit: Collection[str] = ()) -> None:
        """Bring authorities to live, and have them admit organisations: until then nobody finds a child."""
        for authority in authorities:
            open_authority(self.url("issuer"), self.url("registry"), authority, admit)

    def stop(self) -> None:
        """Stop every process."""
        for process in reversed(self.processes.values()):
            process.stop()

    def status(self) -> dict[str, bool]:
        """For each process, whether it is ready now."""
        return {name: process.running() and self.ready(name) for name, process in self.processes.items()}

    def environment(self, name: str) -> dict[str, str]:
        """The settings of one process, as its environment."""
        issuer = self.url("issuer")
        shared = {
            "SIGNPOST_PROFILE": "development",
            "SIGNPOST_KAFKA__BOOTSTRAP": self.endpoints.kafka,
            "SIGNPOST_KAFKA__PREFIX": self.prefix,
            "SIGNPOST_TOKENS__ISSUER": issuer,
            "SIGNPOST_TOKENS__JWKS_URL": f"{issuer}/.well-known/jwks.json",
            "SIGNPOST_PORT": str(getattr(self.ports, name)),
            "PYTHONPATH": str(ROOT),
            **_changed(self.horizons),
        }
        own: dict[str, str] = {}
        if name == "issuer":
            own = {
                "SIGNPOST_ISSUER_PORT": str(self.ports.issuer),
                "SIGNPOST_ISSUER_KEY": str(self.state / _STATE / "issuer.pem"),
            }
        if name in {"registry", "search", "shielding"}:
            own["SIGNPOST_AUDIT__PUBLIC_KEY"] = _public(self.audit_key())
        if name in {"registry", "search"}:
            own["SIGNPOST_CENTRAL_TEAM"] = json.dumps(_team("0161 496 0001"))
        if name in {"registry", "shielding", "audit"}:
            own["SIGNPOST_MONGO__URI"] = self.endpoints.mongo
            own["SIGNPOST_MONGO__DATABASE"] = f"{self.prefix}signpost-{name}"
        if name == "search":
            own["SIGNPOST_ELASTICSEARCH__URL"] = self.endpoints.elasticsearch
            own["SIGNPOST_ELASTICSEARCH__PREFIX"] = self.prefix
            # Who tries Signpost out types commands again and again.
            own["SIGNPOST_PACE__EVERY"] = "0.5"
            own["SIGNPOST_SHIELDING_URL"] = self.url("shielding")
        if name == "shielding":
            own["SIGNPOST_REGISTRY_URL"] = self.url("registry")
            own["SIGNPOST_SEARCH_URL"] = f"{self.url('search')}/find"
            own["SIGNPOST_DETAILS_PUBLIC_KEY"] = _public(self.details_key())
        if name == "registry":
            self.details_key()
            own["SIGNPOST_DETAILS_KEY_FILE"] = str(self._key_file("details"))
            own["SIGNPOST_SHIELDING_URL"] = self.url("shielding")
            own["SIGNPOST_CENTRAL_TEAMS"] = json.dumps({"northshire": _team("0161 496 0002")})
        return {**shared, **own, **self.extra.get(name, {})}

    def audit_key(self) -> PrivateKey:
        """The audit service's X25519 key, made on first use."""
        return self._key("audit")

    def details_key(self) -> PrivateKey:
        """The registry's X25519 key, to which officers' details are sealed, made on first use."""
        return self._key("details")

    def _key_file(self, name: str) -> Path:
        return self.state / _STATE / f"{name}.key"

    def _key(self, name: str) -> PrivateKey:
        file = self._key_file(name)
        if not file.exists():
            file.touch(mode=0o600)
            file.write_bytes(base64.b64encode(bytes(PrivateKey.generate())))
        return PrivateKey(base64.b64decode(file.read_bytes()))


def _public(key: PrivateKey) -> str:
    return base64.b64encode(bytes(key.public_key)).decode()


def _changed(horizons: Horizons) -> dict[str, str]:
    """Settings that say where these horizons are not the usual ones."""
    different = horizons.model_dump(exclude_defaults=True)
    return {f"SIGNPOST_HORIZONS__{name.upper()}": str(value) for name, value in different.items()}


def _team(phone: str) -> list[dict[str, Any]]:
    return [{"kind": "phone", "value": phone}]
