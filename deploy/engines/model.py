"""The words every kind of engines shares: where they listen, what they offer, how they fail."""

import random
import socket
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from itertools import islice
from typing import Protocol, Self

Progress = Callable[[str], None]
"""Receives one line at a time, never two at once, perhaps from another thread."""


class EngineError(Exception):
    """An engine is not to be had; the text is one sentence that says what to do."""


@dataclass(frozen=True)
class Endpoints:
    """What a client needs to connect."""

    kafka: str
    mongo: str
    elasticsearch: str


@dataclass(frozen=True)
class PortSet:
    """Ports on 127.0.0.1, each by the name of who listens there."""

    @classmethod
    def free(cls) -> Self:
        """Ports that nobody listens on now."""
        # Below the range the system gives to outgoing connections: while a test has an engine stopped,
        # a client that keeps trying to reconnect might else be given that very port as its own.
        found = (port for port in random.sample(range(20000, 30000), 200) if is_free(port))
        return cls(*islice(found, len(fields(cls))))

    def moved(self, offset: int) -> Self:
        """The same, each higher by ``offset``, so that several installations fit on a machine."""
        return type(self)(*(port + offset for port in astuple(self)))


@dataclass(frozen=True)
class Ports(PortSet):
    """The ports that engines started here listen on."""

    kafka: int = 19092
    kafka_controller: int = 19093
    elasticsearch: int = 19200
    elasticsearch_transport: int = 19300
    mongo: int = 19400

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(
            kafka=f"127.0.0.1:{self.kafka}",
            mongo=f"mongodb://127.0.0.1:{self.mongo}/?directConnection=true",
            elasticsearch=f"http://127.0.0.1:{self.elasticsearch}",
        )


def is_free(port: int) -> bool:
    """Whether an engine could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        # As servers do: a connection of the last run that is still winding down is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Engines(Protocol):
    """All three engines, however they are run."""

    @property
    def kind(self) -> str: ...

    @property
    def endpoints(self) -> Endpoints: ...

    def start(self, progress: Progress) -> None:
        """Return once all three are ready; what already runs is left as it is."""

    def stop(self) -> None:
        """Stop what was started, from whichever process; data stays."""

    def wipe(self) -> None:
        """Stop, and remove all data."""

    def status(self) -> dict[str, bool]:
        """For each engine, whether it is ready now."""
