"""Who is between fence and scrub: whoever is shielded, until the index itself shows the record redacted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

from contracts.shields import ShieldApplied, WithheldApplied
from runtime.overlay import Overlay
from services.search.hiding import BeingHidden, Receipt

ONE, OTHER = "4010232137", "9434765919"


class Known:
    """The shields as a process knows them."""

    def __init__(self) -> None:
        self.overlay = Overlay()
        self.in_force = self.overlay.in_force
        self.withholding = self.overlay.withholding

    def taken(self) -> int:
        return self.overlay.taken


async def test_a_shielded_child_is_excluded_until_the_index_shows_her_redacted_and_again_when_shielded_anew() -> (
    None
):
    known, redacted, told = Known(), dict[str, int](), list[Receipt]()

    async def rewritten(shields: Mapping[str, int]) -> dict[str, int | None]:
        return {number: revision for number, revision in redacted.items() if number in shields}

    async def tell(receipts: list[Receipt]) -> None:
        told.extend(receipts)

    hiding = BeingHidden(cast("Any", known), rewritten, nothing, tell)
    known.overlay.take(3, ONE, "s1", lifted=False)
    known.overlay.take(4, OTHER, "s2", lifted=False)
    assert dict(hiding.now()) == {ONE: 3, OTHER: 4}
    redacted[ONE] = 7
    await hiding.report()
    assert dict(hiding.now()) == {OTHER: 4}
    assert [
        (each.child_number, each.shield_offset, each.record_revision)
        for each in told
        if isinstance(each, ShieldApplied)
    ] == [(ONE, 3, 7)]
    known.overlay.take(5, ONE, "s1", lifted=False)
    assert dict(hiding.now()) == {OTHER: 4, ONE: 5}
    known.overlay.take(6, OTHER, "s2", lifted=True)
    assert dict(hiding.now()) == {ONE: 5}


async def test_that_nothing_is_known_of_a_number_is_told_once_and_the_number_is_looked_for_all_the_same() -> None:
    known, redacted, told = Known(), dict[str, int | None]({ONE: None}), list[Receipt]()

    async def rewritten(_: Mapping[str, int]) -> dict[str, int | None]:
        return redacted

    async def tell(receipts: list[Receipt]) -> None:
        told.extend(receipts)

    hiding = BeingHidden(cast("Any", known), rewritten, nothing, tell)
    known.overlay.take(3, ONE, "s1", lifted=False)
    await hiding.report()
    await hiding.report()
    assert dict(hiding.now()) == {ONE: 3}
    redacted[ONE] = 7
    await hiding.report()
    assert dict(hiding.now()) == {}
    assert [each.record_revision for each in told] == [None, 7]


async def test_that_a_withheld_record_is_gone_is_told_once_for_every_word_on_it() -> None:
    known, versions, told = Known(), dict[str, int](), list[Receipt]()

    async def found(numbers: Collection[str]) -> dict[str, int]:
        return {number: version for number, version in versions.items() if number in numbers}

    async def tell(receipts: list[Receipt]) -> None:
        told.extend(receipts)

    hiding = BeingHidden(cast("Any", known), nothing, found, tell)
    known.overlay.withhold(1, ONE, 5)
    known.overlay.withhold(2, OTHER, None)
    versions |= {ONE: 4, OTHER: 9}
    await hiding.report()
    assert (told, hiding.gone()) == ([], {})
    versions[ONE] = 6
    await hiding.report()
    await hiding.report()
    assert [(each.child_number, each.record_revision) for each in told if isinstance(each, WithheldApplied)] == [
        (ONE, 6)
    ]
    assert hiding.gone() == {ONE: (5, 1)}
    known.overlay.withhold(3, ONE, 5)
    assert hiding.gone() == {}
    await hiding.report()
    assert (len(told), hiding.gone()) == (2, {ONE: (5, 3)})


async def nothing(_: Collection[str] | Mapping[str, int]) -> dict[str, Any]:
    """The index has none of them."""
    return {}
