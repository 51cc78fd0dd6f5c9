"""Creating the topics that the contracts declare."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from contracts.base import Stream
from runtime import kafka
from runtime.settings import KafkaSettings

_ALREADY_EXISTS = 36


class TopicError(Exception):
    """Kafka refused to create a topic; the text names it and Kafka's reason."""


def configuration(stream: Stream, replicas: int) -> dict[str, str]:
    """The topic's Kafka settings, as declared; what is acknowledged is on two brokers at least."""
    # Room above the reader's limit: a body too large must arrive as a dead letter, not be lost at its sender.
    settings = {"max.message.bytes": str(4 * stream.largest)}
    if replicas > 1:
        settings |= {"min.insync.replicas": "2", "unclean.leader.election.enable": "false"}
    if stream.compacted:
        lag = timedelta(hours=1)
        settings |= {"cleanup.policy": "compact", "max.compaction.lag.ms": _milliseconds(lag)}
    if stream.retention is not None:
        settings |= {"retention.ms": _milliseconds(stream.retention)}
    return settings


async def create(settings: KafkaSettings, streams: Iterable[Stream], replicas: int) -> None:
    """Create the topics that are missing; raises :class:`TopicError` where Kafka refuses one."""
    admin = AIOKafkaAdminClient(**kafka.connection(settings))
    await admin.start()
    try:
        answer = await admin.create_topics(
            [
                NewTopic(
                    kafka.topic(settings, stream),
                    stream.partitions,
                    replicas,
                    topic_configs=configuration(stream, replicas),
                )
                for stream in streams
            ]
        )
    finally:
        await admin.close()
    # aiokafka returns the codes, it does not raise them.
    for name, code, *reason in answer.topic_errors:
        if code not in {0, _ALREADY_EXISTS}:
            raise TopicError(f"Kafka would not create topic {name}: error {code} {' '.join(map(str, reason))}")


def _milliseconds(time: timedelta) -> str:
    return str(int(time.total_seconds() * 1000))
