"""An emergency override is one person's, for a quarter of an hour at most."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.registry.overriding import Grant, may_see

EXPIRES = datetime(2026, 3, 1, 10, tzinfo=UTC)
GRANT = Grant("o", "4010232137", "holder", EXPIRES)
BEFORE = EXPIRES - timedelta(milliseconds=1)


def test_the_holder_sees_the_record_until_the_very_moment_it_expires() -> None:
    assert may_see(GRANT, "holder", BEFORE)
    assert not may_see(GRANT, "holder", EXPIRES)


@pytest.mark.parametrize(
    ("grant", "subject"),
    [(GRANT, "another"), (replace(GRANT, ended=True), "holder"), (None, "holder")],
    ids=["another person", "left already", "never granted"],
)
def test_nobody_else_sees_it_and_nobody_once_it_was_left(grant: Grant | None, subject: str) -> None:
    assert not may_see(grant, subject, BEFORE)
