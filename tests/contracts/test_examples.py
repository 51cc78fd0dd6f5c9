"""The golden messages are what they say: readable, written back the same, and about nobody real."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contracts import STREAMS, codec
from contracts.base import Stream
from contracts.child_number import check_digit, is_child_number
from contracts.documents import EXAMPLES, examples, folder, kind
from contracts.sources import SOURCE_CHANGES

Example = dict[str, Any]

KEYS: dict[str, Callable[[Example], str]] = {
    "source/source_ref": lambda it: f"{it['source']}/{it['source_ref']}",
    "child number": lambda it: str(it["child_number"]),
    "authority or organisation": lambda it: "/".join(
        ["organisation", it["authority"], it["organisation"]]
        if "organisation" in it
        else ["authority", it["authority"]]
    ),
    "actor": lambda it: str(it["actor"]),
    "override id": lambda it: str(it["override_id"]),
    "origin": lambda it: "{topic}:{partition}:{offset}".format(**it["origin"]),
}
# Ofcom's numbers for drama.
DRAMA = re.compile(r"0161 496 0\d{3}|020 7946 0\d{3}|07700 900\d{3}")
UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"

CASES = [
    pytest.param(stream, example, id=f"{stream.name}: {name}")
    for stream in STREAMS
    for name, example in examples(stream).items()
]
each_example = pytest.mark.parametrize(("stream", "example"), CASES)
EVERY = [example for stream in STREAMS for example in examples(stream).values()]


@each_example
def test_an_example_is_read_under_its_key_and_comes_back_the_same(stream: Stream, example: Example) -> None:
    # Neither must take the place of another message in a compacted stream.
    apart = {"heartbeat": lambda _: "heartbeat", "record-withheld": lambda it: f"withheld/{it['child_number']}"}
    key = apart.get(example["type"], KEYS[stream.key])(example)
    message = codec.decode(stream, json.dumps(example).encode(), key.encode())
    assert json.loads(message.model_dump_json(exclude_unset=True)) == example


@each_example
def test_what_is_encoded_can_be_decoded_again(stream: Stream, example: Example) -> None:
    message = codec.read(stream, json.dumps(example).encode())
    assert codec.decode(stream, codec.encode(message), message.key.encode()) == message


@pytest.mark.parametrize(("stream", "example"), [case for case in CASES if case.values[0] is not SOURCE_CHANGES])
def test_an_example_is_exactly_what_signpost_writes(stream: Stream, example: Example) -> None:
    written = {name: value for name, value in example.items() if value is not None}
    assert json.loads(codec.encode(codec.read(stream, json.dumps(example).encode()))) == written


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_every_message_type_has_an_example(stream: Stream) -> None:
    assert {example["type"] for example in examples(stream).values()} == {kind(each) for each in stream.messages}


def test_every_folder_of_examples_belongs_to_a_stream() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {folder(stream) for stream in STREAMS}


def test_a_shielded_record_shows_the_visible_fields_and_nothing_else() -> None:
    shielded = [example for example in EVERY if example.get("shielded")]
    assert shielded
    for example in shielded:
        assert set(example) == {"type", "child_number", "revision", "shielded", "redacted_under", "identity"}
        assert set(example["identity"]) == {"names", "date_of_birth", "gender"}
        assert [name["use"] for name in example["identity"]["names"]] == ["current"]


def test_a_sensitive_involvement_names_nobody() -> None:
    shown = [each for example in EVERY if "revision" in example for each in example.get("involvements", ())]
    sensitive = [each for each in shown if each["sensitive"]]
    assert sensitive
    assert all(set(each) == {"sensitive", "notice", "contacts"} for each in sensitive)


def test_the_telephone_numbers_are_kept_for_drama() -> None:
    found = [part["value"] for part in _parts(EVERY) if part.get("kind") == "phone"]
    assert found
    assert all(DRAMA.fullmatch(number) for number in found)


def test_the_identifiers_are_valid_and_nhs_numbers_never_issued() -> None:
    found = [(part["system"], part["value"]) for part in _parts(EVERY) if "system" in part]
    assert {system for system, _ in found} == {"nhs-number", "upn"}
    for system, value in found:
        if system == "upn":
            total = sum(int(digit) * weight for weight, digit in enumerate(value[1:], start=2))
            assert len(value) == 13
            assert value[0] == UPN_LETTERS[total % 23]
        else:
            assert value.startswith("999")
            assert check_digit(value[:9]) == int(value[9])


def test_the_child_numbers_are_valid() -> None:
    found = {part["child_number"] for part in _parts(EVERY) if "child_number" in part}
    assert len(found) > 2
    assert all(map(is_child_number, found))


def _parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object within ``value``, itself included."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _parts(each)
