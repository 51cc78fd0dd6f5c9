"""The shield's protocol as states and steps: officer, readers, registry, streams, index, and what befalls them.

Every decision is the code's own (``decided.py``); here is only who may step next, and what can come in between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from runtime.settings import LeaseSettings
from tests.protocol import decided, registry
from tests.protocol import reader as reading
from tests.protocol.decided import DEADLINE, LEASE, Documents, Record
from tests.protocol.reader import Leaving, Reader, older, ordered
from tests.protocol.registry import Handler
from tests.protocol.rules import Rules

FENCED = int(LeaseSettings(length=LEASE, write_within=DEADLINE).fenced_after)
NOT_PLACED, NOT_ACKNOWLEDGED = -2, -1


class Rebuild(NamedTuple):
    """An index being built: what is still to be read, and what is built."""

    to_read: tuple[int, ...]
    built: Documents


class State(NamedTuple):
    """Everything, at one moment. ``since`` are the ticks since the shield was acknowledged."""

    since: int
    readers: tuple[Reader, ...]
    records: tuple[Record, ...]
    sources: Handler
    shields: Handler
    echo: Handler
    log: tuple[int, ...]
    index: Documents
    indexed: int
    registry_knows: bool
    crashes: int
    replays: int
    rebuilds: int
    rebuild: Rebuild | None = None
    secret: frozenset[str] = frozenset()
    leaked: bool = False
    named: tuple[str, ...] | None = None
    """The other numbers, once the registry has said which there are."""
    twins: tuple[tuple[str, int], ...] = ()
    """The records that the registry has said may be the child, with the revision from which they are held."""
    also_since: int = NOT_PLACED
    """The ticks since the shield was acknowledged on these as well."""


Steps = Iterator[tuple[str, State]]


def start(rules: Rules) -> State:
    """Everything published and indexed, no shield yet."""
    log = tuple(place for record in rules.records for place in decided.announced(record))
    index = Documents()
    for place in log:
        index = index.keep(place)
    idle = Handler()
    return State(
        since=NOT_PLACED,
        readers=(Reader(),) * rules.readers,
        records=rules.records,
        sources=idle,
        shields=idle,
        echo=idle._replace(position=len(log)),
        log=log,
        index=index,
        indexed=len(log),
        registry_knows=False,
        crashes=rules.crashes,
        replays=rules.replays,
        rebuilds=rules.rebuilds,
    )


def steps(rules: Rules, state: State) -> Steps:
    """All that may happen next."""
    yield from _officer(rules, state)
    yield "a tick", _tick(rules, state)
    end = sum(each >= NOT_ACKNOWLEDGED for each in (state.since, state.also_since))
    for at, reader in enumerate(state.readers):
        if at and reader == state.readers[at - 1]:
            continue  # the same steps, of a reader just like it
        for label, after in reading.steps(rules, reader, end, state.index):
            yield label, _with_reader(rules, state, at, after)
    yield from registry.steps(rules, state)
    yield from _index(rules, state)


def _officer(rules: Rules, state: State) -> Steps:
    if state.since in {NOT_PLACED, NOT_ACKNOWLEDGED}:
        hidden = (record for record in state.records if record.number == rules.shielded)
        # Where the registry is asked for all of the child, its answer tells what is hidden besides.
        if not (rules.whole_child and state.secret):
            state = state._replace(secret=state.secret | {name for record in hidden for name, _ in record.sources})
        label = "the shield is in the stream" if state.since == NOT_PLACED else "the shield is acknowledged"
        yield label, state._replace(since=state.since + 1)
    if (state.named or state.twins) and state.also_since in {NOT_PLACED, NOT_ACKNOWLEDGED}:
        what = "in the stream" if state.also_since == NOT_PLACED else "acknowledged"
        yield f"the other numbers' shield is {what}", state._replace(also_since=state.also_since + 1)


def _is_told(rules: Rules, state: State) -> bool:
    """Whether the officer was told that the child is hidden: under this number or, where asked for, everywhere."""
    if state.since != FENCED or not rules.whole_child:
        return state.since == FENCED
    return decided.is_told(
        answered=state.named is not None,
        others=state.named or (),
        twins=state.twins,
        others_fenced=state.also_since == FENCED,
    )


def _tick(rules: Rules, state: State) -> State:
    since, also_since = (min(each + 1, FENCED) if each >= 0 else each for each in (state.since, state.also_since))
    return state._replace(
        since=since, also_since=also_since, readers=ordered(older(rules, reader) for reader in state.readers)
    )


def _with_reader(rules: Rules, state: State, at: int, after: Reader | Leaving) -> State:
    leaked = state.leaked
    if isinstance(after, Leaving):
        leaked = leaked or (_is_told(rules, state) and not after.tells.isdisjoint(state.secret))
        after = after.reader
    readers = ordered((*state.readers[:at], after, *state.readers[at + 1 :]))
    return state._replace(readers=readers, leaked=leaked)


def _index(rules: Rules, state: State) -> Steps:
    if rules.index_stands:
        return
    if state.indexed < len(state.log):
        place = state.log[state.indexed]
        rebuild = state.rebuild
        if rebuild is not None:
            rebuild = rebuild._replace(built=rebuild.built.keep(place))
        yield (
            "the index takes a record",
            state._replace(indexed=state.indexed + 1, index=state.index.keep(place), rebuild=rebuild),
        )
    if state.replays and state.indexed:
        yield "the stream is replayed", state._replace(indexed=0, replays=state.replays - 1)
    if state.rebuild is None and state.rebuilds:
        for what, to_read in (("", state.log), (" of a compacted stream", _compacted(state.log))):
            rebuild = Rebuild(to_read, Documents())
            yield f"a rebuild{what}", state._replace(rebuild=rebuild, rebuilds=state.rebuilds - 1)
    if state.rebuild is not None:
        if state.rebuild.to_read:
            first, *rest = state.rebuild.to_read
            yield (
                "the rebuild reads",
                state._replace(rebuild=Rebuild(tuple(rest), state.rebuild.built.keep(first))),
            )
        else:
            yield "the new index is searched", state._replace(index=state.rebuild.built, rebuild=None)


def _compacted(log: tuple[int, ...]) -> tuple[int, ...]:
    last = {decided.Messages[place].child_number: at for at, place in enumerate(log)}
    return tuple(log[at] for at in sorted(last.values()))


def at_rest(rules: Rules, state: State) -> bool:
    """Whether the shield is placed and everybody has done what there was to do."""
    return (
        state.since >= 0
        and state.sources == Handler(position=len(rules.changes))
        and state.shields == Handler(position=1)
        and (rules.no_echo or state.echo == Handler(position=len(state.log)))
        and state.indexed == len(state.log)
        and state.rebuild is None
    )


def kept_open(state: State) -> bool:
    """Whether a store still tells what the shield hides: the index, or the last word in the stream."""
    held = {place for _, place in state.index.held} | set(_compacted(state.log))
    return any(not decided.told_by(place).isdisjoint(state.secret) for place in held if _is_whole(place))


def _is_whole(place: int) -> bool:
    return decided.Messages[place].type == "record-published"
