"""What is no message of its stream is refused, naming the field; what a newer writer added is passed over."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from contracts import STREAMS
from contracts.base import Stream
from contracts.codec import UnreadableError, decode, read
from contracts.documents import examples
from contracts.records import RECORDS
from contracts.sources import SOURCE_CHANGES, ChildSupplied

KEY = b"northshire-schools/UPN-Z990120020017"
WHOLE = examples(SOURCE_CHANGES)["child-supplied"]
Change = Callable[[dict[str, Any]], object]


def body(change: Change = lambda _: None) -> bytes:
    message = copy.deepcopy(WHOLE)
    change(message)
    return json.dumps(message).encode()


def refused(sent: bytes | None, key: bytes | None = KEY, stream: Stream = SOURCE_CHANGES) -> UnreadableError:
    with pytest.raises(UnreadableError) as caught:
        decode(stream, sent, key)
    return caught.value


def test_a_whole_message_is_read() -> None:
    message = decode(SOURCE_CHANGES, body(), KEY)
    assert isinstance(message, ChildSupplied)
    assert message.child.names[0].family == "Okafor"


REFUSALS: dict[str, tuple[bytes, str, str]] = {
    "not JSON": (b"{", "(body)", "json_invalid"),
    "not UTF-8": (b'{"type": "\xff"}', "(body)", "json_invalid"),
    "no object": (b"[]", "(body)", "dict_type"),
    "an unknown type": (body(lambda it: it.update(type="child-lost")), "(body)", "union_tag_invalid"),
    "no type": (body(lambda it: it.pop("type")), "(body)", "union_tag_not_found"),
    "a missing field": (body(lambda it: it["child"].pop("date_of_birth")), "child.date_of_birth", "missing"),
    "a date that does not exist": (
        body(lambda it: it["child"].update(date_of_birth="2015-02-30")),
        "child.date_of_birth",
        "date_parsing",
    ),
    "a time without a zone": (
        body(lambda it: it.update(occurred_at="2026-03-01T09:30:00")),
        "occurred_at",
        "timezone_aware",
    ),
    "a number as text": (body(lambda it: it.update(source_version="7")), "source_version", "int_type"),
    "a text as number": (
        body(lambda it: it["child"]["names"][0].update(family=7)),
        "child.names.0.family",
        "string_type",
    ),
    "a truth as text": (
        body(lambda it: it["involvements"][0].update(lead_professional="no")),
        "involvements.0.lead_professional",
        "bool_type",
    ),
    "a word outside its vocabulary": (
        body(lambda it: it["involvements"][0].update(kind="school")),
        "involvements.0.kind",
        "enum",
    ),
    "an empty name": (
        body(lambda it: it["child"]["names"][0].update(family=" ")),
        "child.names.0.family",
        "string_too_short",
    ),
    "a source that is no slug": (body(lambda it: it.update(source="A B")), "source", "string_pattern_mismatch"),
    "a version of nought": (body(lambda it: it.update(source_version=0)), "source_version", "greater_than_equal"),
    "a version beyond exact numbers": (
        body(lambda it: it.update(source_version=2**53 + 1)),
        "source_version",
        "less_than_equal",
    ),
    "no names": (body(lambda it: it["child"].update(names=[])), "child.names", "too_short"),
    "too many involvements": (
        body(lambda it: it.update(involvements=201 * it["involvements"])),
        "involvements",
        "too_long",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "field", "problem"), REFUSALS.values(), ids=REFUSALS)
def test_a_bad_message_is_refused_naming_the_field(sent: bytes, field: str, problem: str) -> None:
    error = refused(sent)
    assert error.reason == "invalid"
    found = [(fault.field.removeprefix("child-supplied."), fault.problem) for fault in error.faults]
    assert found == [(field, problem)]


def test_every_bad_field_is_named() -> None:
    def spoil(message: dict[str, Any]) -> None:
        del message["source_version"]
        message["child"]["addresses"][1]["until"] = "soon"

    named = {fault.field for fault in refused(body(spoil)).faults}
    assert named == {"child-supplied.source_version", "child-supplied.child.addresses.1.until"}


def test_a_child_number_with_a_wrong_check_digit_is_refused() -> None:
    record = examples(RECORDS)["record-removed-merged"] | {"superseded_by": "4802173653"}
    error = refused(json.dumps(record).encode(), record["child_number"].encode(), RECORDS)
    assert [fault.field for fault in error.faults] == ["record-removed.superseded_by"]


@pytest.mark.parametrize("key", [None, b"", b"northshire-schools/other", KEY + b" ", b"\xff"])
def test_a_wrong_key_is_refused(key: bytes | None) -> None:
    assert refused(body(), key).reason == "wrong-key"


def test_a_body_that_is_absent_is_refused() -> None:
    assert refused(None).reason == "empty-body"


def test_a_body_beyond_the_limit_is_refused_unread_and_one_at_the_limit_is_read() -> None:
    limit = SOURCE_CHANGES.largest
    assert refused(body().ljust(limit + 1)).reason == "too-large"
    assert decode(SOURCE_CHANGES, body().ljust(limit), KEY).key == KEY.decode()


def test_fields_that_a_newer_writer_added_are_passed_over() -> None:
    def add(message: dict[str, Any]) -> None:
        message["later"] = {"any": ["thing"]}
        message["child"]["later"] = 1
        message["child"]["names"][0]["later"] = None

    assert decode(SOURCE_CHANGES, body(add), KEY) == decode(SOURCE_CHANGES, body(), KEY)


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_a_message_of_another_stream_is_refused(stream: Stream) -> None:
    for other in STREAMS:
        if other.messages != stream.messages:
            for example in (each for each in examples(other).values() if each["type"] != "heartbeat"):
                with pytest.raises(UnreadableError):
                    read(stream, json.dumps(example).encode())
