"""Shields and overrides as they are kept, found and counted, on the real document store."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Literal, cast
from uuid import uuid4

from prometheus_client import Counter, Gauge

from contracts.child_number import new_child_number
from contracts.shields import PurgeChecked, ShieldApplied, WithheldApplied
from runtime import clock, metrics
from runtime.mongo import Database
from services.shielding.copies import Check, Copies, Leftover, Receipt, Withheld
from services.shielding.decisions import put
from services.shielding.handlers import note
from services.shielding.overrides import LASTS, Override
from services.shielding.shield import Shield
from services.shielding.store import Overrides, Shields
from services.shielding.watching import Watching

NOW = clock.now()
PATIENCE = timedelta(hours=1)


def placed(authority: str | None = "northshire", **more: object) -> Shield:
    """A shield in force that nothing is left to do for."""
    shield = Shield(
        str(uuid4()), new_child_number(), "adoption", None, date(2099, 1, 1), "officer-1", NOW, None, authority
    )
    said = {"registry": Receipt(7, 2, NOW)}
    done = replace(shield, audited=True, offset=7, published_at=NOW, fenced_at=NOW, receipts=said)
    return replace(done, **more)  # type: ignore[arg-type]


def applied(number: str, service: Literal["registry", "search"] = "search") -> ShieldApplied:
    """A service's word that it has rewritten its copy under a number."""
    return ShieldApplied(service=service, child_number=number, shield_offset=8, record_revision=2, occurred_at=NOW)


def counted(gauge: Gauge | Counter) -> float:
    """What a metric says."""
    return cast("float", gauge.collect()[0].samples[0].value)


async def look(database: Database) -> None:
    """Count what needs an eye."""
    await Watching(Shields(database), Overrides(database), PATIENCE.total_seconds()).look()


async def test_a_shield_is_found_by_every_number_of_the_child_and_the_one_of_that_very_number_first(
    database: Database,
) -> None:
    shields, number, other = Shields(database), new_child_number(), new_child_number()
    over_both, lifted = placed(also=(number, other)), placed(also=(number,), lifted_at=NOW)
    own = placed("eastmoor", child_number=number)
    for each in (over_both, lifted, own):
        assert await shields.add(each)
    found = [await shields.open_over(each) for each in (over_both.child_number, other, number, new_child_number())]
    assert found == [over_both, over_both, own, None]
    assert await shields.open_for(other) is None


async def test_a_receipt_counts_for_every_open_shield_that_is_on_its_number(database: Database) -> None:
    shields, number, other = Shields(database), new_child_number(), new_child_number()
    both, own = placed(child_number=number, also=(other,)), placed(child_number=other)
    for each in (both, own):
        await shields.add(each)
    for said in (number, other):
        await note(shields, applied(said))
    noted, own_noted = [await shields.get(each.shield_id) for each in (both, own)]
    assert noted is not None
    assert own_noted is not None
    assert (noted.unscrubbed, own_noted.unscrubbed) == (True, False)
    assert noted.others[other].receipts["search"].revision == 2
    assert await shields.change(noted, put(noted, {other: 8}))
    await note(shields, applied(other, service="registry"))
    noted = await shields.get(both.shield_id)
    assert noted is not None
    assert not noted.unscrubbed


async def test_what_is_said_of_a_withheld_record_counts_for_every_shield_for_whose_sake_it_is(
    database: Database,
) -> None:
    shields, twin = Shields(database), new_child_number()
    said = Copies(offset=9)
    one, other, third = (placed(withheld={twin: Withheld(at, copies=said)} if at else {}) for at in (3, 4, None))
    for each in (one, other, third):
        await shields.add(each)

    async def noted() -> list[tuple[bool, bool]]:
        found = [await shields.get(each.shield_id) for each in (one, other, third)]
        about = [each.withheld.get(twin, Withheld(0)) for each in found if each is not None]
        return [(each.gone_at is not None, each.clean_at is not None) for each in about]

    gone = WithheldApplied(child_number=twin, word_offset=9, record_revision=3, occurred_at=NOW)
    await note(shields, gone)
    clean = PurgeChecked(service="search", child_number=twin, shield_offset=9, occurred_at=NOW)
    await note(shields, clean.model_copy(update={"service": "registry"}))
    assert await noted() == [(True, False), (False, False), (False, False)]
    await note(shields, clean)
    assert await noted() == [(True, True), (False, False), (False, False)]


async def test_an_override_that_is_no_authoritys_waits_for_every_officer(database: Database) -> None:
    overrides, number = Overrides(database), new_child_number()
    for authority in ("northshire", None, "eastmoor"):
        override = Override(str(authority), number, "h", "other", "why", NOW, NOW + LASTS, authority=authority)
        await overrides.add(override)
    assert {each.override_id for each in await overrides.to_review("northshire")} == {"northshire", "None"}
    assert {each.override_id for each in await overrides.to_review(None)} == {"None"}


async def test_a_child_who_can_be_seen_by_another_number_is_counted_as_not_hidden(database: Database) -> None:
    since = NOW - timedelta(minutes=5)
    other = new_child_number()
    shield = placed(also=(other,), named_at=since, decided_at=NOW - timedelta(days=90))
    await Shields(database).add(shield)
    await look(database)
    assert counted(metrics.SHIELDS_NOT_HIDDEN) == 1
    assert 300 <= counted(metrics.SHIELDS_NOT_HIDDEN_SECONDS) < 3600
    assert await Shields(database).change(shield, replace(shield, also_fenced=(other,)))
    await look(database)
    assert counted(metrics.SHIELDS_NOT_HIDDEN) == counted(metrics.SHIELDS_NOT_HIDDEN_SECONDS) == 0


async def test_a_child_of_whom_the_registry_has_said_nothing_is_counted_as_not_hidden(database: Database) -> None:
    since = NOW - timedelta(minutes=5)
    await Shields(database).add(placed(receipts={}, decided_at=since, published_at=since))
    await look(database)
    assert counted(metrics.SHIELDS_NOT_HIDDEN) == 1
    assert 300 <= counted(metrics.SHIELDS_NOT_HIDDEN_SECONDS) < 3600


async def test_who_has_waited_longest_to_be_rewritten_counts_however_often_that_was_said_again(
    database: Database,
) -> None:
    shields, since = Shields(database), NOW - timedelta(minutes=5)
    for _ in range(201):
        await shields.add(placed(published_at=NOW))
    stuck = placed(receipts={}, published_at=since, decided_at=since)
    await shields.add(stuck)
    assert await shields.change(stuck, replace(stuck, offset=9, published_at=clock.now()))
    await look(database)
    assert counted(metrics.SHIELDS_NOT_SCRUBBED) == 202
    assert 300 <= counted(metrics.SHIELDS_NOT_SCRUBBED_SECONDS) < 3600
    assert counted(metrics.SHIELDS_NOT_HIDDEN) == 1
    assert 300 <= counted(metrics.SHIELDS_NOT_HIDDEN_SECONDS) < 3600


async def test_each_review_that_falls_due_is_counted_also_while_others_are(database: Database) -> None:
    shields, watching = Shields(database), Watching(Shields(database), Overrides(database), 1.0)
    before = counted(metrics.SHIELD_REVIEWS_FELL_DUE)
    await shields.add(placed(review_on=NOW.date()))
    for more in (0, 1, 1):
        await watching.look()
        assert counted(metrics.SHIELD_REVIEWS_FELL_DUE) == before + more
        if not more:
            await shields.add(placed(review_on=NOW.date()))
    assert counted(metrics.SHIELD_REVIEWS_DUE) == 2


async def test_who_should_be_forgotten_is_counted_however_many_children_may_still_wait(database: Database) -> None:
    shields, done = Shields(database), {name: Receipt(7, 2, NOW) for name in ("registry", "search")}
    waits = {"registry": Check(7, (Leftover("sources.changes.v1", 1, NOW + timedelta(days=7)),), NOW)}
    for _ in range(201):
        await shields.add(placed(receipts=done, checks=waits))
    await look(database)
    assert counted(metrics.SHIELDS_NOT_PURGED) == 0
    late = NOW - timedelta(hours=2)
    receipts = {name: replace(each, at=late) for name, each in done.items()}
    overdue = placed(published_at=NOW + timedelta(seconds=1), receipts=receipts)
    await shields.add(overdue)
    await look(database)
    assert counted(metrics.SHIELDS_NOT_PURGED) == 1
    since = (clock.now() - late).total_seconds()
    assert since - 60 <= counted(metrics.SHIELDS_NOT_PURGED_SECONDS) <= since
    clean = {name: Check(7, (), NOW) for name in done}
    assert await shields.change(overdue, replace(overdue, checks=clean))
    await look(database)
    assert counted(metrics.SHIELDS_NOT_PURGED) == 0
