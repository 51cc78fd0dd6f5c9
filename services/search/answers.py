"""What a practitioner is shown, given what is known of the shields at that instant. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.children import Contact
from contracts.records import RecordPublished
from services.search.criteria import Criteria, only_child_number
from services.search.documents import ASKED_FOR, LARGEST_RESULT, Hit
from services.search.scopes import Scope


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the shields at this instant.

    ``trusted``: whether the lease holds, without which nobody knows. ``fenced``: whether any of these numbers is
    shielded. ``holds``: whether the record of a number, as it was in a revision, is withheld: it may be a shielded
    child's.
    """

    trusted: bool
    fenced: Callable[[Iterable[str]], bool]
    holds: Callable[[str, int], bool]


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """A body to hand over, and what the audit entry says of it."""

    outcome: str
    body: dict[str, Any]
    child_numbers: tuple[str, ...] = ()
    restricted: tuple[str, ...] = ()


SHIELDS_UNKNOWN = Answer("shields-unknown", {})
"""Nobody knows who is being hidden, and a search could find them by what is hidden."""


def to_search(criteria: Criteria, hits: Sequence[Hit], scope: Scope, known: Known) -> Answer:
    """The answer to a search.

    A hit that became fenced while the index still held its old fields is dropped, unless its child number
    was all that was asked for: by anything else the old fields might have found it. Without the lease nobody knows
    which those are, and there is no answer. One that is withheld is nowhere, whatever was asked for.
    """
    by_number = only_child_number(criteria)
    if not known.trusted and not by_number:
        return SHIELDS_UNKNOWN
    # Ranked and counted without those dropped, as if they were not there.
    kept = [
        hit
        for hit in hits
        if _there(hit, scope, known) and (hit.record.shielded or by_number or not known.fenced(hit.numbers))
    ]
    best = _best(kept[: LARGEST_RESULT + 1])
    more_unknown = len(kept) <= LARGEST_RESULT and len(hits) >= ASKED_FOR
    if more_unknown or (kept and not best):
        return Answer("too-many", {"outcome": "too-many", "matches": []})
    shown = [(hit, _is_restricted(hit, hit.numbers, known)) for hit in best]
    if not shown:
        return Answer("none", {"outcome": "none", "matches": []})
    return Answer(
        "matches",
        {"outcome": "matches", "matches": [_match(hit.record, restricted) for hit, restricted in shown]},
        tuple(hit.record.child_number for hit, _ in shown),
        tuple(hit.record.child_number for hit, restricted in shown if restricted),
    )


def _best(hits: Sequence[Hit]) -> Sequence[Hit]:
    """Those that can be shown: of more than that only whole ranks, and none where the highest is not whole."""
    if len(hits) <= LARGEST_RESULT:
        return hits
    return [hit for hit in hits if hit.rank > hits[-1].rank]


def _there(hit: Hit, scope: Scope, known: Known) -> bool:
    """Whether the caller may learn that there is such a record."""
    return scope.covers(hit.record) and not known.holds(hit.record.child_number, hit.record.revision)


def _is_restricted(hit: Hit, numbers: Iterable[str], known: Known) -> bool:
    return hit.record.shielded or not known.trusted or known.fenced(numbers)


def to_view(hit: Hit | None, asked: str, scope: Scope, known: Known, *, central_team: Sequence[Contact]) -> Answer:
    """The answer to a view: the record, or its visible fields and whom to ask."""
    if hit is None or not _there(hit, scope, known):
        return Answer("not-found", {}, (asked,))
    record = hit.record
    number = record.child_number
    if _is_restricted(hit, {asked, *hit.numbers}, known):
        contacts = [each.model_dump(mode="json") for each in central_team]
        return Answer(
            "restricted", {**_match(record, restricted=True), "central_team": contacts}, (number,), (number,)
        )
    identity = record.identity.model_dump(mode="json", exclude_none=True)
    involvements = [each.model_dump(mode="json", exclude_none=True) for each in record.involvements or ()]
    body = {
        **_match(record, restricted=False),
        "responsible_authority": record.responsible_authority,
        "identity": identity,
        "involvements": involvements,
    }
    return Answer("shown", body, (number,))


def _match(record: RecordPublished, restricted: bool) -> dict[str, Any]:
    """The visible fields: the only ones a search ever shows, and all that a restricted view does."""
    current = record.identity.names[0]
    return {
        "child_number": record.child_number,
        "name": {"given": current.given, "family": current.family},
        "date_of_birth": record.identity.date_of_birth.isoformat(),
        "gender": record.identity.gender.value,
        "restricted": restricted,
    }
