"""Settings that every service shares: frozen, nested, strict, read once from ``SIGNPOST_*``."""

from __future__ import annotations

import os
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, FilePath, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from contracts.base import Stream

_PREFIX = "SIGNPOST_"


class Part(BaseModel):
    """A nested group of settings; a misspelt name in it is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class KafkaSettings(Part):
    """Where Kafka is, and how to be let in."""

    bootstrap: str = "127.0.0.1:19092"
    prefix: str = ""
    """Put before every topic and group, so that several Signposts can share a cluster."""
    username: str | None = None
    password: SecretStr | None = None
    ca_file: FilePath | None = None
    """With a username and a password: SASL/SCRAM-SHA-512; with a CA file: TLS; with both, both."""

    @model_validator(mode="after")
    def _whole_login(self) -> KafkaSettings:
        # Half a login would be none, and whatever is sent would be sent as nobody.
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        return self


class DeliverySettings(Part):
    """How hard to try before a message is set aside, and when to stop altogether."""

    largest_batch: int = Field(default=1500, ge=1)
    retry_first: float = 0.1
    retry_longest: float = 5.0
    retry_in_place: float = 60.0
    """Seconds of retrying before the batch is handed back to Kafka and fetched anew."""
    flood_limit: int = Field(default=100, ge=1)
    flood_window: float = 60.0
    """More dead letters than the limit within the window (seconds) stop the service."""
    largest_message: int | None = None
    """Bytes; refuses bodies beyond it, where the stream's own limit is not already lower."""


class Horizons(Part):
    """How soon Kafka forgets what is superseded or old; every figure in seconds.

    Topics are created with them, and whoever verifies that a shielded child is forgotten counts on them.
    """

    compaction: float = 3600.0
    """``max.compaction.lag.ms`` of compacted streams."""
    segment: float = 86400.0
    """``segment.ms`` of streams that are kept for a time."""
    deletion: float = 60.0
    """``file.delete.delay.ms``: for so long a file that was forgotten is still there."""
    retention: float | None = None
    """In place of what every stream declares; for tests, since a service that is away so long misses changes."""
    heartbeat: float = 600.0
    """How often a compacted stream's owner appends something to each partition."""
    look_every: float = 3600.0
    """How often it is looked whether shielded children are forgotten, where some may be by now."""
    patience: float = 86400.0
    """How long after a child should have been forgotten that counts as a failure."""

    def kept(self, stream: Stream) -> float:
        """For how long a stream that forgets all keeps a message."""
        declared = stream.retention.total_seconds() if stream.retention else 0.0
        return declared if self.retention is None else self.retention


class TokenSettings(Part):
    """Whose bearer tokens are honoured."""

    issuer: str
    jwks_url: str
    audience: str = "signpost"


class LeaseSettings(Part):
    """The shield's fence; every figure in seconds."""

    poll_every: float = 0.2
    length: float = 0.8
    wait: float = 0.5
    """How long an answer waits for a lease before it shows the restricted view."""
    write_within: float = 0.3
    """An answer not handed over within this time of its check is aborted."""

    @property
    def fenced_after(self) -> float:
        """Seconds after a shield's acknowledgement at which no process can show the child any more."""
        return self.length + self.write_within


class AuditSettings(Part):
    """How acts are recorded before they are answered."""

    public_key: str
    """The audit service's X25519 public key, base64; what people typed is sealed to it."""
    within: float = 2.0


class ServiceSettings(BaseSettings):
    """What every service reads from the environment."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    profile: Literal["production", "development"] = "production"
    host: str = "127.0.0.1"
    port: int
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    kafka: KafkaSettings = KafkaSettings()
    delivery: DeliverySettings = DeliverySettings()
    tokens: TokenSettings
    lease: LeaseSettings = LeaseSettings()
    horizons: Horizons = Horizons()

    @model_validator(mode="before")
    @classmethod
    def _misspelt(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Hand on what the environment names and no setting answers to, so that it is refused as well.

        By themselves, settings only ever look for the names that they know.
        """
        named = (
            name.upper().removeprefix(_PREFIX).lower() for name in os.environ if name.upper().startswith(_PREFIX)
        )
        return given | {name: None for name in named if name.partition("__")[0] not in cls.model_fields}


S = TypeVar("S", bound=ServiceSettings)


def read(kind: type[S]) -> S:
    """A service's settings; ends the process with a sentence on each that is wrong, and never with its value."""
    try:
        return kind()
    except ValidationError as error:
        faults = [(_PREFIX + "__".join(map(str, each["loc"])).upper(), each["type"]) for each in error.errors()]
        raise SystemExit("\n".join(_sentence(name, problem) for name, problem in faults)) from None
    except SettingsError as error:
        raise SystemExit(f"{error}: it must be JSON.") from None


def _sentence(name: str, problem: str) -> str:
    said = {"extra_forbidden": "is no setting of this service: correct or remove it", "missing": "must be set"}
    return f"{name} {said.get(problem, f'is not as it should be ({problem})')}."
