"""Which dead letters are open, as their stream tells."""

from __future__ import annotations

from datetime import UTC, datetime

from cli.letters import fold
from contracts.dead_letters import DeadLetter, DeadLetterReplayed, DeadLetterSetAside, DeadLetterSettled, Origin

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def aside(offset: int, group: str = "registry", error: str = "invalid") -> DeadLetter:
    return DeadLetterSetAside(origin=place(offset), group=group, occurred_at=NOW, error=error)


def replayed(offset: int) -> DeadLetter:
    return DeadLetterReplayed(origin=place(offset), group="registry", occurred_at=NOW)


def settled(offset: int) -> DeadLetter:
    return DeadLetterSettled(origin=place(offset), group="registry", occurred_at=NOW, how="handled")


def place(offset: int) -> Origin:
    return Origin(topic="sources.changes.v1", partition=0, offset=offset)


def test_what_was_set_aside_is_open_until_it_is_settled() -> None:
    found = fold("registry", [aside(1), aside(2), settled(1)])
    assert [each.letter.origin.offset for each in found] == [2]


def test_a_replay_leaves_it_open_until_its_outcome_is_known() -> None:
    [found] = fold("registry", [aside(1), replayed(1)])
    assert found.replayed_at == NOW


def test_a_replay_that_fails_brings_it_back_with_its_new_error() -> None:
    [found] = fold("registry", [aside(1), replayed(1), aside(1, error="wrong-key")])
    assert (found.times, found.letter.error, found.replayed_at) == (2, "wrong-key", None)


def test_the_same_message_set_aside_by_two_groups_is_two_dead_letters() -> None:
    found = fold("registry", [aside(1), aside(1, group="registry-echo"), settled(1)])
    assert [each.letter.group for each in found] == ["registry-echo"]


def test_a_replay_of_what_nobody_set_aside_is_nothing() -> None:
    assert fold("registry", [replayed(1), settled(2)]) == []
