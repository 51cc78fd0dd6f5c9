"""However late a word on a shield is published, and whatever compaction leaves, the last decision holds."""

from __future__ import annotations

import os

import pytest

from tests.protocol import beside
from tests.protocol.explore import explore
from tests.protocol.words import SCRIPT, State, at_rest, hides, in_force, marked_as_shielded, steps

# Which of two shields are lifted, how many words come late, how many processes die; some for ``make check-full``.
RUNS = [((), 1, 0), ((0,), 1, 0), ((0,), 0, 1), ((0, 1), 0, 1)]
WHOLE = [((), 1, 1), ((0,), 1, 1), ((0, 1), 1, 0)] if os.environ.get("WHOLE_PROTOCOL") else []
LIFTED_AGAIN = (*SCRIPT, ("end", 1))


@pytest.mark.parametrize("script", [SCRIPT, LIFTED_AGAIN], ids=["shielded again", "lifted again"])
def test_at_rest_everybody_knows_what_was_decided_last_from_the_compacted_stream_too(
    script: tuple[tuple[str, int], ...],
) -> None:
    def is_wrong(state: State) -> bool:
        if not at_rest(state, script):
            return False
        return {hides(state.log), hides(state.log[-1:]), marked_as_shielded(state)} != {in_force(state)}

    explored = explore(State(), lambda state: steps(state, script), is_wrong)
    assert explored.wrong == []
    assert explored.states > 1000


def test_a_process_that_has_read_the_whole_stream_never_takes_a_late_lift_for_its_shields() -> None:
    def is_wrong(state: State) -> bool:
        return in_force(state) and not hides(state.log)

    assert explore(State(), steps, is_wrong).wrong == []


def test_the_registry_never_takes_a_late_lift_for_its_records() -> None:
    def is_wrong(state: State) -> bool:
        placed = [at for at, kept in enumerate(state.shields) if kept.offset is not None and not kept.ending]
        marked = [at for at in placed if (state.shields[at].offset or 0) < state.marked]
        return bool(marked) and not marked_as_shielded(state)

    assert explore(State(), steps, is_wrong).wrong == []


def test_without_the_echo_compaction_can_leave_nothing_but_a_late_lift() -> None:
    def is_wrong(state: State) -> bool:
        return at_rest(state, echo=False) and in_force(state) and not hides(state.log[-1:])

    way = explore(State(), lambda state: steps(state, echo=False), is_wrong).wrong
    assert "long ago: s0 lifted" in way


@pytest.mark.parametrize(("lifted", "late", "deaths"), [*RUNS, *WHOLE])
def test_of_two_shields_of_one_child_either_hides_it_under_both_numbers_until_that_one_is_lifted(
    lifted: tuple[int, ...], late: int, deaths: int
) -> None:
    def is_wrong(state: beside.State) -> bool:
        if beside.in_force(state) and not beside.hidden_from_everybody(state):
            return True
        if not beside.at_rest(state, lifted):
            return False
        told = {*beside.hidden(state.log), *beside.hidden(beside.compacted(state.log))}
        return told | {beside.marked_as_shielded(state.log)} != {len(lifted) < len(beside.NUMBERS)}

    first = beside.State(late=late, deaths=deaths)
    explored = explore(first, lambda state: beside.steps(state, lifted), is_wrong)
    assert explored.wrong == []
    assert explored.states > 1000


def test_with_a_lift_said_alone_a_process_that_has_just_started_shows_who_has_another_shield() -> None:
    def is_wrong(state: beside.State) -> bool:
        return beside.in_force(state) and not beside.hidden_from_everybody(state)

    first = beside.State(late=0, deaths=0, lift_alone=True)
    assert explore(first, lambda state: beside.steps(state, (0,)), is_wrong).wrong[-1] == "s0 is lifted"


def test_without_the_echo_compaction_can_leave_the_lift_of_one_of_two_shields_alone() -> None:
    def is_wrong(state: beside.State) -> bool:
        return beside.at_rest(state, (0,), echo=False) and not all(beside.hidden(beside.compacted(state.log)))

    assert explore(beside.State(), lambda state: beside.steps(state, (0,), echo=False), is_wrong).wrong
