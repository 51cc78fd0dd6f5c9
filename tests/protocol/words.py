"""The shield stream's words in the model: decisions carried out, repeated and late, an echo, and compaction.

One child, two shields one after the other. What is in the store is tuples here; it becomes the code's own shields
to be decided on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import NamedTuple

from runtime.overlay import Overlay
from services.registry.children import ChildRecord, ShieldMark
from services.registry.children import Word as Said
from services.registry.shielding import marked
from services.shielding.last_word import Word, overtaken, undecided
from services.shielding.shield import Shield

CHILD = "4010232137"
_MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
_SHIELD = Shield("s", CHILD, "adoption", None, date(2099, 1, 1), "officer", _MOMENT)


class Kept(NamedTuple):
    """A shield in the store, once it is decided."""

    offset: int | None = None
    ending: bool = False
    lift_offset: int | None = None

    @property
    def lifted(self) -> bool:
        """Whether its lift is carried out."""
        return self.lift_offset is not None


class State(NamedTuple):
    """The store, the stream's words (shield, placed), and how far its readers are."""

    shields: tuple[Kept, ...] = ()
    log: tuple[tuple[int, bool], ...] = ()
    decided: int = 0
    unnoted: tuple[int, bool, int] | None = None
    """A word that is published, and whose place is not noted yet."""
    echoed: int = 0
    marked: int = 0
    mark: tuple[tuple[str, int, bool], ...] = ()
    """The registry's mark: the newest word on each shield."""
    late: int = 2
    """How many words a process of long ago may still publish."""
    deaths: int = 1


Steps = Iterator[tuple[str, State]]
SCRIPT = (("place", 0), ("end", 0), ("place", 1))
"""What officers decide, in order."""


@cache
def _shield(at: int, kept: Kept) -> Shield:
    return replace(
        _SHIELD,
        shield_id=f"s{at}",
        offset=kept.offset,
        lift_approved_at=_MOMENT if kept.ending else None,
        lifted_at=_MOMENT if kept.lifted else None,
        lift_offset=kept.lift_offset,
    )


def steps(state: State, script: tuple[tuple[str, int], ...] = SCRIPT, *, echo: bool = True) -> Steps:
    """All that may happen next."""
    yield from _decide(state, script)
    yield from _carry_out(state)
    if state.late:
        for at, kept in enumerate(state.shields):
            for placed in (True, False) if kept.ending else (True,):
                said = state._replace(log=(*state.log, (at, placed)), late=state.late - 1)
                yield f"long ago: s{at} {'placed' if placed else 'lifted'}", said
    if echo and state.echoed < len(state.log):
        yield from _echo(state)
    if state.marked < len(state.log):
        yield "registry: takes a word", _mark(state)


def _decide(state: State, script: tuple[tuple[str, int], ...]) -> Steps:
    if state.decided < len(script):
        what, at = script[state.decided]
        shields = state.shields
        if what == "place" and all(each.lifted for each in shields):
            yield f"s{at} is decided", state._replace(shields=(*shields, Kept()), decided=state.decided + 1)
        if what == "end" and shields[at].offset is not None:
            ending = _with(state, at, shields[at]._replace(ending=True))
            yield f"the lift of s{at} is approved", ending._replace(decided=state.decided + 1)


def _carry_out(state: State) -> Steps:
    if state.unnoted is not None:
        at, placed, offset = state.unnoted
        noted = {"offset": offset} if placed else {"lift_offset": offset}
        yield "its place is noted", _with(state, at, state.shields[at]._replace(**noted))._replace(unnoted=None)
        if state.deaths:
            yield "shielding dies before it is noted", state._replace(unnoted=None, deaths=state.deaths - 1)
        return
    for at, kept in enumerate(state.shields):
        if kept.offset is None or (kept.ending and not kept.lifted):
            word = (at, kept.offset is None)
            published = state._replace(log=(*state.log, word), unnoted=(*word, len(state.log)))
            yield f"s{at} is {'placed' if word[1] else 'lifted'}", published


def _echo(state: State) -> Steps:
    at, placed = state.log[state.echoed]
    shields = [_shield(number, kept) for number, kept in enumerate(state.shields)]
    present = next((each for each in shields if each.lifted_at is None), None)
    word = Word(CHILD, f"s{at}", placed, state.echoed)
    if undecided(word, present):
        return  # tried again later
    said = state
    for again in overtaken(word, present, shields[at]):
        number, lifted = shields.index(again), again.lifted_at is not None
        said = said._replace(log=(*said.log, (number, not lifted)))
        if state.deaths:
            yield "echo: says it again, and dies", said._replace(deaths=state.deaths - 1)
        if not lifted:
            said = _with(said, number, said.shields[number]._replace(offset=len(said.log) - 1))
    yield "echo: reads on", said._replace(echoed=state.echoed + 1)


def _mark(state: State) -> State:
    at, placed = state.log[state.marked]
    return state._replace(marked=state.marked + 1, mark=_marked(state.mark, f"s{at}", state.marked, placed))


@cache
def _marked(
    mark: tuple[tuple[str, int, bool], ...], shield_id: str, offset: int, placed: bool
) -> tuple[tuple[str, int, bool], ...]:
    before = ShieldMark({name: Said(at, placed_) for name, at, placed_ in mark})
    child = ChildRecord(CHILD, 1, _MOMENT, "", (), marks={CHILD: before})
    after = marked(child, {CHILD: ShieldMark.said(shield_id, offset, placed=placed)}.get).marks[CHILD]
    return tuple(sorted((name, word.offset, word.placed) for name, word in after.words.items()))


def marked_as_shielded(state: State) -> bool:
    """Whether the registry publishes the record redacted."""
    return any(placed for _, _, placed in state.mark)


def _with(state: State, at: int, kept: Kept) -> State:
    return state._replace(shields=(*state.shields[:at], kept, *state.shields[at + 1 :]))


def hides(log: tuple[tuple[int, bool], ...]) -> bool:
    """Whether a process that reads these words hides the child."""
    overlay = Overlay()
    for offset, (at, placed) in enumerate(log):
        overlay.take(offset, CHILD, f"s{at}", lifted=not placed)
    return overlay.any([CHILD])


def in_force(state: State) -> bool:
    """Whether a shield is noted as placed, and nobody has decided to end it."""
    return any(each.offset is not None and not each.ending for each in state.shields)


def at_rest(state: State, script: tuple[tuple[str, int], ...] = SCRIPT, *, echo: bool = True) -> bool:
    """Whether everything decided is carried out, and every reader has read all."""
    everything = (state.marked,) + ((state.echoed,) if echo else ())
    return (
        state.decided == len(script)
        and state.unnoted is None
        and all(each.offset is not None and each.ending == each.lifted for each in state.shields)
        and set(everything) == {len(state.log)}
    )
