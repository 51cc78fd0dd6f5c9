"""Who is between fence and scrub: whoever is shielded, until the index itself shows the record redacted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from contracts.shields import ShieldApplied
from runtime.overlay import Overlay
from services.search.hiding import BeingHidden

ONE, OTHER = "4010232137", "9434765919"


class Known:
    """The shields as a process knows them."""

    def __init__(self) -> None:
        self.overlay = Overlay()
        self.in_force = self.overlay.in_force

    def taken(self) -> int:
        return self.overlay.taken


async def test_a_shielded_child_is_excluded_until_the_index_shows_her_redacted_and_again_when_shielded_anew() -> (
    None
):
    known, redacted, told = Known(), dict[str, int](), list[ShieldApplied]()

    async def rewritten(shields: Mapping[str, int]) -> dict[str, int]:
        return {number: revision for number, revision in redacted.items() if number in shields}

    async def tell(receipts: list[ShieldApplied]) -> None:
        told.extend(receipts)

    hiding = BeingHidden(cast("Any", known), rewritten, tell)
    known.overlay.take(3, ONE, "s1", lifted=False)
    known.overlay.take(4, OTHER, "s2", lifted=False)
    assert dict(hiding.now()) == {ONE: 3, OTHER: 4}
    redacted[ONE] = 7
    await hiding.report()
    assert dict(hiding.now()) == {OTHER: 4}
    assert [(each.child_number, each.shield_offset, each.record_revision) for each in told] == [(ONE, 3, 7)]
    known.overlay.take(5, ONE, "s1", lifted=False)
    assert dict(hiding.now()) == {OTHER: 4, ONE: 5}
    known.overlay.take(6, OTHER, "s2", lifted=True)
    assert dict(hiding.now()) == {ONE: 5}
