"""What sources get wrong ends in a stated outcome, and no one key makes the registry slow."""

from __future__ import annotations

import pytest

from services.registry.candidates import CAP
from services.registry.queue import status_of
from tests.children import address, nhs, somebody
from tests.registry.settled import Area, change

VALID, WRONG = "9990000018", "9990000019"


@pytest.mark.parametrize(
    ("child", "outcome"),
    [
        ({"born": "2099-01-01"}, "born-in-the-future"),
        ({"born": "1896-02-29"}, "born-too-long-ago"),
        ({"born": "1900-01-01"}, "born-too-long-ago"),
        ({"given": "🙂", "family": "🎈🎈"}, "no-usable-name"),
        ({"given": "-", "family": "..."}, "no-usable-name"),
        ({"identifiers": [nhs(VALID), nhs("9990000026")]}, "two-nhs-numbers"),
    ],
)
def test_what_cannot_be_told_apart_from_anybody_is_refused_with_the_reason(
    child: dict[str, object], outcome: str
) -> None:
    area = Area()
    (made,) = area.settle(change("gp", **child))
    assert status_of(made, "gp/1") == "refused"
    assert made.sources[0].refusal is not None
    assert made.sources[0].refusal.reason == outcome
    assert not made.visible


@pytest.mark.parametrize(
    "child",
    [
        {"given": "X" * 500, "family": "Y" * 500},
        {"given": "Олександр", "family": "Shevchenko"},
        {"given": "小明", "family": "王"},
        {"family": "Zoë 🙂", "given": "Chloë-Mae"},
        {"identifiers": [nhs(WRONG), {"system": "upn", "value": "nonsense"}]},
        {"addresses": [{"lines": [], "postcode": "not a postcode at all"}]},
    ],
)
def test_what_is_odd_but_tells_somebody_apart_is_a_child_like_any_other(child: dict[str, object]) -> None:
    area = Area()
    area.settle(change("gp", **child))
    area.settle(change("school", **child))
    (made,) = area.children.values()
    assert made.visible
    assert {status_of(made, key) for key in ("gp/1", "school/1")} == {"joined"}


def test_a_wrong_check_digit_joins_nobody() -> None:
    area = Area()
    area.settle(change("gp", identifiers=[nhs(WRONG)], **somebody("one")))
    area.settle(change("school", identifiers=[nhs(WRONG)], **somebody("another")))
    assert len(area.parts()) == 2


def test_ten_different_children_with_one_identifier_stay_apart_and_a_person_is_asked() -> None:
    area = Area()
    for number in range(10):
        area.settle(change("gp", ref=f"r{number}", identifiers=[nhs(VALID)], **somebody(f"nobody-{number}")))
    assert len(area.parts()) == 10
    asked = [child for child in area.children.values() if child.doubts]
    assert all(
        doubt.contradiction == "identifier-shared-by-others" for child in asked for doubt in child.doubts.values()
    )


def test_a_source_that_sends_everybody_with_one_placeholder_date_is_refused_throughout() -> None:
    area = Area()
    for number in range(200):
        (made,) = area.settle(
            change("club", ref=f"r{number}", **{**somebody(f"p-{number}"), "born": "1900-01-01"})
        )
        assert status_of(made, f"club/r{number}") == "refused"


def test_no_key_leads_to_more_than_its_cap_and_a_child_among_hundreds_in_one_house_is_found_again() -> None:
    area = Area()
    home = [address("The Barracks", "NW7 4QT")]
    everybody = [somebody(f"b-{number}") | {"born": f"2015-04-{number % 4 + 1:02}"} for number in range(600)]
    for at in range(0, 600, 50):
        batch = enumerate(everybody[at : at + 50], start=at)
        area.settle(*(change("gp", ref=f"r{number}", addresses=home, **who) for number, who in batch))
    found: dict[str, int] = {}
    for document in area.records.documents.values():
        for key in document["match_keys"]:
            found[key] = found.get(key, 0) + 1
    # A batch may overshoot by what it brings itself.
    assert max(found.values()) <= CAP + 1
    last = everybody[-1]
    area.settle(change("school", addresses=home, **last))
    assert area.of("school/1").number == area.of("gp/r599").number
