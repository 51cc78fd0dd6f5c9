"""What happens in a run of the model, and which rule of the protocol is broken in it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.protocol.decided import Record


@dataclass(frozen=True)
class Rules:
    """What happens in a run, and which rule of the protocol is broken in it, to see that it is needed."""

    records: tuple[Record, ...]
    shielded: str
    readers: int = 1
    changes: tuple[str, ...] = ()
    crashes: int = 0
    replays: int = 0
    rebuilds: int = 0
    scrubs: bool = True
    """Whether the registry gets round to marking records, and to its echo: the fence must need neither."""
    whole_child: bool = False
    """Whether the officer is told "hidden everywhere", by the code's own rule; else it is of one number only."""
    twin: bool = False
    """Whether the other record may be the shielded child, and is held by whoever marks that one."""
    searches: bool = False
    """Whether readers are asked who has an identifier, not for a record: who is found at all has been told."""
    index_stands: bool = False
    """Whether the index takes nothing in any more: the furthest that it can be behind."""
    check_before_fetch: bool = False
    no_deadline: bool = False
    lease_before_search_only: bool = False
    lease_from_reply: bool = False
    no_echo: bool = False
    no_look_after_split: bool = False
    no_numbers_named: bool = False
    no_twins_named: bool = False
