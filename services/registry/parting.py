"""Parting source records into children: those tied to each other are one, whatever they were before. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from contracts.child_number import is_expected
from services.registry.children import ChildRecord
from services.registry.matching import Judge, clusters
from services.registry.neighbourhood import Neighbourhood
from services.registry.numbering import Resettling
from services.registry.sources import SourceRecord


class Parting:
    """Makes children of source records in a neighbourhood, and numbers them."""

    def __init__(self, hood: Neighbourhood, judge: Judge, new_number: Callable[[], str], now: datetime) -> None:
        self._hood = hood
        self._judge = judge
        self._new_number = new_number
        self._now = now

    def part(self, numbers: set[str], record: SourceRecord | None) -> tuple[list[ChildRecord], list[ChildRecord]]:
        """Part the source records of these children, and of all tied to them, anew; ``record`` is among them.

        Returns the children as they were, and those that there are afterwards.
        """
        affected = self._eldest_first(self.with_tied(numbers), record)
        known: dict[str, SourceRecord] = {}
        for each in (*(each for child in affected for each in child.sources), *([record] if record else [])):
            # Held twice only where two processes placed it at the same moment.
            if each.key not in known or known[each.key].version <= each.version:
                known[each.key] = each
        for key in known:
            holders = self._hood.at_hand(key)
            # Or where it was moved while these were read: then one of them is not as it was read any more.
            for child in holders if len(holders) > 1 else ():
                self._hood.check(child.number)
        verdicts = {each.id: each for child in affected for each in child.verdicts}
        # Of a child of whom all was withdrawn a person may say who it is now.
        gone = {each.key for child in affected if not child.live for each in child.sources}
        compared = (each for each in known.values() if each.live or each.key in gone)
        found = clusters(compared, self._judge, tuple(verdicts.values()))
        parts = [part for part in found if any(each.live for each in part)]
        former = {number for child in affected for number in child.supersedes}
        retired = self._hood.numbered(former)
        resettling = Resettling(affected, parts, known, retired, self.unused_number, self._now)
        if resettling.homeless():
            self._hood.want("numbers", former - retired.keys())
        settled = resettling.children()
        if not settled and record is not None:
            settled = [ChildRecord(self.unused_number(), 0, self._now, record.key, (record,))]
        return affected, settled

    def _eldest_first(self, children: Iterable[ChildRecord], record: SourceRecord | None) -> list[ChildRecord]:
        """The children in the order in which they keep their numbers; the officers' numbers come last.

        One only ever leads to a child whom a source knows. So nobody sees by a number that officers had expected
        its child, and the first source's record comes with a number of its own.
        """
        affected = sorted(children, key=lambda each: (is_expected(each.number), each.created_at, each.number))
        known = any(not is_expected(child.number) for child in affected)
        if not affected or known or record is None or record.by_officers:
            return affected
        return [ChildRecord(self.unused_number(), 0, self._now, record.key, (record,)), *affected]

    def with_tied(self, numbers: set[str]) -> list[ChildRecord]:
        """These children, and whoever would be one child with them, did not some record speak against it."""
        found: set[str] = set()
        left = set(numbers)
        while left:
            found |= left
            doubts = [doubt for number in left for doubt in self._hood.children[number].doubts.values()]
            left = {child.number for child in self._hood.holding(*(d.theirs for d in doubts if d.tied))} - found
        return [self._hood.children[number] for number in found]

    def unused_number(self) -> str:
        """A child number that nobody at hand has."""
        # Of those at hand; a number that the store already has is refused there, and decided anew.
        return next(number for number in iter(self._new_number, None) if number not in self._hood.children)
