"""What is filled in on the page is asked like any search, and what is wrong is said at its field."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.forms import FormError
from services.search.criteria import only_child_number
from services.search.filled import search_in, view_in

REASON = {"code": "welfare-concern"}
NUMBER = "4010232137"


def day(name: str, *parts: str) -> dict[str, str]:
    """A day as it is filled in."""
    return {f"{name}-{part}": value for part, value in zip(("day", "month", "year"), parts, strict=True)}


def errors(**form: str) -> dict[str, str]:
    """What is said of a form, by field."""
    with pytest.raises(FormError) as raised:
        search_in(form)
    return raised.value.errors


@pytest.mark.parametrize(
    ("form", "criteria"),
    [
        ({"given": "Amelia", "family": "Okafor"}, {"given": "Amelia", "family": "Okafor"}),
        (day("date_of_birth", "9", "4", "2015"), {"date_of_birth": "2015-04-09"}),
        (
            {**day("from", "1", "1", "2014"), **day("to", "1", "1", "2016")},
            {"date_of_birth_range": {"from": "2014-01-01", "to": "2016-01-01"}},
        ),
        ({"gender": "female", "postcode": "NW7 4QT"}, {"gender": "female", "postcode": "NW7 4QT"}),
        ({"gender": "any"}, {}),
        (
            {"system": "NHS number", "value": "999 000 0018"},
            {"identifier": {"system": "nhs-number", "value": "999 000 0018"}},
        ),
        ({"child_number": "401 023 2137"}, {"child_number": NUMBER}),
    ],
)
def test_each_field_is_asked_for_as_over_http(form: dict[str, str], criteria: dict[str, Any]) -> None:
    asked = search_in({**REASON, **form})
    assert asked.model_dump(mode="json", exclude_none=True, by_alias=True)["criteria"] == criteria


def test_a_number_by_itself_is_a_search_by_the_number_alone() -> None:
    assert only_child_number(search_in({**REASON, "child_number": NUMBER, "gender": "any"}).criteria)
    assert not only_child_number(search_in({**REASON, "child_number": NUMBER, "postcode": "N"}).criteria)


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({}, ["code"]),
        ({"code": "curiosity"}, ["code"]),
        ({"code": "other"}, ["detail"]),
        ({**REASON, "detail": "x" * 201}, ["detail"]),
        ({**REASON, "given": "x" * 201, "family": "x" * 201}, ["given", "family"]),
        ({**REASON, **day("date_of_birth", "31", "2", "2015")}, ["date_of_birth"]),
        ({**REASON, **day("date_of_birth", "9", "4", "15")}, ["date_of_birth"]),
        ({**REASON, "date_of_birth-year": "2015"}, ["date_of_birth"]),
        ({**REASON, **day("from", "9", "4", "2015")}, ["to"]),
        ({**REASON, **day("to", "9", "4", "2015")}, ["from"]),
        ({**REASON, **day("from", "9", "4", "2015"), **day("to", "8", "4", "2015")}, ["to"]),
        ({**REASON, "gender": "x"}, ["gender"]),
        ({**REASON, "postcode": "x" * 201}, ["postcode"]),
        ({**REASON, "system": "NHS number"}, ["value"]),
        ({**REASON, "value": "9990000018"}, ["system"]),
        ({**REASON, "system": "?", "value": "9990000018"}, ["system"]),
        ({**REASON, "child_number": "4010232130"}, ["child_number"]),
        ({"child_number": "1", **day("date_of_birth", "", "", "x")}, ["code", "date_of_birth", "child_number"]),
    ],
)
def test_what_is_wrong_is_said_at_its_field_in_the_order_of_the_form(
    form: dict[str, str], fields: list[str]
) -> None:
    # As it is read from the request, where empty fields are absent.
    assert list(errors(**{name: value for name, value in form.items() if value})) == fields


def test_what_is_said_quotes_nothing_that_was_typed() -> None:
    said = errors(
        code="qsecret", given="qsecret" * 40, gender="qsecret", child_number="qsecret", system="qsecret!"
    )
    assert len(said) == 6
    assert not any("qsecret" in text for text in said.values())


def test_a_look_needs_a_reason_too() -> None:
    assert view_in({**REASON, "child_number": NUMBER}).child_number == NUMBER
    for form in ({"child_number": NUMBER}, REASON, {**REASON, "child_number": "1"}):
        with pytest.raises(FormError):
            view_in(form)
