"""Which Signpost is meant: its state folder, its ports and its prefix, from the environment."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli.output import Code, Failure

if TYPE_CHECKING:
    from deploy.engines.model import Engines
    from deploy.stack import Stack
    from runtime.settings import KafkaSettings

_OFFSETS = range(-19_000, 45_001)
"""By these every port remains one."""


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
        return cls(Path(state).absolute(), _offset(), os.environ.get("SIGNPOST_PREFIX", ""))

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


def unusable(error: OSError) -> Failure | None:
    """That the state folder cannot be made or written, where it is this that an error comes from."""
    state = Place.current().state
    at = Path(error.filename) if isinstance(error.filename, str) else None
    concerned = at is not None and (at.is_relative_to(state) or state.is_relative_to(at))
    if not concerned or (state.is_dir() and os.access(state, os.W_OK)):
        return None
    text = f"SIGNPOST_STATE is {state}, which cannot be made or written ({error.strerror}): name another folder."
    return Failure(text, Code.USAGE)


def _offset() -> int:
    said = os.environ.get("SIGNPOST_PORT_OFFSET") or "0"
    if re.fullmatch(r"-?\d{1,5}", said, re.ASCII) and int(said) in _OFFSETS:
        return int(said)
    wanted = f"set it to a whole number from {_OFFSETS[0]} to {_OFFSETS[-1]}, or not at all"
    raise Failure(f"SIGNPOST_PORT_OFFSET is not as it should be: {wanted}.", Code.USAGE)
