"""Which Signpost is meant: its state folder, its ports and its prefix, from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.engines.model import Engines
    from deploy.stack import Stack
    from runtime.settings import KafkaSettings


@dataclass(frozen=True)
class Place:
    """One installation; ``offset`` is added to every port, so that several fit on a machine."""

    state: Path
    offset: int = 0
    prefix: str = ""

    @classmethod
    def current(cls) -> Place:
        """As ``SIGNPOST_STATE``, ``SIGNPOST_PORT_OFFSET`` and ``SIGNPOST_PREFIX`` say."""
        state = os.environ.get("SIGNPOST_STATE") or Path(__file__).resolve().parent.parent / ".signpost"
        offset = int(os.environ.get("SIGNPOST_PORT_OFFSET") or 0)
        return cls(Path(state).absolute(), offset, os.environ.get("SIGNPOST_PREFIX", ""))

    @property
    def engines(self) -> Engines:
        """The engines, running or not."""
        from deploy.engines import Ports, choose

        return choose(self.state / "engines", Ports().moved(self.offset))

    @property
    def stack(self) -> Stack:
        """The services and the issuer, running or not."""
        from deploy.stack import LOCAL, ServicePorts, Stack

        ports = ServicePorts().moved(self.offset)
        return Stack(self.state, self.engines.endpoints, ports, self.prefix, horizons=LOCAL)

    @property
    def kafka(self) -> KafkaSettings:
        """How to reach the streams."""
        from runtime.settings import KafkaSettings

        return KafkaSettings(bootstrap=self.engines.endpoints.kafka, prefix=self.prefix)

    def url(self, name: str) -> str:
        """The base URL of a service, or of the issuer."""
        from deploy.stack import ServicePorts

        return f"http://127.0.0.1:{getattr(ServicePorts().moved(self.offset), name)}"
