"""Details of a child whom nobody knows yet are read strictly, and what is wrong is named without its value."""

from __future__ import annotations

import traceback
from datetime import date
from typing import Any

import pytest

from contracts.children import Details
from services.shielding.details import DetailsError, details_of
from services.shielding.expecting import filled_in
from tests.children import address, nhs, nhs_number

TODAY = date(2026, 3, 1)
KNOWN: dict[str, Any] = {"names": [{"given": "Amelia", "family": "Okafor"}], "date_of_birth": "2015-04-09"}


def faults(**changed: Any) -> set[tuple[str, str]]:
    """What is wrong with details, by field."""
    with pytest.raises(DetailsError) as refused:
        details_of({name: value for name, value in (KNOWN | changed).items() if value is not None}, TODAY)
    assert "Zzyzx7" not in "".join(traceback.format_exception(refused.value))
    return {(each.field, each.problem) for each in refused.value.faults}


def test_all_that_a_source_could_say_of_who_a_child_is_an_officer_can_say() -> None:
    more = {
        "gender": "female",
        "names": [*KNOWN["names"], {"given": "Amelia", "family": "Ward", "use": "former"}],
        "addresses": [{**address("4 Mill Lane", "NW7 4QT"), "from": "2024-09-01"}],
        "identifiers": [nhs(nhs_number())],
        "carers": [{"name": "Grace", "relationship": "mother", "contacts": [{"kind": "phone", "value": "0161"}]}],
    }
    child = details_of(KNOWN | more, TODAY)
    assert child == Details.model_validate({**KNOWN, **more}, strict=False)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"names": None}, ("details.names", "missing")),
        ({"date_of_birth": None}, ("details.date_of_birth", "missing")),
        ({"date_of_birth": "Zzyzx7"}, ("details.date_of_birth", "date_parsing")),
        ({"names": [{"given": "Zzyzx7"}]}, ("details.names.0.family", "missing")),
        ({"names": [{"family": "Okafor", "Zzyzx7": "x"}]}, ("details.names.0.(unknown)", "extra_forbidden")),
        ({"adresses": []}, ("details.(unknown)", "extra_forbidden")),
        ({"responsible_authority": "eastmoor"}, ("details.(unknown)", "extra_forbidden")),
        ({"carers": [{"name": "Zzyzx7" * 100, "relationship": "mother"}] * 200}, ("details", "too-large")),
        ({"gender": "Zzyzx7"}, ("details.gender", "enum")),
        (
            {"identifiers": [{"system": "Zzyzx7", "value": "1"}]},
            ("details.identifiers.0.system", "string_pattern_mismatch"),
        ),
        ({"names": [{"family": "-"}]}, ("details.names", "no-usable-name")),
        ({"date_of_birth": "2026-06-01"}, ("details.date_of_birth", "born-in-the-future")),
        ({"date_of_birth": "1960-06-01"}, ("details.date_of_birth", "born-too-long-ago")),
        ({"identifiers": [nhs(nhs_number()), nhs(nhs_number())]}, ("details.identifiers", "two-nhs-numbers")),
    ],
)
def test_what_is_wrong_is_named_and_not_quoted(changed: dict[str, Any], expected: tuple[str, str]) -> None:
    assert expected in faults(**changed)


def test_a_form_gives_what_was_filled_in_and_nothing_else() -> None:
    least = {"family": "Okafor", "born-day": "9", "born-month": "4", "born-year": "2015"}
    assert filled_in(least) == {
        "names": [{"family": "Okafor"}],
        "date_of_birth": "2015-04-09",
        "addresses": [],
        "identifiers": [],
        "carers": [],
    }
    more = {
        "line": "4 Mill Lane",
        "former_family": "Ward",
        "carer": "Grace",
        "carer_phone": "0161",
        "nhs_number": "1",
    }
    child = details_of(filled_in(least | more), TODAY)
    assert [(each.family, each.use) for each in child.names] == [("Okafor", "current"), ("Ward", "former")]
    assert (child.addresses[0].lines, child.carers[0].contacts[0].value) == (("4 Mill Lane",), "0161")
