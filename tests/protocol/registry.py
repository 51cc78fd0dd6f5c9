"""The registry in the model: two handlers that race by compare-and-set, and the echo that heals its stream.

What is decided of marks, redaction, receipts and the echo is the code's own. What a source's update, a merge and a
split make of records is the model's, as small as they can be: the code's own need names and dates to be compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from services.registry.handlers import said_otherwise
from tests.protocol import decided
from tests.protocol.decided import SPLIT_OFF, A, B, Record
from tests.protocol.rules import Rules

if TYPE_CHECKING:
    from tests.protocol.model import State


class Handler(NamedTuple):
    """A handler: how far it is in its stream, and what it has in hand.

    ``read`` are the revisions as they were read, ``made`` the records to announce; ``kept`` once they are written.
    """

    position: int = 0
    read: tuple[tuple[str, int], ...] | None = None
    made: tuple[Record, ...] = ()
    kept: bool = False
    looked: bool = False

    def idle(self) -> Handler:
        """The same, with nothing in hand: as after a crash, or when what it read has changed."""
        return Handler(self.position)

    def done(self) -> Handler:
        """The same, one message further."""
        return Handler(self.position + 1)


def steps(rules: Rules, state: State) -> Iterator[tuple[str, State]]:
    """All that the registry's processes may do next, or suffer."""
    if state.since > -2 and not state.registry_knows:
        yield "registry: knows of the shield", state._replace(registry_knows=True)
    if state.sources.position < len(rules.changes):
        yield from _step(rules, state, "sources", rules.changes[state.sources.position])
    if not rules.scrubs:
        return
    if state.since > -2 and not state.shields.position:
        yield from _step(rules, state, "shields", "shield")
    if not rules.no_echo and (state.echo.made or state.echo.position < len(state.log)):
        yield "registry: reads its own stream back", _echo(state)


def _step(rules: Rules, state: State, name: str, change: str) -> Iterator[tuple[str, State]]:
    handler: Handler = getattr(state, name)
    if handler.read is None:
        made = _shield(rules, state) if change == "shield" else _change(rules, state, change)
        read = tuple((record.number, record.revision) for record in state.records)
        yield f"registry: decides {change}", state._replace(**{name: handler._replace(read=read, made=made)})
        return
    if state.crashes:
        yield (
            f"registry: dies over {change}",
            state._replace(**{name: handler.idle(), "crashes": state.crashes - 1}),
        )
    if not handler.kept:
        kept = _keep(state.records, dict(handler.read), handler.made)
        if kept is None:
            yield f"registry: {change} came too late, anew", state._replace(**{name: handler.idle()})
        else:
            yield (
                f"registry: keeps {change}",
                state._replace(**{name: handler._replace(kept=True), "records": kept}),
            )
    elif change == "split" and not rules.no_look_after_split and not handler.looked:
        if state.registry_knows or state.since == -2:
            yield "registry: looks at the shields again", _look_again(rules, state)
    else:
        log = state.log + tuple(place for record in handler.made for place in decided.announced(record))
        after = state._replace(**{name: handler.done(), "log": log})
        yield f"registry: announces {change}", _named(rules, after, handler.made) if change == "shield" else after


def _named(rules: Rules, state: State, made: tuple[Record, ...]) -> State:
    """The receipt names the other numbers; what is ruled under them is to be hidden as well."""
    if not rules.whole_child:
        return state
    named = () if rules.no_numbers_named else decided.others(made, rules.shielded)
    twins = () if rules.no_twins_named else decided.withheld(made, rules.shielded)
    secret = {name for record in made for name, _ in record.sources}
    return state._replace(named=named, twins=twins, secret=state.secret | secret)


def _keep(records: Sequence[Record], read: dict[str, int], made: Sequence[Record]) -> tuple[Record, ...] | None:
    """The records after a write by compare-and-set; ``None`` where somebody changed one of them meanwhile."""
    present = {record.number: record for record in records}
    for record in made:
        before = present.get(record.number)
        if record.revision == read.get(record.number, 0):
            continue  # found as the change leaves it
        if (before.revision if before else 0) != read.get(record.number, 0):
            return None
        present[record.number] = record
    return tuple(sorted(present.values()))


def _shield(rules: Rules, state: State) -> tuple[Record, ...]:
    ruled = [record for record in state.records if decided.ruled(record, rules.shielded)]
    theirs = next((name for record in ruled for name, _ in record.sources), None)
    twins = [record for record in state.records if rules.twin and record not in ruled]
    return (
        *(_grown(record, decided.mark(record, rules.shielded, 0)) for record in ruled),
        *(_grown(record, record._replace(held_for=theirs)) for record in twins),
    )


def _change(rules: Rules, state: State, change: str) -> tuple[Record, ...]:
    before = {record.number: record for record in state.records}
    known = {
        number: decided.mark(record, rules.shielded, 0)
        if state.registry_knows and decided.ruled(record, rules.shielded)
        else record
        for number, record in before.items()
    }
    after = {"update": _update, "merge": _merge, "split": _split}[change](known)
    return tuple(_grown(before.get(number), record) for number, record in after.items())


def _update(known: dict[str, Record]) -> dict[str, Record]:
    """The first source of A says something newer."""
    record = known[A]
    (name, version), *rest = record.sources
    return {A: record._replace(sources=((name, max(version, 2)), *rest))}


def _merge(known: dict[str, Record]) -> dict[str, Record]:
    """B turns out to be A."""
    elder, younger = known[A], known[B]
    if younger.superseded_by:
        return {A: elder}
    return {
        A: elder._replace(
            sources=elder.sources + younger.sources,
            marks=tuple(sorted({*elder.marks, *younger.marks})),
            supersedes=((B, younger.revision + 1),),
        ),
        B: younger._replace(sources=(), marks=(), superseded_by=A),
    }


def _split(known: dict[str, Record]) -> dict[str, Record]:
    """The last source of A turns out to be another child's, who gets a number and the shields A is under."""
    record = known[A]
    if SPLIT_OFF in known:
        return {A: record, SPLIT_OFF: known[SPLIT_OFF]}
    *rest, last = record.sources
    return {
        A: record._replace(sources=tuple(rest)),
        SPLIT_OFF: Record(SPLIT_OFF, 0, (last,), record.marks),
    }


def _look_again(rules: Rules, state: State) -> State:
    """The shields are looked at once more after the split is kept, before it is announced."""
    present = {record.number: record for record in state.records}
    made = []
    for record in state.sources.made:
        now = present[record.number]
        came_from = A if record.number == SPLIT_OFF else None
        shielded = rules.shielded if state.registry_knows else None
        made.append(_grown(now, decided.cover(now, came_from, shielded)))
    records = tuple(sorted({**present, **{record.number: record for record in made}}.values()))
    return state._replace(records=records, sources=state.sources._replace(made=tuple(made), looked=True))


def _grown(before: Record | None, after: Record) -> Record:
    if before is not None and before == after:
        return after
    return after._replace(revision=(before.revision if before else 0) + 1)


def _echo(state: State) -> State:
    echo = state.echo
    if echo.made:
        log = state.log + tuple(place for record in echo.made for place in decided.announced(record))
        return state._replace(echo=echo.done(), log=log)
    message = decided.Messages[state.log[echo.position]]
    number = message.child_number
    present = {record.number: record.revision for record in state.records if record.number == number}
    otherwise = said_otherwise({number: message.revision}, present)
    overtaken = tuple(record for record in state.records if record.number in otherwise)
    return state._replace(echo=echo._replace(made=overtaken) if overtaken else echo.done())
