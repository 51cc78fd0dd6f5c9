"""What may be done with a shield, and what becomes of it by what is said or decided. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime

from services.shielding.copies import Check, Copies, Receipt, Withheld
from services.shielding.shield import Review, Shield


class RefusedError(Exception):
    """The decision may not be taken; ``kind`` names why, the text is for the officer."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.text = text


def put(shield: Shield, places: Mapping[str, int]) -> Shield:
    """The shield with its places in the stream noted, by number."""
    there = {number: shield.others.get(number, Copies()) for number in places if number != shield.child_number}
    moved = {number: replace(each, offset=places[number]) for number, each in there.items()}
    offset = places.get(shield.child_number, shield.offset)
    return replace(shield, offset=offset, others={**shield.others, **moved})


def with_said(shield: Shield, number: str, service: str, said: Receipt | Check) -> Shield:
    """The shield with a receipt or a check noted that is of this number of the child; the same if it is no news.

    What is of the shield's own number and comes before its place is noted changes nothing: it may be of an earlier
    shield's.
    """
    own = number == shield.child_number
    if shield.offset is None if own else number not in shield.also:
        return shield
    copies = shield.copies[0] if own else shield.others.get(number, Copies())
    after = copies.with_receipt(service, said) if isinstance(said, Receipt) else copies.with_check(service, said)
    if after is copies:
        return shield
    if own:
        return replace(shield, receipts=after.receipts, checks=after.checks)
    return replace(shield, others={**shield.others, number: after})


def with_numbers(shield: Shield, numbers: Iterable[str], at: datetime) -> Shield:
    """The shield with other numbers of the child noted; what the registry has named once stays."""
    news = set(numbers) - {shield.child_number, *shield.also}
    return replace(shield, also=(*shield.also, *sorted(news)), named_at=at) if news else shield


def with_withheld(shield: Shield, records: Mapping[str, int], at: datetime) -> Shield:
    """The shield with records noted that may be the child and are held, each as of a revision.

    Of an earlier one nothing has to be said again.
    """
    known = shield.withheld
    news = {n: Withheld(at) for n, at in records.items() if n not in known or known[n].revision < at}
    if not news:
        return shield
    # The registry looks through the streams again: until now it did not know whom to look for.
    checks = {service: check for service, check in shield.checks.items() if service != "registry"}
    return replace(shield, withheld={**known, **news}, checks=checks, named_at=at)


def said_again(shield: Shield, places: Mapping[str, int]) -> Shield:
    """The shield with the places in the stream noted of the newest words on withheld records, by number."""
    known = shield.withheld
    moved = {
        number: replace(known[number], copies=replace(known[number].copies, offset=offset))
        for number, offset in places.items()
        if number in known
    }
    return replace(shield, withheld={**known, **moved})


def withheld_everywhere(shield: Shield, records: Mapping[str, int]) -> Shield:
    """The shield with it noted that nobody can be shown these any more as they were before those revisions."""
    known = shield.withheld
    done = [number for number, at in records.items() if number in known and known[number].revision <= at]
    fenced = {number: replace(known[number], fenced=True) for number in done}
    return replace(shield, withheld={**known, **fenced})


def with_said_of_withheld(shield: Shield, number: str, said: Receipt | Check) -> Shield:
    """The shield with what search said noted of a record withheld for it; the same if it is no news.

    It may come before the word's place is noted, and counts from then on.
    """
    known = shield.withheld.get(number)
    if known is None:
        return shield
    copies = known.copies
    after = copies.with_receipt("search", said) if isinstance(said, Receipt) else copies.with_check("search", said)
    if after is copies:
        return shield
    return replace(shield, withheld={**shield.withheld, number: replace(known, copies=after)})


def with_holds(shield: Shield, pending: int, at: datetime) -> Shield:
    """The shield with the number of held records noted; an older count changes nothing."""
    if shield.holds_counted_at is not None and shield.holds_counted_at >= at:
        return shield
    return replace(shield, pending_holds=pending, holds_counted_at=at)


def own(shield: Shield, authority: str | None) -> None:
    """Raise :class:`RefusedError` unless the officer is of the authority that placed the shield."""
    if shield.authority != authority:
        raise RefusedError("other-authority", "Only officers of the authority that placed the shield may do this.")


def claimed(present: Shield | None) -> RefusedError:
    """Why a child who has an open shield gets no other one; nobody is to take one that is ending for cover."""
    if present is None or present.ending:
        said = "Nothing of yours is in force: the child's shield is being lifted. Shield again in a moment."
        return RefusedError("being-lifted", said)
    return RefusedError("already-shielded", "The child already has a shield that is not lifted.")


def ahead(day: date, today: date) -> None:
    """Raise :class:`RefusedError` unless a review's day is still to come."""
    if day <= today:
        raise RefusedError("review-not-ahead", "review_on must be a day to come.")


def void(shield: Shield, now: datetime) -> Shield:
    """The shield closed, because no record has its number; raises :class:`RefusedError`."""
    if not shield.without_record or shield.pre_emptive or not shield.in_force:
        raise RefusedError("void-not-possible", "Only a shield of a number that no record has is void.")
    return replace(shield, voided_at=now)


def reviewed(shield: Shield, review: Review) -> Shield:
    """The shield with a review closed and the day of the next one set; raises :class:`RefusedError`.

    Whoever finds it still needed turns down a lift that is asked for.
    """
    if not shield.in_force:
        raise RefusedError("review-not-possible", f"The shield is {shield.status()}; there is nothing to review.")
    ahead(review.next_on, review.reviewed_at.date())
    after = replace(shield, reviews=(*shield.reviews, review), review_on=review.next_on)
    if review.outcome == "lift-advised":
        return after
    return replace(after, lift_requested_by=None, lift_requested_at=None)


def request_lift(shield: Shield, officer: str, now: datetime) -> Shield:
    """The shield with its lift asked for; raises :class:`RefusedError`."""
    if shield.status() not in {"fenced", "scrubbed", "purged"}:
        raise RefusedError("lift-not-possible", f"The shield is {shield.status()}; its lift cannot be requested.")
    return replace(shield, lift_requested_by=officer, lift_requested_at=now)


def approve_lift(shield: Shield, officer: str, seen: int, now: datetime) -> Shield:
    """The shield with its lift approved by a second officer, who has seen its revision ``seen``.

    The revision covers all that a lift depends on, the number of pending holds among it. Raises
    :class:`RefusedError`.
    """
    if shield.status() in {"lift-approved", "lifted"}:
        raise RefusedError("lift-already-used", f"The shield is {shield.status()}; an approval counts once.")
    if shield.status() != "lift-requested":
        raise RefusedError("no-lift-request", f"The shield is {shield.status()}; there is no lift to approve.")
    if shield.lift_requested_by == officer:
        raise RefusedError("second-officer-needed", "Whoever requested the lift cannot approve it.")
    if shield.holds_counted_at is None:
        raise RefusedError("holds-not-counted", "How many records may be this child is not known yet; look again.")
    if seen != shield.revision:
        raise RefusedError("changed-meanwhile", "The shield has changed since you saw it; look at it again.")
    return replace(shield, lift_approved_by=officer, lift_approved_at=now)
