"""The policy file as it is written: sorted, one level a line, with what each number comes from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import log2
from typing import Any

from services.registry.policy import FIELDS, from_document, slug
from weights.decided import ALIKE, CHANCE, LEAST, POPULATION, POSTCODE, SHARED, THRESHOLDS
from weights.estimation import Shares, shares
from weights.labelled import Labelled
from weights.pairs import Known, Pairs, names_of, pairs_of

_KINDS = ("same", "strangers", "siblings", "twins")
_COMMON = 0.0005
ENOUGH = 1000
"""So many pairs, or children, must say something about a thing before they count against what was known."""

Document = dict[str, Any]


def estimated(records: Sequence[Known], strangers: int, version: str, source: str) -> Document:
    """The policy that ``records`` of known children make."""
    pairs = pairs_of(records, strangers)
    found = {kind: shares(getattr(pairs, kind)) for kind in _KINDS}
    sizes = {kind: len(getattr(pairs, kind)) for kind in _KINDS}
    given, family = names_of(records)
    document = {
        "version": version,
        "source": source,
        "pairs": sizes,
        "thresholds": dict(THRESHOLDS),
        "bits": _bits(records, pairs),
        "fields": {name: _field(name, found) for name in FIELDS},
        "shares": {"given": _names(given), "family": _names(family), "home": {"others": POSTCODE, "common": {}}},
    }
    from_document(document)
    return document


def re_estimated(found: Labelled, base: Document, version: str, source: str) -> Document:
    """The policy that decided pairs make of another: what they cannot show, or too few show, stays as it was.

    They never show what numbers are worth, since they were found by numbers or for want of them, nor how
    many brothers and twins there are.
    """
    of = {kind: getattr(found.pairs, kind) for kind in _KINDS}
    seen = {kind: shares(pairs) if len(pairs) >= ENOUGH else {} for kind, pairs in of.items()}
    names = {"given": base["shares"]["given"], "family": base["shares"]["family"]}
    if len({each.child for each in found.records}) >= ENOUGH:
        names = dict(zip(names, map(_names, names_of(found.records)), strict=True))
    document = {
        "version": version,
        "source": source,
        "pairs": {kind: len(pairs) for kind, pairs in of.items()},
        "thresholds": dict(THRESHOLDS),
        "bits": dict(base["bits"]),
        "fields": {name: _field(name, seen, base["fields"][name]) for name in FIELDS},
        "shares": names | {"home": base["shares"]["home"]},
    }
    from_document(document)
    return document


def text_of(document: Document) -> str:
    """``document`` as JSON, each level and each name on a line of its own."""
    return "".join(_lines(document, "")) + "\n"


def _lines(value: Any, indent: str) -> Iterable[str]:
    if not isinstance(value, Mapping) or not any(isinstance(each, Mapping) for each in value.values()):
        few = not isinstance(value, Mapping) or len(value) <= 6
        yield json.dumps(value, ensure_ascii=False, indent=None if few else f"{indent} ")
        return
    yield "{"
    for at, (name, each) in enumerate(value.items()):
        yield f"{',' if at else ''}\n{indent} {json.dumps(name)}: "
        yield from _lines(each, indent + " ")
    yield f"\n{indent}}}"


def _bits(records: Sequence[Known], pairs: Pairs) -> dict[str, float]:
    """How likely two records are of one child, of siblings, of twins, before they are compared."""
    children = len({each.child for each in records})
    each = len(records) / children
    brothers, twins = (2 * len(found) / each**2 / children for found in (pairs.siblings, pairs.twins))
    return {
        "prior": round(-log2(POPULATION), 2),
        "siblings": round(log2(brothers / POPULATION), 2),
        "twins": round(log2(twins / POPULATION), 2),
    }


def _field(name: str, found: Mapping[str, Shares], base: Document | None = None) -> Document:
    levels = (slug(name, each) for each in reversed(FIELDS[name]))
    return {level: _level(name, level, found, base[level] if base else None) for level in levels}


def _level(name: str, level: str, found: Mapping[str, Shares], base: Document | None) -> Document:
    if level == "missing" or (name, level) == ("family", "swapped"):
        # What is missing says nothing; that the family name is swapped is said with the given name.
        return dict.fromkeys(_KINDS, 1.0)
    chances: Document = {}
    marks: dict[str, list[str]] = {"assumed": [], "kept": []}
    for kind in _KINDS:
        share, of = found[kind].get((name, level), (0.0, 1))
        if base is not None and (of < ENOUGH or name == "numbers"):
            chances[kind] = base[kind]
            marks["kept"].append(kind)
            continue
        least = _least(name, level, kind, of, chances)
        chances[kind] = float(f"{max(share, least):.3g}")
        if share < least:
            marks["assumed"].append(kind)
    return chances | {mark: kinds for mark, kinds in marks.items() if kinds}


def _least(name: str, level: str, kind: str, of: int, chances: Document) -> float:
    """How often it is taken to occur at the least, whatever so many pairs show."""
    least = max(LEAST[name].get(level, 0.0) if name in SHARED.get(kind, ()) else 0.0, 0.5 / of)
    if kind == "strangers":
        least = max(least, CHANCE.get(name, {}).get(level, 0.0))
    if name == "given" and level in ALIKE and kind in ("siblings", "twins"):
        least = max(least, chances["strangers"])
    return least


def _names(counts: Counter[str]) -> Document:
    """The common names' shares; ``others`` is the mean share of all the rest."""
    total = sum(counts.values())
    common = {name: count / total for name, count in counts.items() if name and count / total >= _COMMON}
    rest = len(counts) - len(common)
    others = max(1 - sum(common.values()), 0.5 / total) / max(rest, 1)
    return {
        "others": float(f"{min(others, _COMMON):.3g}"),
        "common": {name: float(f"{common[name]:.3g}") for name in sorted(common)},
    }
