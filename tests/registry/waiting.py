"""Children about whom there is something to decide, of each degree of harm."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from contracts.child_number import new_child_number
from runtime import clock
from services.registry.children import ChildRecord, Doubt, ShieldMark, Verdict
from services.registry.sources import arrived
from tests.registry.settled import change


def child(key: str, since: datetime, **said: str) -> ChildRecord:
    """A child of whom one source tells."""
    source, ref = key.split("/")
    record = arrived(change(source, ref=ref, **said), clock.now()).record
    return ChildRecord(new_child_number(), 1, since, key, (record,))


def in_doubt(
    harm: int, since: datetime, ref: str = "1", authority: str = "northshire"
) -> tuple[ChildRecord, ChildRecord]:
    """Two children of an authority who may be one, the first of which keeps the doubt; see ``Matter.harm``."""
    one, other = (child(f"{source}/{ref}-{harm}", since, responsible_authority=authority) for source in ("a", "b"))
    contradiction = "two-numbers" if harm == 2 else None
    doubt = Doubt(one.founder, other.founder, 1.0, False, contradiction, False, "test-1", since)
    one = replace(one, doubts={doubt.pair: doubt})
    if harm == 3:
        one = replace(one, marks={one.number: ShieldMark.in_force({"s": 1})})
    if harm == 0:
        pair = (frozenset({one.founder}), frozenset({other.founder}))
        one = replace(one, verdicts=(Verdict("v", "cannot-tell", *pair, "a-manager", since, "because"),))
    return one, other
