"""Messages that a service set aside: where they are and what was wrong, never what they said."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from contracts.base import Contract, Message, Reader, Stream
from contracts.children import Text


class Origin(Contract):
    """Where a message is in Kafka."""

    topic: Text
    partition: int = Field(ge=0)
    offset: int = Field(ge=0)

    @property
    def id(self) -> str:
        """The origin as one word, which is also the dead letter's name."""
        return f"{self.topic}:{self.partition}:{self.offset}"


class Fault(Contract):
    """What was wrong with one field; never its value."""

    field: str
    problem: str


class _LetterMessage(Message):
    origin: Origin
    group: Text
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        """The origin."""
        return self.origin.id


class DeadLetterSetAside(_LetterMessage):
    """A message could not be handled and was passed over, so that its neighbours could."""

    type: Literal["dead-letter-set-aside"] = "dead-letter-set-aside"
    error: Text
    faults: tuple[Fault, ...] = ()


class DeadLetterReplayed(_LetterMessage):
    """An operator wants the message handled again, by the group that set it aside."""

    type: Literal["dead-letter-replayed"] = "dead-letter-replayed"


class DeadLetterSettled(_LetterMessage):
    """The matter is closed: the replayed message was handled, or an operator discarded it."""

    type: Literal["dead-letter-settled"] = "dead-letter-settled"
    how: Literal["handled", "discarded"]


DeadLetter = Annotated[DeadLetterSetAside | DeadLetterReplayed | DeadLetterSettled, Field(discriminator="type")]


def dead_letters_of(service: str) -> Stream:
    """The dead-letter stream of one service, which only that service and its operators write."""
    return Stream(
        name=f"{service}.dead-letters.v1",
        about=f"Messages that {service} set aside, and what became of them.",
        owner=service,
        key="origin",
        writers=frozenset({service, "operators"}),
        readers=(Reader(service, f"{service}-replays"), Reader("operators", None), Reader("registry", None)),
        messages=(DeadLetterSetAside, DeadLetterReplayed, DeadLetterSettled),
        partitions=1,
    )
