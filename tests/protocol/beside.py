"""Two shields of one child in the model: each placed under a number of its own, and named the other's later.

So it is after a merge of two children who were shielded both. Each shield is carried out by itself, beside the
other; compaction leaves the last word under each number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import NamedTuple

from runtime.overlay import Overlay
from services.registry.children import ChildRecord, ShieldMark
from services.registry.shielding import marked
from services.shielding.copies import Copies
from services.shielding.last_word import Word, beside, overtaken, undecided
from services.shielding.shield import Shield

NUMBERS = ("4010232137", "9434765919")
"""The first is the first shield's own, the second the second's."""
_MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
_SHIELD = Shield("s", NUMBERS[0], "adoption", None, date(2099, 1, 1), "officer", _MOMENT)

Said = tuple[int, int, bool]
"""A word in the stream: the shield, the number, and whether it is placed."""


class Kept(NamedTuple):
    """A shield in the store: where it is placed on its own number and on the other, and how far it has come."""

    offset: int | None = None
    named: bool = False
    """Whether the registry has named the other number."""
    beside: int | None = None
    ending: bool = False
    lift_offset: int | None = None


class State(NamedTuple):
    """The store, the stream's words, and how far the echo has read."""

    shields: tuple[Kept, Kept] = (Kept(), Kept())
    log: tuple[Said, ...] = ()
    unnoted: tuple[tuple[int, Kept], ...] = ()
    """What is published of a shield, and not noted in the store yet."""
    echoed: int = 0
    late: int = 1
    """How many words a process of long ago may still publish."""
    deaths: int = 1
    lift_alone: bool = False
    """Whether a lift is said alone, to see that it must not be."""


Steps = Iterator[tuple[str, State]]


def steps(state: State, lifted: tuple[int, ...], *, echo: bool = True) -> Steps:
    """All that may happen next, where officers lift these shields in the end."""
    for at, kept in enumerate(state.shields):
        yield from _decide(state, at, kept, lifted)
        if at not in dict(state.unnoted):
            yield from _carry_out(state, at, kept)
        if state.late and kept.offset is not None:
            for placed in (True, False) if kept.ending else (True,):
                said = tuple((at, number, placed) for number in _numbers(at, kept))
                # A process is cut off for minutes at most, or its words are given up: it knew of the other shield.
                still = () if placed else _still_placed(state, at)
                words = (*still, *said, *still)
                yield f"long ago: s{at}", state._replace(log=state.log + words, late=state.late - 1)
    for at, after in state.unnoted:
        left = tuple(each for each in state.unnoted if each[0] != at)
        yield f"s{at} is noted", _with(state, at, after)._replace(unnoted=left)
        if state.deaths:
            yield f"shielding dies over s{at}", state._replace(unnoted=left, deaths=state.deaths - 1)
    if echo and state.echoed < len(state.log):
        yield from _echo(state)


def _decide(state: State, at: int, kept: Kept, lifted: tuple[int, ...]) -> Steps:
    if at in dict(state.unnoted) or kept.offset is None or kept.ending:
        return
    if not kept.named:
        yield f"the other number of s{at} is named", _with(state, at, kept._replace(named=True))
    elif at in lifted:
        yield f"the lift of s{at} is approved", _with(state, at, kept._replace(ending=True))


def _carry_out(state: State, at: int, kept: Kept) -> Steps:
    if kept.offset is None:
        yield f"s{at} is placed", _publish(state, at, (at,), kept._replace(offset=len(state.log)))
    elif kept.ending and kept.lift_offset is None:
        still = _still_placed(state, at)
        ended = kept._replace(lift_offset=len(state.log) + len(still))
        words = _publish(state._replace(log=state.log + still), at, _numbers(at, kept), ended, placed=False)
        yield f"s{at} is lifted", words._replace(log=words.log + still)
    elif kept.named and kept.beside is None and not kept.ending:
        yield f"s{at} is placed beside", _publish(state, at, (1 - at,), kept._replace(beside=len(state.log)))


def _publish(state: State, at: int, numbers: tuple[int, ...], after: Kept, *, placed: bool = True) -> State:
    words = tuple((at, number, placed) for number in numbers)
    return state._replace(log=state.log + words, unnoted=tuple(sorted((*state.unnoted, (at, after)))))


def _still_placed(state: State, at: int) -> tuple[Said, ...]:
    """What is said with the lift of a shield: that the other is on its numbers too."""
    kept, other = state.shields[at], state.shields[1 - at]
    if state.lift_alone or other.offset is None or other.ending:
        return ()
    return tuple((1 - at, number, True) for number in _numbers(at, kept) if number in _numbers(1 - at, other))


def _numbers(at: int, kept: Kept) -> tuple[int, ...]:
    return (at, 1 - at) if kept.named else (at,)


def _echo(state: State) -> Steps:
    at, number, placed = state.log[state.echoed]
    shields = [_shield(each, kept) for each, kept in enumerate(state.shields)]
    open_ = [each for each in shields if each.lifted_at is None]
    own = next((each for each in open_ if each.child_number == NUMBERS[number]), None)
    others = (each for each in open_ if not placed and NUMBERS[number] in each.also)
    word, present = Word(NUMBERS[number], f"s{at}", placed, state.echoed), own or next(others, None)
    if undecided(word, present):
        return  # tried again later
    said = state
    for again in overtaken(word, present, shields[at]):
        which, lifted = shields.index(again), again.lifted_at is not None
        kept, alone = said.shields[which], beside(word, shields[at]) and not lifted
        numbers = (which,) if alone else _numbers(which, kept)
        offset = len(said.log)
        still = _still_placed(said, which) if lifted else ()
        words = (*still, *((which, each, not lifted) for each in numbers), *still)
        said = said._replace(log=said.log + words)
        if state.deaths:
            yield "echo: says it again, and dies", said._replace(deaths=state.deaths - 1)
        if not lifted:
            beside_ = offset + 1 if len(numbers) > 1 else kept.beside
            said = _with(said, which, kept._replace(offset=offset, beside=beside_))
    yield "echo: reads on", said._replace(echoed=state.echoed + 1)


@cache
def _shield(at: int, kept: Kept) -> Shield:
    return replace(
        _SHIELD,
        shield_id=f"s{at}",
        child_number=NUMBERS[at],
        also=(NUMBERS[1 - at],) if kept.named else (),
        others={} if kept.beside is None else {NUMBERS[1 - at]: Copies(kept.beside)},
        offset=kept.offset,
        lift_approved_at=_MOMENT if kept.ending else None,
        lifted_at=_MOMENT if kept.lift_offset is not None else None,
        lift_offset=kept.lift_offset,
    )


def _with(state: State, at: int, kept: Kept) -> State:
    one, other = state.shields
    return state._replace(shields=(one, kept) if at else (kept, other))


@cache
def hidden(log: tuple[Said, ...]) -> tuple[bool, ...]:
    """Under which numbers a process hides the child that reads these words."""
    overlay = Overlay()
    for offset, (at, number, placed) in enumerate(log):
        overlay.take(offset, NUMBERS[number], f"s{at}", lifted=not placed)
    return tuple(overlay.any([number]) for number in NUMBERS)


def compacted(log: tuple[Said, ...]) -> tuple[Said, ...]:
    """The last word under each number."""
    last = {number: place for place, (_, number, _) in enumerate(log)}
    return tuple(log[place] for place in sorted(last.values()))


def hidden_from_everybody(state: State) -> bool:
    """Whether every process hides the child by both numbers, however much was compacted when it began to read.

    Kafka compacts what was written half an hour ago at least: the echo has read that long before.
    """
    return all(all(hidden(log)) for log in _as_read(state.log, state.echoed))


@cache
def _as_read(log: tuple[Said, ...], echoed: int) -> frozenset[tuple[Said, ...]]:
    return frozenset(compacted(log[:at]) + log[at:] for at in range(echoed + 1))


def marked_as_shielded(log: tuple[Said, ...]) -> bool:
    """Whether the registry publishes the record redacted, which bears both numbers."""
    child = ChildRecord(NUMBERS[0], 1, _MOMENT, "", (), supersedes={NUMBERS[1]: 1})
    for offset, (at, number, placed) in enumerate(log):
        words = {NUMBERS[number]: ShieldMark.said(f"s{at}", offset, placed=placed)}
        child = replace(child, marks=marked(child, words.get).marks)
    return child.shielded


def in_force(state: State) -> bool:
    """Whether a shield is noted as placed under both numbers, and nobody has decided to end it."""
    return any(each.beside is not None and not each.ending for each in state.shields)


def at_rest(state: State, lifted: tuple[int, ...], *, echo: bool = True) -> bool:
    """Whether everything decided is carried out, and the echo has read all."""
    done = (
        kept.named
        and kept.ending == (at in lifted)
        and (kept.lift_offset if kept.ending else kept.beside) is not None
        for at, kept in enumerate(state.shields)
    )
    return all(done) and not state.unnoted and (not echo or state.echoed == len(state.log))
