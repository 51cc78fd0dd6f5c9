"""Scopes for tests that are about something else."""

from __future__ import annotations

from contracts.records import RecordPublished
from services.search.scopes import Scope


class Everywhere(Scope):
    """Covers every record, whatever is known of its authority."""

    def covers(self, record: RecordPublished) -> bool:
        """Always."""
        return True


EVERYWHERE = Everywhere(frozenset({"northshire"}))
