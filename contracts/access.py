"""Who did what to which child, why, on what basis and with what result."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import AwareDatetime, Field

from contracts.base import Message, Reader, Stream
from contracts.child_number import ChildNumber
from contracts.children import Slug, Text

# The acts that services record by now. On the wire an act is an open word: a new one needs no new topic.
Action = Literal[
    "refused",
    "search",
    "view",
    "record-read",
    "reviews-read",
    "review-read",
    "review-decide",
    "source-record-read",
    "stage-set",
    "organisation-admit",
    "merge",
    "merge-undo",
    "split",
    "first-load",
    "pairs-export",
    "entries-read",
    "shield-place",
    "shield-read",
    "shield-lift-request",
    "shield-lift-approve",
    "shield-redrive",
    "shield-review",
    "shields-read",
    "override",
    "override-end",
    "override-read",
    "override-review",
    "overrides-read",
]


class AccessRecorded(Message):
    """One act of one person, recorded before its answer leaves.

    ``sealed`` holds what the person typed (criteria, and the reason in their words) as a base64 X25519
    sealed box to the audit service's public key: it is personal data too. ``sequence`` has no gaps within a
    ``producer``, so that an entry that was never sent can be noticed.
    """

    type: Literal["access-recorded"] = "access-recorded"
    event_id: Text
    producer: Text
    sequence: int = Field(ge=1)
    occurred_at: AwareDatetime
    actor: Text
    role: Slug
    organisation: Text | None = None
    authority: Slug | None = None
    action: Slug
    reason: Slug | None = None
    sealed: str | None = None
    child_numbers: tuple[ChildNumber, ...] = ()
    restricted: tuple[ChildNumber, ...] = ()
    """Which of ``child_numbers`` were shown restricted."""
    outcome: Slug

    @property
    def key(self) -> str:
        """The actor: one person's acts stay in order."""
        return self.actor


ACCESS = Stream(
    name="audit.events.v1",
    about="Every look at a record and every decision, acknowledged before the answer leaves.",
    owner="audit",
    key="actor",
    writers=frozenset({"registry", "search", "shielding"}),
    readers=(Reader("audit", "audit"), Reader("registry", None)),
    messages=(AccessRecorded,),
    # Kept by audit within seconds; the log is only the way there, so it may be kept longer without harm.
    retention=timedelta(days=30),
)
