"""Connections to Kafka: one place for addresses, credentials and names."""

from __future__ import annotations

import ssl
from typing import Any

from faststream.security import BaseSecurity, SASLScram512

from contracts.base import Stream
from runtime.settings import KafkaSettings


def topic(settings: KafkaSettings, stream: Stream) -> str:
    """The stream's topic as this installation names it."""
    return settings.prefix + stream.name


def group(settings: KafkaSettings, name: str) -> str:
    """The consumer group as this installation names it."""
    return settings.prefix + name


def security(settings: KafkaSettings) -> BaseSecurity | None:
    """What FastStream needs to be let in; ``None`` for an open listener."""
    if settings.username is None or settings.password is None:
        return None
    context = _tls(settings)
    return SASLScram512(
        settings.username,
        settings.password.get_secret_value(),
        ssl_context=context,
        use_ssl=context is not None,
    )


def connection(settings: KafkaSettings) -> dict[str, Any]:
    """The same for a bare aiokafka client."""
    options: dict[str, Any] = {"bootstrap_servers": settings.bootstrap}
    if settings.username is not None and settings.password is not None:
        context = _tls(settings)
        options |= {
            "security_protocol": "SASL_SSL" if context else "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.username,
            "sasl_plain_password": settings.password.get_secret_value(),
            "ssl_context": context,
        }
    return options


def _tls(settings: KafkaSettings) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=str(settings.ca_file)) if settings.ca_file else None
