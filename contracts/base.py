"""What every message is, and how a stream between services is declared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """A part of a message: frozen, strict in types, and tolerant of fields that a newer writer added."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="ignore",
        populate_by_name=True,
        serialize_by_alias=True,
        hide_input_in_errors=True,
    )

    def __repr__(self) -> str:
        """Only the name of the class: what a message carries may be personal, and must never reach a log."""
        return f"<{type(self).__name__}>"

    __str__ = __repr__

    def __repr_args__(self) -> tuple[tuple[str, object], ...]:
        """Nothing for pretty-printers either: a traceback that shows local variables asks this way."""
        return ()


class Message(Contract):
    """One message on a stream; each subclass has a literal ``type`` that tells which it is."""

    @property
    def key(self) -> str:
        """The Kafka key: messages of one key keep their order."""
        raise NotImplementedError


@dataclass(frozen=True)
class Reader:
    """A service that reads a stream; without a group it reads the whole stream from its beginning, always.

    A group reads one stream: whoever joins makes all of a group stop for up to a heartbeat, and with several
    streams in one every start would cost as many of those.
    """

    service: str
    group: str | None


@dataclass(frozen=True)
class Stream:
    """One edge between services, declared once: topics, subscriptions and the documents derive from it.

    ``retention`` is how long Kafka keeps a message; ``None`` with ``compacted`` means the last message of
    each key is kept for ever. The registry reads every stream whole, to verify that shielded children are
    forgotten.
    """

    name: str
    about: str
    owner: str
    key: str
    writers: frozenset[str]
    readers: tuple[Reader, ...]
    messages: tuple[type[Message], ...]
    retention: timedelta | None = timedelta(days=7)
    compacted: bool = False
    partitions: int = 6
    largest: int = 1024 * 1024
    """The largest body in bytes that a reader accepts."""

    def reader(self, service: str, group: str | None) -> Reader:
        """The declared reading of ``service`` in ``group``; raises :class:`UndeclaredError` if there is none."""
        for reader in self.readers:
            if reader == Reader(service, group):
                return reader
        raise UndeclaredError(f"{service} is not declared as a reader of {self.name} (group {group})")

    def writer(self, service: str) -> None:
        """Raise :class:`UndeclaredError` unless ``service`` is declared as a writer."""
        if service not in self.writers:
            raise UndeclaredError(f"{service} is not declared as a writer of {self.name}")


class UndeclaredError(Exception):
    """A service touched a stream that it is not declared for."""
