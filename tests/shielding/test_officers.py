"""What an officer does is audited before anything comes of it that may show more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from contracts.child_number import new_child_number
from runtime import clock
from runtime.mongo import Database
from runtime.opening import Opening
from runtime.problems import ProblemError
from runtime.tokens import Caller
from services.shielding import officers as officers_module
from services.shielding.asking import Placing
from services.shielding.copies import REWRITERS, Receipt
from services.shielding.officers import Officers
from services.shielding.shield import Shield
from services.shielding.showing import hidden, in_words
from services.shielding.store import Shields

OFFICER = Caller("officer-1", frozenset({"shield-officer"}), "school", "northshire", acr=None)


class Carried:
    """Carries a decision out at once; these services say that they know no record of the number."""

    def __init__(self, shields: Shields, *unknown_to: str) -> None:
        self._shields = shields
        self._unknown_to = unknown_to

    async def carry_out(self, shield: Shield, _: float) -> Shield:
        """In force, audited, and answered."""
        said = {service: Receipt(1, None, clock.now()) for service in self._unknown_to}
        done = replace(shield, audited=True, offset=1, fenced_at=clock.now(), receipts=said)
        return await self._shields.change(shield, done) or shield


class Away:
    """An audit log that cannot be reached."""

    async def record(self, *_: Any, **__: Any) -> None:
        """Refuse."""
        raise ProblemError(503, "not-audited", "x")


class Written:
    """An audit log that remembers what came of each act."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []

    async def record(self, *_: Any, outcome: str, **__: Any) -> None:
        """Note it."""
        self.outcomes.append(outcome)


@pytest.mark.parametrize("ending", [True, False])
async def test_nobody_takes_a_shield_that_is_being_lifted_for_cover(database: Database, ending: bool) -> None:
    shields, log, number = Shields(database), Written(), new_child_number()
    decided = Shield("s1", number, "adoption", None, date(2099, 1, 1), "officer-2", clock.now(), offset=1)
    assert await shields.add(decided)
    approved = replace(decided, lift_approved_by="officer-3", lift_approved_at=clock.now())
    await shields.change(decided, approved if ending else replace(decided, audited=True))
    opening = Opening({"northshire": "live"})
    officers = Officers(shields, Carried(shields), log, opening, None, within=1)  # type: ignore[arg-type]
    asked = Placing(child_number=number, ground="adoption", review_on=date(2099, 1, 1))
    kind = "being-lifted" if ending else "already-shielded"
    with pytest.raises(ProblemError, match=kind):
        await officers.place(asked, OFFICER)
    assert log.outcomes == [kind]


async def test_a_shield_stays_while_it_cannot_be_audited_that_no_record_has_the_number(database: Database) -> None:
    shields, number = Shields(database), new_child_number()
    opening = Opening({"northshire": "live"})
    officers = Officers(shields, Carried(shields, *REWRITERS), Away(), opening, None, within=1)  # type: ignore[arg-type]
    asked = Placing(child_number=number, ground="adoption", review_on=date(2099, 1, 1))
    with pytest.raises(ProblemError, match="not-audited"):
        await officers.place(asked, OFFICER)
    kept = await shields.open_for(number)
    assert kept is not None
    assert (kept.voided_at, kept.in_force) == (None, True)


async def test_a_shield_stays_where_the_registry_knows_no_record_of_the_number_and_the_index_does(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So it is after the registry was restored from a backup that is older than the child's first report.
    monkeypatch.setattr(officers_module, "_REGISTRY_WITHIN", 0.05)
    shields, log, number = Shields(database), Written(), new_child_number()
    carried = Carried(shields, "registry")
    officers = Officers(shields, carried, log, Opening({"northshire": "live"}), None, within=1)  # type: ignore[arg-type]
    shield = await officers.place(
        Placing(child_number=number, ground="adoption", review_on=date(2099, 1, 1)), OFFICER
    )
    assert (shield.in_force, hidden(shield)) == (True, False)
    assert in_words(shield) == "Hidden under this number; whether the child has others is not known yet."
