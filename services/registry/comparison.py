"""Two child records side by side, field by field, as a data manager compares them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, product
from typing import Any

from pydantic import BaseModel

from likeness.person import Person
from services.registry.children import ChildRecord
from services.registry.golden import Golden, Stated
from services.registry.matching import Judge, Shielded, likenesses
from services.registry.matters import authority_of
from services.registry.policy import Policy
from services.registry.scoring import Step, explain, explain_may_be, may_be, score
from services.registry.sources import Likeness, SourceRecord

FIELDS = ("names", "date_of_birth", "gender", "addresses", "identifiers", "carers", "responsible_authority")


def described(golden: Golden) -> dict[str, Any]:
    """Every field but the involvements, each value with the sources that say so and when the newest did."""
    return {name: _described(getattr(golden, name)) for name in FIELDS}


def side_by_side(one: ChildRecord, other: ChildRecord) -> list[dict[str, Any]]:
    """For each field what is held of the one and of the other, and whether they have a value in common."""
    ones, others = ({} if c.golden is None else described(c.golden) for c in (one, other))
    return [
        {"field": name, "one": ones.get(name), "other": others.get(name), "agree": _agree(ones, others, name)}
        for name in FIELDS
    ]


def explained(
    one: SourceRecord, other: SourceRecord, judge: Judge, shielded: Shielded = (False, False)
) -> dict[str, Any]:
    """How likely the two are one child, weight by weight: the steps add up to ``bits``.

    They are compared as they are; where one was withdrawn, as they were most alike. Where one is ``shielded``,
    ``may_be`` counts, of all that either ever was, against the threshold ``hold``: ``hold`` explains that.
    """
    policy = judge.policy
    both_live = one.live and other.live
    both = list(likenesses(one, other, shielded))
    persons = _likest([(one.likeness, other.likeness)] if both_live else both, score, policy)
    steps = _steps(explain(*persons, policy))
    kin = _likest(both, may_be, policy)
    thresholds = {name: getattr(policy, name) for name in ("join", "part", "probable", "hold")}
    said = {"policy": policy.version, "thresholds": thresholds}
    held = {"bits": round(may_be(*kin, policy), 3)}
    return {
        **said,
        "bits": round(score(*persons, policy), 3),
        "may_be": held["bits"],
        "contradiction": judge.against(one, other) if both_live else None,
        "steps": steps,
        "hold": {**said, **held, "steps": _steps(explain_may_be(*kin, policy))} if any(shielded) else None,
    }


def _likest(
    pairs: Iterable[tuple[Likeness, Likeness]], weigh: Callable[[Person, Person, Policy], float], policy: Policy
) -> tuple[Person, Person]:
    """The two as they were when they weighed most."""
    persons = [(mine.person, theirs.person) for mine, theirs in pairs]
    return max(persons, key=lambda pair: weigh(pair[0], pair[1], policy))


def _steps(steps: Sequence[Step]) -> list[dict[str, Any]]:
    totals = accumulate(step.bits + step.adjustment for step in steps)
    return [
        {
            "field": step.field,
            "level": step.level,
            "bits": round(step.bits, 3),
            "adjustment": round(step.adjustment, 3),
            "total": round(total, 3),
        }
        for step, total in zip(steps, totals, strict=True)
    ]


def doubted(one: ChildRecord, other: ChildRecord, judge: Judge) -> tuple[SourceRecord, SourceRecord] | None:
    """The source records over which the two are in doubt; else the live ones that speak most for one child.

    ``None`` where there are none.
    """
    asked = [pair for pair in product(one.compared, other.compared) if (pair[0].key, pair[1].key) in one.doubts]
    if asked:
        return asked[0]
    pairs = list(product(one.live, other.live))
    return max(pairs, key=lambda pair: (judge.bits(*pair), pair[0].key, pair[1].key), default=None)


def _described(stated: Stated[Any] | Sequence[Stated[Any]]) -> Any:
    if isinstance(stated, Stated):
        value = stated.value
        shown = value.model_dump(mode="json", exclude_none=True) if isinstance(value, BaseModel) else value
        return {"value": shown, "sources": list(stated.sources), "as_of": stated.as_of}
    return [_described(each) for each in stated]


def _agree(ones: dict[str, Any], others: dict[str, Any], name: str) -> bool:
    mine, theirs = (_values(side.get(name)) for side in (ones, others))
    return any(value in theirs for value in mine)


def _values(described_: Any) -> list[Any]:
    if described_ is None:
        return []
    return [each["value"] for each in (described_ if isinstance(described_, list) else [described_])]


def compared(one: ChildRecord, other: ChildRecord, judge: Judge) -> dict[str, Any]:
    """Two sides, field by field, with what speaks for one child."""
    pair = doubted(one, other, judge)
    shielded = (one.shielded, other.shielded) if one.number != other.number else (False, False)
    return {
        "children": [_side(one), _side(other)],
        "fields": side_by_side(one, other),
        "explanation": explained(*pair, judge, shielded) if pair else None,
    }


def _side(child: ChildRecord) -> dict[str, Any]:
    return {
        "child_number": child.number,
        "revision": child.revision,
        "shielded": child.shielded,
        "held": child.held,
        "responsible_authority": authority_of(child),
        "source_records": [record.key for record in child.live],
    }
