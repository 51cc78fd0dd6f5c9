"""A shield goes from decision to lift by its rules, and two officers lift it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from runtime import clock
from services.shielding.copies import Check, Leftover, Receipt
from services.shielding.decisions import (
    RefusedError,
    approve_lift,
    own,
    put,
    request_lift,
    reviewed,
    said_again,
    void,
    with_holds,
    with_numbers,
    with_said,
    with_said_of_withheld,
    with_withheld,
    withheld_everywhere,
)
from services.shielding.shield import Review, Shield
from services.shielding.showing import forgotten_in_words, hidden, in_words

NOW = clock.now()
LATER = NOW + timedelta(seconds=1)
TODAY = NOW.date()
DECIDED = Shield("s2", "4010232137", "adoption", None, date(2099, 1, 1), "officer-1", NOW, audited=True)
FENCED = replace(DECIDED, offset=7, published_at=NOW, fenced_at=NOW)
LIFTED = replace(FENCED, shield_id="s1", offset=3, lift_approved_at=NOW, lifted_at=NOW, lift_offset=5)


def receipt(offset: int, revision: int | None = 2) -> Receipt:
    """A receipt at this offset."""
    return Receipt(offset, revision, NOW)


def with_receipt(shield: Shield, service: str, said: Receipt) -> Shield:
    """The shield with a receipt of its own number noted."""
    return with_said(shield, shield.child_number, service, said)


def with_check(shield: Shield, service: str, found: Check) -> Shield:
    """The shield with a check of its own number noted."""
    return with_said(shield, shield.child_number, service, found)


def review(outcome: str, next_on: date) -> Review:
    """A review of today."""
    return Review(outcome, None, "officer-1", NOW, next_on)  # type: ignore[arg-type]


def test_a_shield_is_scrubbed_when_both_services_have_rewritten_their_copies_as_of_its_offset() -> None:
    one = with_receipt(FENCED, "registry", receipt(7))
    assert one.status() == "fenced"
    assert one.unscrubbed
    assert with_receipt(one, "search", receipt(7)).status() == "scrubbed"
    assert with_receipt(one, "search", receipt(6)) is one


def test_a_receipt_that_repeats_changes_nothing() -> None:
    one = with_receipt(FENCED, "registry", receipt(7))
    assert with_receipt(one, "registry", receipt(7)) is one


def test_receipts_of_an_earlier_publication_do_not_stand_in_the_way_of_the_present_one() -> None:
    noted = with_receipt(with_receipt(FENCED, "registry", receipt(7)), "search", receipt(7))
    again = replace(noted, offset=9)
    assert again.status() == "fenced"
    one = with_receipt(again, "registry", receipt(9))
    assert one.receipts["registry"].offset == 9
    assert with_receipt(one, "search", receipt(9)).status() == "scrubbed"


def test_receipts_that_come_before_the_note_of_a_new_publication_count_for_it() -> None:
    early = with_receipt(with_receipt(FENCED, "registry", receipt(9)), "search", receipt(9))
    assert replace(early, offset=9).status() == "scrubbed"
    assert with_receipt(early, "search", receipt(7)) is early


def unknown_to(*services: str) -> Shield:
    """A shield of whose number these have said that they know no record."""
    shield = FENCED
    for service in services:
        shield = with_receipt(shield, service, receipt(7, None))
    return shield


def test_where_no_record_has_the_number_the_words_say_so_until_one_arrives() -> None:
    unknown = unknown_to("registry", "search")
    assert unknown.without_record
    assert not unknown.unscrubbed
    assert not hidden(unknown)
    assert "No record has that number" in in_words(unknown)
    arrived = with_receipt(unknown, "search", receipt(7, 1))
    assert (arrived.without_record, arrived.scrubbed_at, hidden(arrived)) == (False, NOW, False)
    assert hidden(with_receipt(arrived, "registry", receipt(7, 1)))


def test_a_registry_that_knows_less_than_the_index_shows_makes_no_shield_void() -> None:
    restored = unknown_to("registry")
    assert (restored.without_record, restored.unscrubbed, hidden(restored)) == (False, True, False)
    with pytest.raises(RefusedError, match="void-not-possible"):
        void(restored, NOW)


def test_who_is_shielded_by_details_is_not_said_to_be_hidden_before_the_registry_knows_them() -> None:
    expected = replace(FENCED, pre_emptive=True)
    assert in_words(expected).startswith("NOT WATCHED FOR YET")
    early = with_receipt(replace(expected, offset=5), "registry", receipt(5))
    assert not hidden(replace(early, offset=7))
    known = with_receipt(expected, "registry", receipt(7))
    assert (hidden(expected), hidden(known)) == (False, True)
    assert in_words(known).startswith("Watched for")
    assert {in_words(replace(known, **each)) for each in ({"lifted_at": NOW}, {"fenced_at": None})} == {
        "Lifted: the details are forgotten, and a child who came with them can be seen.",
        "NOT WATCHED FOR YET: the decision is kept and is being carried out.",
    }


def test_a_child_is_not_said_to_be_hidden_everywhere_before_the_registry_has_named_the_other_numbers() -> None:
    assert not hidden(FENCED)
    assert in_words(FENCED) == "Hidden under this number; whether the child has others is not known yet."
    assert in_words(request_lift(FENCED, "officer-1", NOW)) == in_words(FENCED)
    assert FENCED.not_hidden_since == NOW
    answered = with_receipt(FENCED, "registry", receipt(7))
    assert hidden(answered)
    assert answered.not_hidden_since is None
    # What the registry says of an earlier place in the stream is not said of this one.
    again = replace(answered, offset=9)
    assert (hidden(again), again.not_hidden_since) == (False, None)


def test_the_words_do_not_say_hidden_while_another_number_is_not_or_a_lift_may_be_in_force() -> None:
    known = with_receipt(with_receipt(FENCED, "registry", receipt(7)), "search", receipt(7))
    for shield in (known, replace(known, pre_emptive=True)):
        others = with_numbers(shield, ["9434765919"], NOW)
        assert not hidden(others)
        assert in_words(others).startswith("NOT HIDDEN YET everywhere")
        ending = replace(shield, lift_approved_at=NOW)
        assert not hidden(ending)
        assert "may be seen already" in in_words(ending)


def test_a_child_is_not_said_to_be_hidden_everywhere_while_somebody_may_be_shown_who_may_be_the_child() -> None:
    answered = with_receipt(FENCED, "registry", receipt(7))
    named = with_withheld(answered, {"9434765919": 3}, LATER)
    assert (hidden(named), named.unfinished, named.not_hidden_since) == (False, True, LATER)
    done = withheld_everywhere(named, {"9434765919": 3})
    assert (hidden(done), done.not_hidden_since) == (True, None)
    # Said again it is no news; of a later revision there is more to withhold.
    assert with_withheld(done, {"9434765919": 3}, LATER) is done
    assert not hidden(with_withheld(done, {"9434765919": 4}, LATER))


def test_a_shield_is_neither_scrubbed_nor_purged_while_the_index_has_something_of_who_may_be_the_child() -> None:
    twin, rewritten = "9434765919", replace(FENCED, receipts={}, checks={})
    for service in ("registry", "search"):
        rewritten = with_receipt(rewritten, service, receipt(7))
        rewritten = with_said(rewritten, rewritten.child_number, service, Check(7, (), NOW))
    assert rewritten.purged_at == NOW
    named = with_withheld(rewritten, {twin: 3}, LATER)
    assert (named.scrubbed_at, named.purged_at) == (None, None)
    # Of another number, of an earlier revision, or as of an earlier word, nothing is said of it.
    assert with_said_of_withheld(named, rewritten.child_number, Receipt(9, 9, LATER)) is named
    said = said_again(named, {twin: 9})
    for early in (Receipt(9, 2, LATER), Receipt(8, 3, LATER)):
        assert with_said_of_withheld(said, twin, early).scrubbed_at is None
    # What comes before the word's place is noted counts once it is.
    gone = said_again(with_said_of_withheld(named, twin, Receipt(9, 3, LATER)), {twin: 9})
    assert (gone.scrubbed_at, gone.purged_at) == (LATER, None)
    left = with_said_of_withheld(gone, twin, Check(9, (Leftover("index", 1, LATER),), NOW))
    assert (left.purged_at, [each.place for each in left.left]) == (None, ["index"])
    clean = with_said_of_withheld(left, twin, Check(9, (), LATER))
    # The registry has looked through the streams for the child alone so far.
    assert (clean.scrubbed_at, clean.purged_at) == (LATER, None)
    both = with_said(clean, clean.child_number, "registry", Check(7, (), LATER))
    assert both.purged_at == LATER
    # Said once more, everything is asked once more.
    again = said_again(both, {twin: 12})
    assert (again.scrubbed_at, again.purged_at) == (None, None)


def test_a_shield_is_unscrubbed_since_the_last_record_was_named_that_may_be_the_child() -> None:
    rewritten = with_receipt(with_receipt(FENCED, "registry", receipt(7)), "search", receipt(7))
    named = with_withheld(rewritten, {"9434765919": 3}, LATER)
    assert (rewritten.unscrubbed, named.unscrubbed) == (False, True)
    assert (named.waiting_since, FENCED.waiting_since) == (LATER, NOW)


def test_only_a_shield_that_no_record_answers_to_and_nobody_asked_for_all_the_same_is_void() -> None:
    unknown = unknown_to("registry", "search")
    closed = void(unknown, NOW)
    assert (closed.status(), closed.ending, closed.unfinished) == ("void", True, True)
    for other in (FENCED, replace(unknown, pre_emptive=True), with_receipt(FENCED, "registry", receipt(7))):
        with pytest.raises(RefusedError, match="void-not-possible"):
            void(other, NOW)


def test_a_lift_needs_two_officers_and_a_shield_in_force() -> None:
    with pytest.raises(RefusedError, match="lift-not-possible"):
        request_lift(DECIDED, "officer-1", NOW)
    with pytest.raises(RefusedError, match="no-lift-request"):
        approve_lift(FENCED, "officer-2", 0, NOW)
    asked = with_holds(request_lift(FENCED, "officer-1", NOW), 0, NOW)
    with pytest.raises(RefusedError, match="second-officer-needed"):
        approve_lift(asked, "officer-1", 0, NOW)
    approved = approve_lift(asked, "officer-2", 0, NOW)
    assert (approved.status(), approved.unfinished) == ("lift-approved", True)
    with pytest.raises(RefusedError, match="lift-already-used"):
        approve_lift(approved, "officer-3", 0, NOW)


def test_who_approves_a_lift_has_seen_the_shield_as_it_is_with_the_records_that_are_held() -> None:
    asked = replace(request_lift(FENCED, "officer-1", NOW), revision=4)
    with pytest.raises(RefusedError, match="holds-not-counted"):
        approve_lift(asked, "officer-2", 4, NOW)
    counted = replace(with_holds(asked, 2, NOW), revision=5)
    assert counted.pending_holds == 2
    with pytest.raises(RefusedError, match="changed-meanwhile"):
        approve_lift(counted, "officer-2", 4, NOW)
    assert approve_lift(counted, "officer-2", 5, NOW).lift_approved_by == "officer-2"


def test_whoever_looks_at_a_lift_is_told_in_words_that_it_makes_the_held_records_visible() -> None:
    known = with_receipt(FENCED, "registry", receipt(7))
    for shield in (known, replace(known, pre_emptive=True)):
        asked = with_holds(request_lift(shield, "officer-1", NOW), 0, NOW)
        assert "visible" not in in_words(asked)
        one = with_holds(asked, 1, NOW + timedelta(seconds=1))
        assert in_words(one).endswith("visible at once whoever is held because they may be the child: 1.")


def test_an_older_count_of_held_records_changes_nothing() -> None:
    counted = with_holds(FENCED, 2, NOW)
    assert with_holds(counted, 9, NOW - timedelta(seconds=1)) is counted
    assert with_holds(counted, 0, NOW + timedelta(seconds=1)).pending_holds == 0


def test_a_review_sets_a_day_to_come_and_never_ends_the_shield() -> None:
    with pytest.raises(RefusedError, match="review-not-ahead"):
        reviewed(FENCED, review("still-needed", TODAY))
    for outcome in ("still-needed", "lift-advised"):
        after = reviewed(FENCED, review(outcome, TODAY + timedelta(days=90)))
        assert after.in_force
        assert after.review_on == TODAY + timedelta(days=90)
        assert [each.outcome for each in after.reviews] == [outcome]


def test_whoever_finds_the_shield_still_needed_turns_a_requested_lift_down() -> None:
    asked = request_lift(FENCED, "officer-1", NOW)
    assert reviewed(asked, review("still-needed", TODAY + timedelta(days=90))).status() == "fenced"
    assert reviewed(asked, review("lift-advised", TODAY + timedelta(days=90))).status() == "lift-requested"


def test_officers_of_another_authority_are_refused() -> None:
    own(replace(FENCED, authority="northshire"), "northshire")
    for theirs in ("eastmoor", None):
        with pytest.raises(RefusedError, match="other-authority"):
            own(replace(FENCED, authority="northshire"), theirs)


def test_a_decision_is_unfinished_until_it_is_in_force_and_audited() -> None:
    assert DECIDED.unfinished
    assert replace(FENCED, audited=False).unfinished
    assert not FENCED.unfinished


def check(service: str, *left: Leftover, offset: int = 7, at: datetime = NOW) -> tuple[str, Check]:
    """What a service found."""
    return service, Check(offset, left, at)


SCRUBBED = with_receipt(with_receipt(FENCED, "registry", receipt(7)), "search", receipt(7))
SOON = Leftover("sources.changes.v1", 1, NOW + timedelta(days=7))


def test_a_shield_is_purged_when_both_services_found_nothing_left_and_it_is_scrubbed() -> None:
    one = with_check(SCRUBBED, *check("registry"))
    assert (one.status(), one.unpurged) == ("scrubbed", True)
    both = with_check(one, *check("search", at=NOW + timedelta(seconds=5)))
    assert (both.status(), both.unpurged, both.purged_at) == ("purged", False, NOW + timedelta(seconds=5))
    for each in (both, replace(both, pre_emptive=True)):
        assert in_words(each).endswith("nothing was left when streams and index were looked through.")
    assert with_check(with_check(FENCED, *check("registry")), *check("search")).status() == "fenced"
    assert request_lift(both, "officer-1", NOW).status() == "lift-requested"


def test_what_is_left_keeps_a_shield_from_being_purged_and_says_when_it_should_be_gone() -> None:
    left = with_check(with_check(SCRUBBED, *check("registry", SOON)), *check("search"))
    assert (left.status(), left.forgotten_by) == ("scrubbed", SOON.until)
    assert "to be gone by" in forgotten_in_words(left, NOW)
    assert "tell whoever runs Signpost" in forgotten_in_words(left, SOON.until)
    clean = with_check(left, *check("registry", at=NOW + timedelta(days=7)))
    assert (clean.status(), clean.left) == ("purged", ())


def test_an_older_look_and_one_of_an_earlier_publication_change_nothing() -> None:
    clean = with_check(SCRUBBED, *check("registry"))
    assert with_check(clean, *check("registry", SOON, at=NOW - timedelta(seconds=1))) is clean
    assert with_check(SCRUBBED, *check("registry", offset=6)) is SCRUBBED
    purged = with_check(clean, *check("search"))
    assert replace(purged, offset=9).purged_at is None


def test_who_waits_to_be_rewritten_waits_since_the_beginning_however_often_that_is_said_again() -> None:
    again = replace(FENCED, offset=9, published_at=LATER).following(FENCED)
    assert (again.revision, again.waiting_since, again.not_hidden_since) == (FENCED.revision + 1, NOW, NOW)
    named = with_numbers(again, ["9434765919"], LATER).following(again)
    assert named.waiting_since == NOW
    scrubbed = replace(SCRUBBED, offset=7).following(named)
    once_more = replace(scrubbed, offset=9, published_at=LATER).following(scrubbed)
    assert (once_more.unscrubbed, once_more.waiting_since) == (True, LATER)


def test_a_child_with_other_numbers_is_hidden_once_the_shield_is_on_each_of_them() -> None:
    later = NOW + timedelta(days=90)
    answered = with_receipt(FENCED, "registry", receipt(7))
    others = with_numbers(with_numbers(answered, ["9434765919"], later), [FENCED.child_number], NOW)
    assert with_numbers(others, ["9434765919"], NOW) is others
    assert (DECIDED.not_hidden_since, answered.not_hidden_since, others.not_hidden_since) == (NOW, None, later)
    assert others.not_fenced == ("9434765919",)
    assert others.unfinished
    assert not hidden(others)
    assert in_words(others).startswith("NOT HIDDEN YET")
    everywhere = replace(others, also_fenced=others.also)
    assert hidden(everywhere)
    assert not everywhere.unfinished
    assert everywhere.not_hidden_since is None
    assert not replace(others, lift_approved_at=NOW).not_fenced


def test_a_shield_is_scrubbed_and_purged_once_the_copies_under_every_number_are() -> None:
    other = "9434765919"
    shield = replace(with_numbers(SCRUBBED, [other], NOW), also_fenced=(other,))
    shield = with_check(with_check(shield, *check("registry")), *check("search"))
    assert (shield.status(), shield.unscrubbed, shield.scrubbed_at) == ("fenced", True, None)
    # What is said under the other number may come before it is noted where the shield was placed on it.
    early = with_said(with_said(shield, other, "registry", receipt(8)), other, "search", receipt(6))
    placed = put(early, {other: 8})
    assert placed.rewritten_at("registry") == NOW
    assert (placed.status(), placed.rewritten_at("search")) == ("fenced", None)
    later = Receipt(8, 3, NOW + timedelta(seconds=5))
    rewritten = with_said(placed, other, "search", later)
    assert (rewritten.status(), rewritten.scrubbed_at) == ("scrubbed", later.at)
    left = with_said(rewritten, other, "registry", Check(8, (SOON,), NOW))
    assert (left.status(), left.left) == ("scrubbed", (SOON,))
    clean = with_said(left, other, "registry", Check(8, (), later.at))
    purged = with_said(clean, other, "search", Check(8, (), later.at))
    assert purged.status() == "purged"
    assert put(purged, {FENCED.child_number: 9, other: 10}).status() == "fenced"
    assert with_said(shield, "0289107067", "search", later) is shield
