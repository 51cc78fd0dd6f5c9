"""Connections to Kafka: one place for addresses, credentials and names, and for where a group stands."""

from __future__ import annotations

import ssl
from collections.abc import Collection
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
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
    context = _tls(settings)
    if settings.username is None or settings.password is None:
        return BaseSecurity(ssl_context=context, use_ssl=True) if context else None
    return SASLScram512(
        settings.username,
        settings.password.get_secret_value(),
        ssl_context=context,
        use_ssl=context is not None,
    )


def connection(settings: KafkaSettings) -> dict[str, Any]:
    """The same for a bare aiokafka client."""
    options: dict[str, Any] = {"bootstrap_servers": settings.bootstrap}
    context = _tls(settings)
    if context is not None:
        options |= {"security_protocol": "SSL", "ssl_context": context}
    if settings.username is not None and settings.password is not None:
        options |= {
            "security_protocol": "SASL_SSL" if context else "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.username,
            "sasl_plain_password": settings.password.get_secret_value(),
        }
    return options


async def stands(
    client: AIOKafkaConsumer, admin: AIOKafkaAdminClient, group: str, places: Collection[TopicPartition]
) -> tuple[int, int]:
    """How far a group has come in these partitions, as the sum of its offsets, and how many messages are left."""
    ends, done = await client.end_offsets(places), dict(await client.beginning_offsets(places))
    for place, committed in (await admin.list_consumer_group_offsets(group, partitions=list(places))).items():
        done[place] = max(done[place], committed.offset)
    return sum(done.values()), sum(max(0, end - done[place]) for place, end in ends.items())


def _tls(settings: KafkaSettings) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=str(settings.ca_file)) if settings.ca_file else None
