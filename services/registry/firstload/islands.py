"""Islands: records that concern each other and nobody else, each made into children by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import combinations

from services.registry import candidates
from services.registry.children import ChildRecord
from services.registry.doubting import Doubting
from services.registry.matching import Judge, clusters
from services.registry.neighbourhood import Neighbourhood
from services.registry.numbering import Resettling
from services.registry.settling import grown
from services.registry.sources import SourceRecord
from services.registry.wanted import Wanted


@dataclass
class Island:
    """Source records in families, which could each be one child, and pairs of them that are in doubt."""

    families: dict[int, list[SourceRecord]] = field(default_factory=dict)
    doubts: list[tuple[str, str]] = field(default_factory=list)


def children_of(island: Island, judge: Judge, new_number: Callable[[], str], now: datetime) -> list[ChildRecord]:
    """The children that the island's records make up, as they are kept for the first time."""
    hood = Neighbourhood((), Wanted())
    families = [_family(records, judge, new_number, now) for records in island.families.values()]
    children = [child for family in families for child in family]
    home = {record.key: at for at, child in enumerate(children) for record in child.sources}
    # Whoever comes later seeks whoever is there.
    pairs = {(max(home[one], home[other]), min(home[one], home[other])) for one, other in island.doubts}
    for family in families:
        first = home[family[0].sources[0].key]
        pairs |= {(other, one) for one, other in combinations(range(first, first + len(family)), 2)}
    # A child of its own, about whom nobody is in doubt, is what it is.
    sought = sorted((one, other) for one, other in pairs if one != other)
    if sought:
        numbers = [child.number for child in children]
        Doubting(hood, judge, now).among(children, ((numbers[one], numbers[other]) for one, other in sought))
        children = [hood.children[number] for number in numbers]
    return [grown(None, child, judge, now) for child in children]


def indexed(record: SourceRecord, kept: Iterable[str] = (), instead_of: Iterable[str] = ()) -> SourceRecord:
    """The record with the words that it is found by, where some gave way to finer ones."""
    if not record.live:
        return record
    return replace(record, keys=candidates.index_keys(record.likeness.person).difference(instead_of).union(kept))


def _family(
    records: Sequence[SourceRecord], judge: Judge, new_number: Callable[[], str], now: datetime
) -> list[ChildRecord]:
    if not records[0].live:
        # Of what was withdrawn or refused there is a child that nobody sees, to remember the version by.
        return [ChildRecord(new_number(), 0, now, each.key, (each,)) for each in records]
    parts = clusters(records, judge)
    known = {each.key: each for each in records}
    return Resettling((), parts, known, {}, new_number, now).children()
