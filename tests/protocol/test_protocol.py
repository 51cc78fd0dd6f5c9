"""However the steps of officer, readers, registry and index interleave, nothing leaks and everything ends hidden.

What is explored is small and whole: every order of every step. A rule of the protocol that is broken on purpose
must be found out; those tests assert the leak, and print the way to it.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import pytest

from tests.protocol.decided import A, B, Record
from tests.protocol.explore import explore
from tests.protocol.model import State, at_rest, kept_open, start, steps
from tests.protocol.rules import Rules

ONE = (Record(A, 1, (("s1", 1), ("s2", 1))),)
TWO = (Record(A, 1, (("s1", 1),)), Record(B, 1, (("s2", 1),)))


def explored(rules: Rules) -> list[str]:
    """The way to what is wrong, for the test's output; empty where nothing is.

    Wrong is that a reader answered with what is hidden after the officer was told "hidden everywhere"; or that
    all is done, and the index or the last word in the stream still tells what is hidden.
    """

    def is_wrong(state: State) -> bool:
        return state.leaked or (at_rest(rules, state) and kept_open(state))

    way = explore(start(rules), lambda state: steps(rules, state), is_wrong).wrong
    sys.stdout.write("\n".join(["", *way, ""]))
    return way


def found(rules: Rules) -> str:
    """The way to a leak."""
    return "; ".join(explored(rules))


FENCE = Rules(ONE, A, readers=1, scrubs=False)
RACED = replace(FENCE, scrubs=True, changes=("update",))
# Five minutes and 2 GB more, for ``make check-full``.
WHOLE = (
    [
        pytest.param(replace(RACED, crashes=1), id="a crash that races it"),
        pytest.param(replace(RACED, replays=1), id="an update and a replay that race it"),
        pytest.param(replace(RACED, rebuilds=1), id="an update and a rebuild that race it"),
        pytest.param(
            Rules(TWO, B, scrubs=False, changes=("merge",), rebuilds=1), id="a merge and a rebuild that race it"
        ),
    ]
    if os.environ.get("WHOLE_PROTOCOL")
    else []
)


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(replace(FENCE, readers=2), id="two readers, whose index is never rewritten"),
        pytest.param(replace(FENCE, searches=True), id="a search by what is hidden"),
        pytest.param(replace(FENCE, changes=("update",), scrubs=True), id="a source update that races the shield"),
        pytest.param(
            Rules(TWO, B, readers=1, scrubs=False, changes=("merge",)), id="a merge that races the shield"
        ),
        pytest.param(
            replace(FENCE, changes=("update",), crashes=1, replays=1, rebuilds=1),
            id="an update, a crash, a replay and a rebuild, and the index is never rewritten",
        ),
        pytest.param(replace(FENCE, scrubs=True, replays=1, rebuilds=1), id="a replay and a rebuild that race it"),
        *WHOLE,
    ],
)
def test_once_the_officer_is_told_no_reader_answers_with_what_is_hidden(rules: Rules) -> None:
    assert explored(rules) == []


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(Rules(ONE, A, changes=("update",), crashes=1, replays=1), id="update, crash, replay"),
        pytest.param(Rules(ONE, A, changes=("update",), crashes=1, rebuilds=1), id="update, crash, rebuild"),
        pytest.param(Rules(TWO, B, changes=("merge",), crashes=1, replays=1), id="merge of the shielded, crash"),
        pytest.param(Rules(TWO, A, changes=("merge",), crashes=1), id="merge into the shielded, crash"),
        pytest.param(Rules(TWO, B, changes=("merge",), rebuilds=1), id="merge of the shielded, rebuild"),
    ],
)
def test_when_all_is_done_the_index_and_the_last_word_in_the_stream_are_rewritten(rules: Rules) -> None:
    assert explored(replace(rules, readers=0)) == []


def test_with_the_check_before_the_fetch_the_leak_is_found() -> None:
    assert found(replace(FENCE, check_before_fetch=True)).endswith("a tick; reader: fetches A; reader: ANSWERS")


def test_without_the_deadline_the_leak_is_found() -> None:
    assert found(replace(FENCE, no_deadline=True)).endswith("reader: checks; a tick; a tick; reader: ANSWERS")


def test_with_the_lease_counted_from_the_reply_the_leak_is_found() -> None:
    assert "a tick; a tick; a tick; reader: has the poll's answer" in found(replace(FENCE, lease_from_reply=True))


def test_with_the_lease_asked_for_before_a_search_only_the_leak_is_found() -> None:
    leak = found(replace(FENCE, searches=True, lease_before_search_only=True))
    assert leak.endswith("reader: records its answer; reader: checks; reader: ANSWERS")


def test_without_the_echo_the_last_word_in_the_stream_can_stay_an_open_one() -> None:
    assert found(Rules(ONE, A, readers=0, changes=("update",), no_echo=True))


def test_a_split_that_is_kept_after_the_shield_and_was_decided_before_it_tells_nothing() -> None:
    split = Rules(ONE, A, readers=1, scrubs=False, changes=("split",))
    assert explored(split) == []
    scrub = Rules(ONE, A, readers=0, changes=("split",), crashes=1, replays=1)
    assert explored(scrub) == []
    leak = found(replace(split, no_look_after_split=True))
    assert leak.endswith("reader: fetches C; reader: records its answer; reader: checks; reader: ANSWERS")


@pytest.mark.parametrize("shielded", [A, B], ids=["the elder", "the younger"])
def test_a_shield_reaches_documents_from_before_a_merge_that_only_the_registry_knows_of(shielded: str) -> None:
    # What is merged after the registry has answered is hidden once it is indexed, as any change is.
    merge = Rules(TWO, shielded, changes=("merge",), whole_child=True, index_stands=True, no_echo=True)
    assert explored(merge) == []
    assert "registry: keeps merge" in found(replace(merge, no_numbers_named=True))


def test_who_is_hidden_under_one_number_may_be_shown_under_another_until_the_registry_has_answered() -> None:
    merge = Rules(TWO, A, readers=1, scrubs=False, changes=("merge",), index_stands=True)
    leak = found(merge)
    assert "reader: fetches B" in leak
    assert leak.endswith("reader: ANSWERS")
    # The registry is away, and says nothing: so the officer is not told either.
    assert explored(replace(merge, whole_child=True)) == []


@pytest.mark.parametrize("searches", [False, True], ids=["views", "searches"])
def test_who_may_be_the_child_is_shown_to_nobody_either_once_the_officer_is_told(searches: bool) -> None:
    twin = Rules(TWO, A, twin=True, whole_child=True, index_stands=True, no_echo=True, searches=searches)
    assert explored(twin) == []
    leak = found(replace(twin, no_twins_named=True))
    assert "reader: fetches B" in leak
    assert leak.endswith("reader: ANSWERS")


def test_who_may_be_the_child_is_in_no_store_any_more_when_all_is_done() -> None:
    twin = Rules(TWO, A, readers=0, twin=True, whole_child=True, crashes=1, replays=1)
    assert explored(twin) == []
