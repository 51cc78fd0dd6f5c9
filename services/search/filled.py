"""What a practitioner filled in on a page, as the question that it asks; what is wrong is said at its field."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from contracts.codec import faults_of
from runtime.forms import Form, FormError, day, day_begun, said_at
from services.search.desk import Search, View

ANY = "any"
"""In place of a gender: it is not asked for. A radio button once chosen cannot be taken back."""
_NO_DAY = "no day"
_SAID = {
    "reason.code": ("code", "Select why you look for the child"),
    "reason": ("detail", "Say why in your own words, in at most 200 characters"),
    "criteria.given": ("given", "Enter the given name in at most 200 characters"),
    "criteria.family": ("family", "Enter the family name in at most 200 characters"),
    "criteria.date_of_birth": ("date_of_birth", "Date of birth must be a real date, such as 27 3 2015"),
    "criteria.date_of_birth_range.from": ("from", "The earliest date must be a real date, such as 27 3 2015"),
    "criteria.date_of_birth_range": ("to", "The latest date must be a real date, such as 27 3 2015"),
    "criteria.gender": ("gender", "Select a gender, or that it does not matter"),
    "criteria.postcode": ("postcode", "Enter a postcode, such as NW7 4QT"),
    "criteria.identifier.system": ("system", "Enter what kind of number it is, such as NHS number"),
    "criteria.identifier": ("value", "Enter the number itself"),
    "criteria.child_number": ("child_number", "Enter a child number of ten digits"),
    "criteria": ("to", "The latest date must be the same as or after the earliest date"),
}


def search_in(form: Form) -> Search:
    """The search that is asked for; raises :class:`FormError` with all that is wrong."""
    try:
        return Search.model_validate({"reason": _reason(form), "criteria": _criteria(form)})
    except ValidationError as error:
        raise FormError(said_at(faults_of(error), _SAID)) from None


def view_in(form: Form) -> View:
    """The look that one of the found is given; it was on a page of the service and nothing in it was typed."""
    try:
        return View.model_validate({"reason": _reason(form), "child_number": form.get("child_number")})
    except ValidationError:
        raise FormError({"child_number": "That did not come from a search: begin there"}) from None


def _reason(form: Form) -> dict[str, Any]:
    return {name: form[name] for name in ("code", "detail") if name in form}


def _criteria(form: Form) -> dict[str, Any]:
    """What is filled in and nothing else: a search by the child number alone is told by there being no more."""
    given: dict[str, Any] = {name: form[name] for name in ("given", "family", "postcode") if name in form}
    if form.get("gender", ANY) != ANY:
        given["gender"] = form["gender"]
    if "child_number" in form:
        given["child_number"] = form["child_number"].replace(" ", "")
    if "system" in form or "value" in form:
        given["identifier"] = _identifier(form)
    if day_begun(form, "date_of_birth"):
        given["date_of_birth"] = _day(form, "date_of_birth")
    if day_begun(form, "from") or day_begun(form, "to"):
        given["date_of_birth_range"] = {"from": _day(form, "from"), "to": _day(form, "to")}
    return given


def _identifier(form: Form) -> dict[str, str]:
    """A number of another system; people write NHS number where systems write nhs-number."""
    given: dict[str, str] = {name: form[name] for name in ("system", "value") if name in form}
    return given | ({"system": "-".join(given["system"].lower().split())} if "system" in given else {})


def _day(form: Form, name: str) -> Any:
    """The day, or what is refused as none: as ``None`` it would count as not given."""
    return day(form, name) or _NO_DAY
