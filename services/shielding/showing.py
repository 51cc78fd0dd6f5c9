"""Shields and overrides as officers are shown them: in words that nobody can misread, and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.shielding.copies import Copies, Receipt
from services.shielding.overrides import Override
from services.shielding.shield import Shield

_WORDS = {
    "decided": "NOT HIDDEN YET: the decision is kept and is being carried out.",
    "fenced": "Hidden everywhere; the stores are being rewritten.",
    "scrubbed": "Hidden everywhere, and every store is rewritten.",
    "purged": "Hidden everywhere, all is rewritten; nothing was left when streams and index were looked through.",
    "lift-requested": "Hidden everywhere; a second officer may approve the lift.",
    "lift-approved": "The lift is being carried out: the child may be seen already.",
    "lifted": "Lifted: the child can be seen again.",
    "void": "Void: no record has that number, and nothing is hidden.",
}
_MADE_VISIBLE = "That makes visible at once whoever is held because they may be the child: {}."
_NO_RECORD = "No record has that number: look at it again. Whatever comes under it is hidden."
_UNANSWERED = "Hidden under this number; whether the child has others is not known yet."
_BEING_FENCED = "NOT HIDDEN YET everywhere: other records that are or may be the child's are being hidden."
_EXPECTED = {
    "decided": "NOT WATCHED FOR YET: the decision is kept and is being carried out.",
    "fenced": "Watched for: whoever arrives with these details is hidden before anybody sees the record.",
    "scrubbed": "Watched for; and whoever was there already with these details is hidden, every store rewritten.",
    "purged": "Watched for; of whoever was there nothing was left when streams and index were looked through.",
    "lift-requested": "Watched for; a second officer may approve the lift.",
    "lift-approved": "The lift is being carried out: a child who came with these details may be seen already.",
    "lifted": "Lifted: the details are forgotten, and a child who came with them can be seen.",
}


def hidden(shield: Shield) -> bool:
    """Whether nobody can be shown anything protected, by whichever number.

    The registry alone knows a child's other numbers, and whom officers expect: without its word nobody can tell.
    """
    fenced = shield.in_force and shield.fenced_at is not None
    return fenced and shield.answered and not shield.not_fenced


def in_words(shield: Shield) -> str:
    """Where a shield stands, in one sentence."""
    status, fenced = shield.status(), shield.in_force and shield.fenced_at is not None
    if fenced and shield.not_fenced:
        return _BEING_FENCED
    if fenced and not shield.answered:
        unknown = _NO_RECORD if shield.without_record else _UNANSWERED
        return _EXPECTED["decided"] if shield.pre_emptive else unknown
    words = _EXPECTED[status] if shield.pre_emptive else _WORDS[status]
    if status == "lift-requested" and shield.pending_holds:
        return f"{words} {_MADE_VISIBLE.format(shield.pending_holds)}"
    return words


def forgotten_in_words(shield: Shield, now: datetime) -> str:
    """What is known of the third rung: whether streams and index have forgotten the child too."""
    if shield.purged_at is not None:
        return "Nothing was left when streams and index were looked through"
    if not shield.left:
        return "Streams and index are looked through once they should have forgotten"
    places = ", ".join(sorted({each.place for each in shield.left}))
    until = max(each.until for each in shield.left)
    if until <= now:
        return f"Something that should be gone is still in {places}: tell whoever runs Signpost"
    return f"Something is left in {places}, to be gone by {until.day} {until:%B %Y, %H:%M} UTC"


def shown(shield: Shield) -> dict[str, Any]:
    """A shield as JSON."""
    moments = {
        "decided_at": shield.decided_at,
        "published_at": shield.published_at,
        "fenced_at": shield.fenced_at,
        "scrubbed_at": shield.scrubbed_at,
        "purged_at": shield.purged_at,
        "lift_requested_at": shield.lift_requested_at,
        "lift_approved_at": shield.lift_approved_at,
        "lifted_at": shield.lifted_at,
        "voided_at": shield.voided_at,
        "holds_counted_at": shield.holds_counted_at,
    }
    return {
        "shield_id": shield.shield_id,
        "child_number": shield.child_number,
        "revision": shield.revision,
        "status": shield.status(),
        "in_words": in_words(shield),
        "hidden": hidden(shield),
        "ground": shield.ground,
        "authority": shield.authority,
        "pre_emptive": shield.pre_emptive,
        "review_on": shield.review_on.isoformat(),
        "pending_holds": shield.pending_holds,
        **_present(moments),
        "rewritten": _receipts(shield.receipts),
        "withheld": {
            "records": len(shield.withheld),
            "not_gone": sum(each.gone_at is None for each in shield.withheld.values()),
        },
        "also": {number: _receipts(shield.others.get(number, Copies()).receipts) for number in shield.also},
        "left": [
            {"place": each.place, "count": each.count, "until": each.until.isoformat()} for each in shield.left
        ],
        "reviews": [
            {
                "outcome": each.outcome,
                "reviewed_by": each.reviewed_by,
                "reviewed_at": each.reviewed_at.isoformat(),
                "next_on": each.next_on.isoformat(),
            }
            for each in shield.reviews
        ],
    }


def _receipts(receipts: Mapping[str, Receipt]) -> dict[str, Any]:
    return {name: {"at": each.at.isoformat(), "revision": each.revision} for name, each in receipts.items()}


def override_shown(override: Override) -> dict[str, Any]:
    """An override as JSON."""
    moments = {
        "granted_at": override.granted_at,
        "expires_at": override.expires_at,
        "ended_at": override.ended_at,
        "reviewed_at": override.reviewed_at,
    }
    return {
        "override_id": override.override_id,
        "child_number": override.child_number,
        "holder": override.holder,
        "organisation": override.organisation,
        "reason": {"code": override.reason, "detail": override.detail},
        "verdict": override.verdict,
        **_present(moments),
    }


def _present(moments: dict[str, datetime | None]) -> dict[str, str]:
    return {name: moment.isoformat() for name, moment in moments.items() if moment is not None}
