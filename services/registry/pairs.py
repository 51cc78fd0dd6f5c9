"""Pairs of source records of which it is decided whether they are one child: what weights are learnt from. Pure.

A pair says nothing of identifiers: most records of one child were found by theirs, and who is in doubt is so for
want of them. Nor is any a shielded or a held child's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, combinations, product
from typing import Literal, get_args

import orjson

from likeness.comparison import Carers, compare
from likeness.dates import Born
from likeness.homes import Place
from likeness.person import Person, pack, unpack
from services.registry.children import ChildRecord, Verdict
from services.registry.matching import verdict_on
from services.registry.sources import SourceRecord

Label = Literal["same", "strangers", "siblings", "twins"]
_LABELS = frozenset(get_args(Label))
_BOTHS = frozenset({Carers.REACHED, Carers.SAME, Carers.REACHED_KIN, Carers.SAME_KIN})
"""Somebody who can be reached in the same way cares for both."""


@dataclass(frozen=True, slots=True, repr=False)
class Decided:
    """Two source records' children as they are compared, and what the two are to each other."""

    label: Label
    one: Person
    other: Person


def line_of(pair: Decided) -> bytes:
    """The pair as a line of JSON."""
    said = {"label": pair.label, "one": pack(pair.one), "other": pack(pair.other)}
    return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)


def decided_of(line: bytes) -> Decided:
    """The pair that a line says; a ``ValueError`` that quotes nothing where it says none."""
    try:
        said = orjson.loads(line)
        label, one, other = said["label"], unpack(said["one"]), unpack(said["other"])
    except (KeyError, TypeError, ValueError):
        raise ValueError("not a decided pair") from None
    if label not in _LABELS:
        raise ValueError("not a label")
    return Decided(label, one, other)


def told(child: ChildRecord) -> bool:
    """Whether pairs may be told of it: its cover is worth more than any weight."""
    return child.visible and not child.shielded


def joined(child: ChildRecord) -> Iterator[Decided]:
    """The pairs that a national number proves to be this child, unless a person has said anything of them."""
    for one, other in combinations(_comparable(child), 2):
        numbers = one.likeness.person.strong & other.likeness.person.strong
        if numbers and not any(each.covers(one.key, other.key) for each in child.verdicts):
            yield _pair("same", one, other)


def said(children: Iterable[ChildRecord]) -> Iterator[Decided]:
    """The pairs of which a data manager's newest word says what they are; of these children alone."""
    records: dict[str, SourceRecord] = {}
    verdicts: dict[str, Verdict] = {}
    for child in children:
        records |= {each.key: each for each in _comparable(child)}
        verdicts |= {each.id: each for each in child.verdicts}
    by_key = _by_key(verdicts.values())
    pairs = chain.from_iterable(product(each.ones, each.others) for each in verdicts.values())
    for one, other in sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]}):
        word = verdict_on(by_key.get(one, ()), one, other)
        if word is not None and one in records and other in records:
            yield _labelled(word, records[one], records[other])


def _by_key(verdicts: Iterable[Verdict]) -> Mapping[str, list[Verdict]]:
    """Which words are about a source record."""
    found: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        for key in verdict.ones | verdict.others:
            found.setdefault(key, []).append(verdict)
    return found


def _comparable(child: ChildRecord) -> list[SourceRecord]:
    return [each for each in child.live if not each.by_officers]


def _labelled(word: Verdict, one: SourceRecord, other: SourceRecord) -> Decided:
    return _pair("same" if word.said == "same" else _apart(one.likeness.person, other.likeness.person), one, other)


def _pair(label: Label, one: SourceRecord, other: SourceRecord) -> Decided:
    return Decided(label, _unnumbered(one.likeness.person), _unnumbered(other.likeness.person))


def _apart(one: Person, other: Person) -> Label:
    """What two different children are: of one household if in one house, or if one carer is reached for both."""
    compared = compare(one, other)
    if compared.home != Place.SAME and compared.carers not in _BOTHS:
        return "strangers"
    return "twins" if compared.born == Born.EXACT else "siblings"


def _unnumbered(person: Person) -> Person:
    """Without identifiers."""
    return replace(person, strong=frozenset(), identifiers=frozenset())
