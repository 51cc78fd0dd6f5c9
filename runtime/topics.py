"""Creating the topics that the contracts declare."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from contracts.base import Stream
from runtime import kafka
from runtime.settings import Horizons, KafkaSettings

_ALREADY_EXISTS = 36


class TopicError(Exception):
    """Kafka refused to create a topic; the text names it and Kafka's reason."""


def configuration(stream: Stream, replicas: int, horizons: Horizons) -> dict[str, str]:
    """The topic's Kafka settings, as declared; what is acknowledged is on two brokers at least."""
    # Room above the reader's limit: a body too large must arrive as a dead letter, not be lost at its sender.
    settings = {"max.message.bytes": str(4 * stream.largest)}
    if replicas > 1:
        settings |= {"min.insync.replicas": "2", "unclean.leader.election.enable": "false"}
    settings |= {"file.delete.delay.ms": _milliseconds(horizons.deletion)}
    if stream.compacted:
        # What is younger than half of that stays: its writer has long read it back before it can be the only word.
        settings |= {
            "cleanup.policy": "compact",
            "min.compaction.lag.ms": _milliseconds(horizons.compaction / 2),
            "max.compaction.lag.ms": _milliseconds(horizons.compaction),
        }
    if stream.retention is not None:
        # Kafka forgets by segments: a message stays until the youngest beside it is old enough.
        settings |= {
            "retention.ms": _milliseconds(horizons.kept(stream)),
            "segment.ms": _milliseconds(horizons.segment),
        }
    return settings


def forgotten_within(stream: Stream, horizons: Horizons) -> timedelta:
    """How long after it is superseded, or written to a stream that forgets all, a message may still be there."""
    if stream.compacted:
        return timedelta(seconds=horizons.compaction + horizons.heartbeat + horizons.deletion)
    return timedelta(seconds=horizons.kept(stream) + horizons.segment + horizons.deletion)


async def create(settings: KafkaSettings, streams: Iterable[Stream], replicas: int, horizons: Horizons) -> None:
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
                    topic_configs=configuration(stream, replicas, horizons),
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


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))
