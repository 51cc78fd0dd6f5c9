"""A record in words says what the answer says and no more, in an order that helps."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.search.showing import match_in_words, record_in_words

TODAY = date(2026, 3, 1)
PHONE = [{"kind": "phone", "value": "0161 496 0456"}]
VISIBLE: dict[str, Any] = {
    "child_number": "4010232137",
    "name": {"given": "Amelia Rose", "family": "Okafor"},
    "date_of_birth": "2015-04-09",
    "gender": "female",
}


def involvement(organisation: str, **more: Any) -> dict[str, Any]:
    """An involvement as an answer has it."""
    return {"sensitive": False, "kind": "primary-care", "organisation": organisation, "source": "gp", **more}


def record(*involvements: dict[str, Any], **identity: Any) -> dict[str, Any]:
    """A record as an answer has it."""
    names = [{**VISIBLE["name"], "use": "current"}]
    return {
        **VISIBLE,
        "restricted": False,
        "responsible_authority": "north-shire",
        "identity": {"names": names, **identity},
        "involvements": list(involvements),
    }


def test_a_match_is_its_visible_fields() -> None:
    assert match_in_words({**VISIBLE, "restricted": True}) == {
        "child_number": "4010232137",
        "name": "Amelia Rose Okafor",
        "born": date(2015, 4, 9),
        "gender": "Female",
        "restricted": True,
    }


def test_a_restricted_record_has_nothing_else_but_the_central_team() -> None:
    shown = record_in_words({**VISIBLE, "restricted": True, "central_team": PHONE}, TODAY)
    assert shown == {**match_in_words({**VISIBLE, "restricted": True}), "central_team": ["0161 496 0456"]}


def test_a_record_says_who_the_child_is_and_leaves_out_what_is_not_known() -> None:
    former = {"family": "Ward", "use": "former"}
    known = record_in_words(
        record(
            names=[{**VISIBLE["name"], "use": "current"}, former],
            addresses=[
                {"postcode": "NW1 1AA", "use": "home", "until": "2024-08-31"},
                {"lines": ["4 Mill Lane"], "town": "Northwick", "postcode": "NW7 4QT", "use": "temporary"},
            ],
            identifiers=[{"system": "nhs-number", "value": "9990000018"}],
            carers=[{"name": "Grace Okafor", "relationship": "mother", "contacts": PHONE}],
        ),
        TODAY,
    )
    assert known["facts"] == {
        "Other names": ["Ward (former)"],
        "Address": ["4 Mill Lane, Northwick, NW7 4QT (temporary)", "NW1 1AA (until 31 August 2024)"],
        "Carers": ["Grace Okafor, mother, 0161 496 0456"],
        "Other numbers": ["nhs number 9990000018"],
        "Responsible authority": ["North shire"],
    }
    assert record_in_words({**record(), "responsible_authority": None}, TODAY)["facts"] == {}


def test_who_still_works_with_the_child_comes_first_and_the_lead_professional_before_all() -> None:
    shown = record_in_words(
        record(
            involvement("Before", until="2026-02-28", lead_professional=True),
            involvement("Till today", until="2026-03-01"),
            involvement("Lead", lead_professional=True, practitioner="J. Patel", role="nurse", contacts=PHONE),
        ),
        TODAY,
    )
    assert [each["organisation"] for each in shown["involvements"]] == ["Lead", "Till today", "Before"]
    assert [(each["who"], each["reached"]) for each in shown["leads"]] == [("J. Patel, nurse", ["0161 496 0456"])]


def test_of_a_sensitive_service_it_is_only_said_that_there_is_one_and_who_brokers_contact() -> None:
    notice = {"sensitive": True, "notice": "a sensitive service is involved", "contacts": PHONE}
    (shown,) = record_in_words(record(notice), TODAY)["involvements"]
    assert {name: value for name, value in shown.items() if value} == {
        "organisation": "A sensitive service is involved",
        "reached": ["0161 496 0456"],
    }
