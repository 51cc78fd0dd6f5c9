"""Something to append: Kafka forgets what is superseded only in partitions to which something is still written."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from contracts.base import Message


class Heartbeat(Message):
    """A compacted stream's owner is there; it says nothing about anybody, and no handler ever sees it.

    Kafka compacts closed segments only, and closes one when something is appended: in a quiet partition an old,
    unshielded record would else stay for ever.
    """

    type: Literal["heartbeat"] = "heartbeat"
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        """The same for all, so that compaction keeps one a partition."""
        return "heartbeat"
