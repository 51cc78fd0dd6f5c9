"""Children whom officers expect: what a word on a shield says of one, sealed to the registry. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from contracts.children import Child
from contracts.shields import ShieldLifted, ShieldPlaced
from services.registry.sources import Arrival, from_officers, taken_back

Open = Callable[[str], bytes]
"""Opens what was sealed to the registry."""


class DetailsError(Exception):
    """Details that were sealed are none, or none that anybody can be recognised by. Nothing of them is quoted."""


@dataclass(frozen=True, repr=False)
class Told:
    """What officers say, or say no longer, of the child to whom ``number`` is to lead."""

    number: str
    arrival: Arrival


def told_by(words: Iterable[ShieldPlaced | ShieldLifted], open_: Open) -> list[Told]:
    """The last that these words say on each shield; one that is placed by number says nothing.

    So does one that is placed by details, under the child's other numbers. Raises :class:`DetailsError`, and what
    ``open_`` raises.
    """
    telling = (each for each in words if isinstance(each, ShieldLifted) or each.sealed_details is not None)
    last = {each.shield_id: each for each in telling}
    return [_told(each, open_) for each in last.values()]


def _told(word: ShieldPlaced | ShieldLifted, open_: Open) -> Told:
    if isinstance(word, ShieldLifted):
        return Told(word.child_number, taken_back(word.shield_id, word.occurred_at))
    assert word.sealed_details is not None  # noqa: S101 - told_by has looked
    try:
        child = Child.model_validate_json(open_(word.sealed_details))
    except ValidationError:
        raise DetailsError from None
    arrival = from_officers(word.shield_id, child, word.occurred_at)
    if arrival.record.refusal is not None:
        raise DetailsError
    return Told(word.child_number, arrival)
