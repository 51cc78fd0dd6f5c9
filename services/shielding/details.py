"""What an officer knows of a child whom no source knows yet, read strictly; faults quote nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import orjson
from pydantic import ValidationError

from contracts.children import Details
from contracts.dead_letters import Fault
from likeness.comparable import person_of, unusable

_FIELD_OF = {"no-usable-name": "names", "two-nhs-numbers": "identifiers"}
"""What it is about that nobody can be recognised by it; the rest is about the date of birth."""

_LARGEST = 64 * 1024
"""Bytes: far more than is known of a child, and far less than a message may have."""


class DetailsError(Exception):
    """Details by which no child can be recognised: ``faults`` name the fields and what is wrong with them."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("details")
        self.faults = faults


def details_of(given: Mapping[str, Any], today: date) -> Details:
    """What is known of the child.

    Raises :class:`DetailsError`, also for a field that there is not: misspelt, it would not be watched for.
    """
    body = orjson.dumps(dict(given))
    if len(body) > _LARGEST:
        raise DetailsError((_fault([], "too-large"),))
    try:
        known = Details.model_validate_json(body, extra="forbid")
    except ValidationError as error:
        raise DetailsError(tuple(_faults(error))) from None
    reason = unusable(person_of(known), today)
    if reason is not None:
        raise DetailsError((_fault([_FIELD_OF.get(reason, "date_of_birth")], reason),))
    return known


def _faults(error: ValidationError) -> Iterator[Fault]:
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        # The name of a field that we do not know is something that was typed.
        extra = each["type"] == "extra_forbidden"
        yield _fault([*each["loc"][:-1], "(unknown)"] if extra else list(each["loc"]), each["type"])


def _fault(place: list[int | str], problem: str) -> Fault:
    return Fault(field=".".join(map(str, ["details", *place])), problem=problem)
