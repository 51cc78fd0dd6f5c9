"""Each edge is declared once, and a service that touches another fails at start."""

from __future__ import annotations

import json
import re

import pytest

from contracts import SERVICES, STREAMS
from contracts.access import ACCESS
from contracts.base import Message, Stream, UndeclaredError
from contracts.codec import read
from contracts.dead_letters import dead_letters_of
from contracts.documents import examples
from contracts.records import RECORDS
from contracts.shields import RECEIPTS, SHIELDS
from contracts.sources import SOURCE_CHANGES
from contracts.stages import STAGES
from runtime.bus import Bus
from runtime.settings import DeliverySettings, KafkaSettings

NAMED = [stream for stream in STREAMS if not stream.name.endswith(".dead-letters.v1")]
OUTSIDE = {"sources", "operators"}


def bus(service: str) -> Bus:
    return Bus(service, KafkaSettings(), DeliverySettings())


def example(stream: Stream) -> Message:
    found = (each for each in examples(stream).values() if each["type"] != "heartbeat")
    return read(stream, json.dumps(next(found)).encode())


async def ignore(_: object) -> None:
    """A handler that does nothing."""


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("stream", NAMED, ids=lambda stream: stream.name)
async def test_a_bus_subscribes_to_what_its_service_is_declared_for_and_nothing_else(
    stream: Stream, service: str
) -> None:
    connection = bus(service)
    groups = {reader.group for reader in stream.readers if reader.service == service}
    if service in groups:
        connection.on(stream)(ignore)
        assert connection.subscriptions[-1].topic == stream.name
    else:
        with pytest.raises(UndeclaredError, match=f"{service} is not declared as a reader of {stream.name}"):
            connection.on(stream)


def test_a_group_reads_one_stream() -> None:
    groups = [reader.group for stream in STREAMS for reader in stream.readers if reader.group is not None]
    assert sorted(groups) == sorted(set(groups))


async def test_a_bus_refuses_a_group_that_is_not_declared() -> None:
    with pytest.raises(UndeclaredError, match="group registry-again"):
        bus("registry").on(RECORDS, group="registry-again")


async def test_a_bus_refuses_the_dead_letters_of_another_service() -> None:
    with pytest.raises(UndeclaredError):
        bus("search").on(dead_letters_of("registry"), group="registry-replays")


async def test_a_service_that_is_not_declared_at_all_reads_nothing_but_its_own_dead_letters() -> None:
    for stream in NAMED:
        with pytest.raises(UndeclaredError):
            bus("billing").on(stream)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("stream", NAMED, ids=lambda stream: stream.name)
async def test_a_bus_refuses_at_its_making_to_write_what_its_service_is_not_declared_for(
    stream: Stream, service: str
) -> None:
    if service not in stream.writers:
        with pytest.raises(UndeclaredError, match=f"{service} is not declared as a writer of {stream.name}"):
            Bus(service, KafkaSettings(), DeliverySettings(), writes=[stream])


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("stream", NAMED, ids=lambda stream: stream.name)
async def test_a_bus_refuses_to_publish_what_its_service_did_not_say_it_writes(
    stream: Stream, service: str
) -> None:
    with pytest.raises(UndeclaredError, match=f"{service} did not say that it writes {stream.name}"):
        await bus(service).publish(example(stream))


async def test_a_bus_refuses_a_message_that_is_on_no_stream() -> None:
    class Stray(Message):
        type: str = "stray"

    with pytest.raises(UndeclaredError, match="Stray is on no declared stream"):
        await bus("registry").publish(Stray())


def test_every_stream_is_named_for_its_owner_and_version() -> None:
    for stream in STREAMS:
        assert re.fullmatch(rf"{stream.owner}\.[a-z-]+\.v\d+", stream.name)
    assert len({stream.name for stream in STREAMS}) == len(STREAMS)


def test_every_reader_and_writer_is_a_service_or_somebody_outside_who_is_named() -> None:
    for stream in STREAMS:
        services = stream.writers | {reader.service for reader in stream.readers}
        assert services <= {*SERVICES, *OUTSIDE}


def test_no_group_is_used_by_two_services() -> None:
    owners: dict[str, set[str]] = {}
    for stream in STREAMS:
        for reader in stream.readers:
            if reader.group:
                owners.setdefault(reader.group, set()).add(reader.service)
    assert all(len(services) == 1 for services in owners.values())


def test_shields_have_one_partition_so_that_offsets_are_a_total_order() -> None:
    assert SHIELDS.partitions == 1


def test_records_shields_and_stages_are_compacted_and_kept_for_ever_and_nothing_else_is() -> None:
    assert {stream.name for stream in STREAMS if stream.compacted} == {RECORDS.name, SHIELDS.name, STAGES.name}
    assert all((stream.retention is None) == stream.compacted for stream in STREAMS)


def test_what_is_not_compacted_is_kept_for_seven_days_at_least() -> None:
    for stream in (SOURCE_CHANGES, RECEIPTS, ACCESS, *map(dead_letters_of, SERVICES)):
        assert stream.retention is not None
        assert stream.retention.days >= 7
