"""Two child records side by side, field by field, as a data manager compares them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from pydantic import BaseModel

from services.registry.children import ChildRecord
from services.registry.golden import Golden, Stated
from services.registry.matching import Judge
from services.registry.scoring import explain, may_be
from services.registry.sources import SourceRecord

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


def explained(one: SourceRecord, other: SourceRecord, judge: Judge) -> dict[str, Any]:
    """How likely the two are one child, weight by weight: the steps add up to ``bits``.

    ``may_be`` is what counts where one of them is shielded: it is compared with the threshold ``hold``.
    """
    persons = one.likeness.person, other.likeness.person
    steps = explain(*persons, judge.policy)
    totals = accumulate(step.bits + step.adjustment for step in steps)
    return {
        "policy": judge.policy.version,
        "bits": round(judge.bits(one, other), 3),
        "may_be": round(may_be(*persons, judge.policy), 3),
        "contradiction": judge.against(one, other),
        "thresholds": {name: getattr(judge.policy, name) for name in ("join", "part", "probable", "hold")},
        "steps": [
            {
                "field": step.field,
                "level": step.level,
                "bits": round(step.bits, 3),
                "adjustment": round(step.adjustment, 3),
                "total": round(total, 3),
            }
            for step, total in zip(steps, totals, strict=True)
        ],
    }


def strongest(one: ChildRecord, other: ChildRecord, judge: Judge) -> tuple[SourceRecord, SourceRecord] | None:
    """The two live source records that speak most for one child; ``None`` where a side has none."""
    pairs = [(mine, theirs) for mine in one.live for theirs in other.live]
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
