"""What one policy says otherwise than another, in bits, for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import log2
from typing import Any

_SHOWN = 0.05


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """A line for each number that moved by a twentieth of a bit or more; names by a quarter of a bit."""
    if old["version"] != new["version"]:
        yield f"version: {old['version']} -> {new['version']}"
    for part in ("thresholds", "bits"):
        yield from _numbers(part, old[part], new[part])
    for name in new["fields"]:
        for level, chances in new["fields"][name].items():
            was = old["fields"].get(name, {}).get(level)
            yield from _level(f"{name}, {level}", was, chances)
    for kind, what in (("given", "given names"), ("family", "family names"), ("home", "postcodes")):
        yield from _names(what, old["shares"][kind], new["shares"][kind])


def _numbers(part: str, old: Mapping[str, float], new: Mapping[str, float]) -> Iterator[str]:
    for name, value in new.items():
        if abs(value - old.get(name, 0.0)) >= _SHOWN:
            yield f"{part}, {name}: {old.get(name)} -> {value} ({value - old.get(name, 0.0):+.2f})"


def _level(title: str, old: Mapping[str, float] | None, new: Mapping[str, float]) -> Iterator[str]:
    if old is None:
        yield f"{title}: new, worth {_worth(new, 'same'):+.2f} bits"
        return
    for kind, what in (("same", "worth"), ("siblings", "likelier among siblings by"), ("twins", "among twins by")):
        was, now = _worth(old, kind), _worth(new, kind)
        if abs(now - was) >= _SHOWN:
            yield f"{title}: {what} {was:+.2f} -> {now:+.2f} bits ({now - was:+.2f})"


def _worth(chances: Mapping[str, float], kind: str) -> float:
    return log2(chances[kind] / chances["strangers"])


def _names(title: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = old["common"], new["common"]
    gone, come = before.keys() - after.keys(), after.keys() - before.keys()
    moved = [name for name in before.keys() & after.keys() if abs(log2(after[name] / before[name])) >= 0.25]
    if gone or come or moved:
        yield f"{title}: {len(come)} new common ones, {len(gone)} gone, {len(moved)} moved by 0.25 bits or more"
    rarer = log2(old["others"] / new["others"])
    if abs(rarer) >= _SHOWN:
        yield f"{title}, others: {old['others']} -> {new['others']} (rarer by {rarer:+.2f} bits)"
