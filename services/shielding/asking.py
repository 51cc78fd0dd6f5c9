"""What officers and override holders ask for, as they send it, and a refusal as they are told of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from contracts.dead_letters import Fault
from runtime.problems import ProblemError
from services.shielding.decisions import RefusedError
from services.shielding.shield import Ground, Outcome

Detail = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]

UNKNOWN = (
    "No record has that number, so nothing was shielded. Look at the number again. A child whom no service has "
    "told Signpost of yet is shielded by details: names, date of birth and whatever else is known."
)
_OFFER = {
    "offer": {
        "pre_emptive": True,
        "method": "POST",
        "path": "/v1/shields",
        "instead_of": "child_number",
        "give": "details",
        "details": ["names", "date_of_birth", "gender", "addresses", "identifiers", "carers"],
        "required": ["names", "date_of_birth"],
    }
}
_STATUS_OF = {
    "other-authority": 403,
    "level-too-low": 403,
    "authority-loading": 403,
    "not-the-holder": 403,
    "review-not-ahead": 422,
    "wrong-check-digit": 422,
}


class Asked(BaseModel):
    """Something a person asks for; what they typed is never quoted."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Placing(Asked):
    """What an officer decides: to shield a child by number or, where no source knows the child yet, by details."""

    child_number: Annotated[str, StringConstraints(max_length=40, strip_whitespace=True)] | None = None
    details: dict[str, Any] | None = None
    ground: Ground
    detail: Detail | None = None
    review_on: date

    @model_validator(mode="after")
    def _explained(self) -> Placing:
        if self.ground == "other" and self.detail is None:
            raise ValueError("a ground of other needs a detail")
        return self


class Reviewing(Asked):
    """What a review comes to, and when the next one is due."""

    outcome: Outcome
    detail: Detail | None = None
    review_on: date


class Redriving(Asked):
    """All shields in force are to be published anew, some at a time: those after one of this id."""

    after: str = ""


class Approving(Asked):
    """The approval of a lift, by somebody who has seen the shield as of ``revision``."""

    revision: int


def refusal(refused: RefusedError) -> ProblemError:
    """A refused decision as its problem; where a number is unknown, with what may be asked for instead."""
    status = _STATUS_OF.get(refused.kind, 409)
    faults = [Fault(field="child_number", problem=refused.kind)] if refused.kind == "wrong-check-digit" else []
    more = _OFFER if refused.kind == "unknown-child" else {}
    return ProblemError(status, refused.kind, refused.text, faults, more)


def invalid(faults: tuple[Fault, ...]) -> ProblemError:
    """The problem that fields are wrong or missing."""
    return ProblemError(422, "invalid-request", "See the fields named in errors.", faults)
