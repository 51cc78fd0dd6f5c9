"""The one JSON codec: bytes to messages and back, with errors that never quote what was sent."""

from __future__ import annotations

import operator
from functools import lru_cache, reduce
from typing import Annotated, Any, cast

from pydantic import Field, TypeAdapter, ValidationError

from contracts.base import Message, Stream
from contracts.dead_letters import Fault


class UnreadableError(Exception):
    """A body that is not a message of its stream; ``faults`` name the fields, never their values."""

    def __init__(self, reason: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.faults = faults


def encode(message: Message) -> bytes:
    """A message as UTF-8 JSON; what is ``None`` is absent."""
    return message.model_dump_json(exclude_none=True).encode()


def decode(stream: Stream, body: bytes | None, key: bytes | None) -> Message:
    """The message in ``body``; raises :class:`UnreadableError` when it is none of its stream's.

    A key that is not the message's own is refused too: it would break the order of that key's messages.
    """
    message = read(stream, body)
    if key != message.key.encode():
        raise UnreadableError("wrong-key")
    return message


def read(stream: Stream, body: bytes | None) -> Message:
    """The same of a body that has no key yet."""
    if body is None:
        raise UnreadableError("empty-body")
    if len(body) > stream.largest:
        raise UnreadableError("too-large")
    try:
        return cast("Message", _adapter(stream.messages).validate_json(body))
    except ValidationError as error:
        raise UnreadableError("invalid", faults_of(error)) from None


def faults_of(error: ValidationError) -> tuple[Fault, ...]:
    """Which fields were wrong and how, without pydantic's messages: those may quote the input."""
    return tuple(
        Fault(field=".".join(str(part) for part in each["loc"]) or "(body)", problem=each["type"])
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    )


@lru_cache(maxsize=64)
def _adapter(messages: tuple[type[Message], ...]) -> TypeAdapter[Any]:
    if len(messages) == 1:
        return TypeAdapter(messages[0])
    union: Any = reduce(operator.or_, messages)
    return TypeAdapter(Annotated[union, Field(discriminator="type")])
