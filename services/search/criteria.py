"""What a practitioner may search by, and when it is enough. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts.child_number import ChildNumber
from contracts.children import Gender, Identifier
from likeness.codes import compact
from likeness.names import words

WIDEST_RANGE = timedelta(days=2 * 366)

Typed = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def __repr__(self) -> str:
        """Only the class: what people type is personal."""
        return f"<{type(self).__name__}>"

    __str__ = __repr__


class DateRange(_Part):
    """Birth dates from ``from`` to ``to``, both included."""

    from_: date = Field(alias="from")
    to: date


class Criteria(_Part):
    """What is known of the child; all that is given must match."""

    given: Typed | None = None
    family: Typed | None = None
    date_of_birth: date | None = None
    date_of_birth_range: DateRange | None = None
    gender: Gender | None = None
    postcode: Typed | None = None
    identifier: Identifier | None = None
    child_number: ChildNumber | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Criteria:
        span = self.date_of_birth_range
        if span is not None and span.to < span.from_:
            raise ValueError("date_of_birth_range ends before it begins")
        return self


class Reason(_Part):
    """Why the practitioner looks; ``detail`` is in their words."""

    code: Literal["safeguarding", "welfare-concern", "service-provision", "emergency", "other"]
    detail: Typed | None = None

    @model_validator(mode="after")
    def _explained(self) -> Reason:
        if self.code == "other" and self.detail is None:
            raise ValueError("a reason of code other needs a detail")
        return self


def suffices(criteria: Criteria) -> bool:
    """Whether the criteria are enough to look for one child rather than to trawl.

    A child number; an identifier; family and given name with a date of birth or a range of at most two
    years; family name and date of birth; given name, date of birth and postcode. A name counts only where
    something is left of it to compare.
    """
    family, given = bool(words(criteria.family)), bool(words(criteria.given))
    born, span = criteria.date_of_birth is not None, criteria.date_of_birth_range
    narrow = span is not None and span.to - span.from_ <= WIDEST_RANGE
    return (
        criteria.child_number is not None
        or (criteria.identifier is not None and bool(compact(criteria.identifier.value)))
        or (family and given and (born or narrow))
        or (family and born)
        or (given and born and bool(compact(criteria.postcode or "")))
    )


def only_child_number(criteria: Criteria) -> bool:
    """Whether nothing but the child number was given; then even a child being hidden is found, restricted."""
    return criteria.model_fields_set == {"child_number"} and criteria.child_number is not None
