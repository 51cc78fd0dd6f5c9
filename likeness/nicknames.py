"""Which given names are forms of one: the maintained list of the ``nicknames`` package, read both ways."""

from __future__ import annotations

from collections import defaultdict

from nicknames import name_triplets

from likeness.names import fold


def _read() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    full: dict[str, set[str]] = defaultdict(set)
    short: dict[str, set[str]] = defaultdict(set)
    for triplet in name_triplets():
        name, nickname = fold(triplet.name1), fold(triplet.name2)
        if " " not in name + nickname and name != nickname:
            full[nickname].add(name)
            short[name].add(nickname)
    return {each: frozenset(of) for each, of in full.items()}, {each: frozenset(of) for each, of in short.items()}


_FULL, _SHORT = _read()
_NONE: frozenset[str] = frozenset()


def related(word: str) -> frozenset[str]:
    """The names that ``word`` (folded) is a nickname of, and its nicknames."""
    return _FULL.get(word, _NONE) | _SHORT.get(word, _NONE)


def are_related(one: str, other: str) -> bool:
    """Whether one is a nickname of the other, or both are nicknames of one name.

    That two names have a nickname in common makes them no forms of one: Samuel and Samantha are both Sam.
    """
    mine, theirs = _FULL.get(one, _NONE), _FULL.get(other, _NONE)
    return other in mine or one in theirs or not mine.isdisjoint(theirs)


def forms(word: str) -> frozenset[str]:
    """``word`` (folded) and every name that it is related to, as ``are_related`` says."""
    full = _FULL.get(word, _NONE)
    return frozenset({word}).union(full, _SHORT.get(word, _NONE), *(_SHORT[name] for name in full))
