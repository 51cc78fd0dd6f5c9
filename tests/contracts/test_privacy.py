"""Nothing that a message carries is shown by printing it, or by the error that refuses it."""

from __future__ import annotations

import copy
import json
import logging
import pprint
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from rich.pretty import pretty_repr

from contracts import STREAMS
from contracts.base import Contract, Message, Stream
from contracts.codec import UnreadableError, decode, read
from contracts.documents import examples

TOKEN = "Zzyzx7Planted"
Place = tuple[str | int, ...]

NAMED = {f"{stream.name}: {name}": (stream, each) for stream in STREAMS for name, each in examples(stream).items()}
CASES = list(NAMED.values())
each_example = pytest.mark.parametrize(("stream", "example"), CASES, ids=NAMED)
BAD: tuple[Any, ...] = (
    TOKEN,
    [TOKEN],
    {TOKEN: TOKEN},
    [{TOKEN: TOKEN}],
    f"{TOKEN}/2015-02-30",
    TOKEN * 100,
    {"type": TOKEN, "sensitive": TOKEN, "kind": TOKEN},
)


@each_example
def test_no_message_or_part_shows_a_value_when_it_is_printed(stream: Stream, example: dict[str, Any]) -> None:
    message = read(stream, json.dumps(example).encode())
    parts = list(_parts(message))
    for part in parts:
        expected = f"<{type(part).__name__}>"
        record = logging.makeLogRecord({"msg": "%s", "args": (part,)})
        shown = [repr(part), str(part), f"{part}", f"{part!r}", "%s" % (part,), record.getMessage()]  # noqa: UP031
        assert set(shown) == {expected}
        assert pprint.pformat(part) == expected
        assert repr([part]) == f"[{expected}]"
        # What a traceback with local variables prints.
        assert pretty_repr(part).strip("<>()") == type(part).__name__
    assert parts[0] is message


def test_no_contract_has_a_repr_of_its_own() -> None:
    for each in _below(Contract):
        assert not {"__repr__", "__str__", "__repr_args__"} & vars(each).keys()


@each_example
def test_no_error_quotes_what_was_sent_in_any_field(stream: Stream, example: dict[str, Any]) -> None:
    refused = 0
    for place in _places(example):
        for bad in BAD:
            spoilt = json.dumps(_replaced(example, place, bad)).encode()
            for error in _errors(stream, spoilt):
                refused += 1
                _assert_silent(error)
    assert refused > 10


@each_example
def test_no_error_quotes_a_body_that_is_cut_off(stream: Stream, example: dict[str, Any]) -> None:
    body = json.dumps(_replaced(example, ("type",), TOKEN)).encode()
    for end in range(len(body)):
        for error in _errors(stream, body[:end]):
            _assert_silent(error)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_no_error_quotes_arbitrary_values(data: st.DataObject) -> None:
    stream, example = data.draw(st.sampled_from(CASES))
    place = data.draw(st.sampled_from(list(_places(example))))
    texts = st.text(max_size=20).map(lambda text: text + TOKEN)
    value = data.draw(
        st.recursive(texts, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
    )
    for error in _errors(stream, json.dumps(_replaced(example, place, value)).encode()):
        _assert_silent(error)


def test_no_error_quotes_a_key() -> None:
    for stream, example in CASES:
        with pytest.raises(UnreadableError) as caught:
            decode(stream, json.dumps(example).encode(), TOKEN.encode())
        _assert_silent(caught.value)


def _assert_silent(error: UnreadableError) -> None:
    """Neither its text, nor its faults, nor what caused it says the token; a traceback prints all of these."""
    said = [
        "".join(traceback.format_exception(error)),
        error.reason,
        repr(error.args),
        *(fault.model_dump_json() for fault in error.faults),
    ]
    assert not any(TOKEN in each for each in said)


def _errors(stream: Stream, body: bytes) -> Iterator[UnreadableError]:
    try:
        read(stream, body)
    except UnreadableError as error:
        yield error


def _places(value: Any, at: Place = ()) -> Iterator[Place]:
    """The place of every value within ``value``."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield (*at, name)
        yield from _places(each, (*at, name))


def _replaced(example: dict[str, Any], place: Place, value: Any) -> Any:
    spoilt: Any = copy.deepcopy(example)
    within = spoilt
    for step in place[:-1]:
        within = within[step]
    within[place[-1]] = value
    return spoilt


def _parts(value: Any) -> Iterator[Contract]:
    if isinstance(value, Contract):
        yield value
    if isinstance(value, BaseModel):
        value = [getattr(value, name) for name in type(value).model_fields]
    if isinstance(value, (list, tuple)):
        for each in value:
            yield from _parts(each)


def _below(kind: type[Contract]) -> Iterator[type[Contract]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def test_every_message_of_every_stream_is_a_contract() -> None:
    declared = {message for stream in STREAMS for message in stream.messages}
    assert declared <= set(_below(Contract))
    assert all(issubclass(message, Message) for message in declared)
