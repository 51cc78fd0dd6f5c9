"""What sources get wrong ends in a stated outcome, and no one key makes the registry slow."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from contracts.codec import UnreadableError, read
from contracts.sources import SOURCE_CHANGES
from runtime import clock
from services.registry.candidates import CAP
from services.registry.children import MOST_DOUBTS, Verdict
from services.registry.queue import reviews, status_of
from tests.children import address, nhs, somebody, supplied
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
        {"given": "\N{CYRILLIC CAPITAL LETTER O}livia", "family": "Ward"},
        {"identifiers": [nhs(WRONG), {"system": "upn", "value": "nonsense"}]},
        {"identifiers": [{"system": "upn", "value": "Z801200001001"}]},
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


@pytest.mark.parametrize("born", ["2015-02-30", "2015-13-01", "0000-01-01", "09/04/2015", ""])
def test_a_date_that_no_calendar_has_is_no_message_and_becomes_a_dead_letter(born: str) -> None:
    with pytest.raises(UnreadableError):
        read(SOURCE_CHANGES, json.dumps(supplied("gp", "1") | _child(born)).encode())


def _child(born: str) -> dict[str, object]:
    return {"child": {**supplied("gp", "1")["child"], "date_of_birth": born}}


def test_names_of_one_letter_join_nobody_by_themselves() -> None:
    area = Area()
    for number in range(20):
        home = [address(f"{number} {somebody(str(number))['family']} Road", f"{chr(65 + number)}W7 4QT")]
        area.settle(change("gp", ref=f"r{number}", given="A", family="B", born="2015-04-09", addresses=home))
    assert len(area.parts()) == 20


@pytest.mark.parametrize(
    ("given", "family"),
    [("\N{CYRILLIC CAPITAL LETTER O}livia", "Ward"), ("Olivia", "W\N{CYRILLIC SMALL LETTER A}rd")],
)
def test_a_name_with_a_letter_of_another_script_is_another_name_and_a_person_is_asked(
    given: str, family: str
) -> None:
    area = Area()
    area.settle(change("gp", given="Olivia", family="Ward", born="2015-04-09"))
    area.settle(change("school", given=given, family=family, born="2015-04-09"))
    assert len(area.parts()) == 2
    assert all(child.doubts and not child.held for child in area.children.values())
    assert [status_of(area.of(key), key) for key in ("gp/1", "school/1")] == ["probable", "probable"]


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
    for child in area.children.values():
        assert len(child.doubts) == 9
        assert "identifier-shared-by-others" in {doubt.contradiction for doubt in child.doubts.values()}


def crowd() -> Area:
    """A hundred and twenty different children with one identifier, each of whom the first is asked about.

    The last nineteen have least in common with the first, and came when the identifier's key was full.
    """
    area = Area()
    for at in range(0, 120, 20):
        batch = range(at, at + 20)
        who = [somebody(f"c-{n}") | {"gender": "female" if n <= MOST_DOUBTS else "male"} for n in batch]
        area.settle(
            *(
                change("gp", ref=f"r{n:03}", identifiers=[nhs(VALID)], **each)
                for n, each in zip(batch, who, strict=True)
            )
        )
    return area


def test_a_child_with_hundreds_of_doubts_keeps_the_strongest_and_the_others_come_up_as_these_are_decided() -> None:
    area = crowd()
    first = area.of("gp/r000")
    assert max(len(child.doubts) for child in area.children.values()) == MOST_DOUBTS == len(first.doubts)
    assert all(child.doubts for child in area.children.values())
    asked = reviews(area.children.values(), [], "northshire")
    assert sum(first.number in each.child_numbers for each in asked) == 119
    theirs = next(theirs for _, theirs in first.doubts)
    area.say(Verdict("1", "different", frozenset({"gp/r000"}), frozenset({theirs}), "m", clock.now(), "No."))
    after = area.of("gp/r000")
    assert len(after.doubts) == MOST_DOUBTS
    assert theirs not in {each for _, each in after.doubts}


def test_whoever_is_in_doubt_with_a_child_of_hundreds_of_doubts_is_held_while_it_is_shielded() -> None:
    area = crowd()
    first = area.of("gp/r000").number
    before = {child.number for child in area.children.values() if ("gp/r000") in {t for _, t in child.doubts}}
    assert len(before) == 119
    area.shield(first)
    assert {child.number for child in area.children.values() if child.held} == before
    assert len(area.children[first].doubts) == 119
    area.shield(first, placed=False, offset=2)
    assert not any(child.held for child in area.children.values())


def test_a_source_that_sends_everybody_with_one_placeholder_date_is_refused_throughout() -> None:
    area = Area()
    for number in range(200):
        (made,) = area.settle(
            change("club", ref=f"r{number}", **{**somebody(f"p-{number}"), "born": "1900-01-01"})
        )
        assert status_of(made, f"club/r{number}") == "refused"


@pytest.mark.parametrize(
    ("many", "one", "misspelt"),
    [
        ({"given": "Muhammad"}, {"family": "Okafor"}, {"family": "Ogafor"}),
        ({"given": "Muhammad"}, {"family": "Okafor"}, {"family": "Opafor"}),
        ({"given": "Muhammad"}, {"family": "Okafor"}, {"family": "Okafo"}),
        ({"given": "Muhammad"}, {"family": "Rahman"}, {"family": "Rahmal"}),
        ({"family": "Khan"}, {"given": "Zbigniew"}, {"given": "Zpigniew"}),
    ],
)
def test_among_many_of_one_name_and_birth_date_one_whose_other_name_is_misspelt_is_found(
    many: dict[str, str], one: dict[str, str], misspelt: dict[str, str]
) -> None:
    many |= {"born": "2010-01-01"}
    area = Area()
    for at in range(0, 70, 10):
        area.settle(*(change("gp", ref=f"r{n}", **somebody(f"m-{n}") | many) for n in range(at, at + 10)))
    area.settle(change("gp", **many | one))
    area.settle(change("school", **many | misspelt))
    assert "gp/1" in {each.theirs for each in area.of("school/1").doubts.values()}


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


def test_a_postcode_that_three_thousand_children_share_leads_to_few_and_asks_nobody() -> None:
    area = Area()
    for at in range(0, 3000, 500):
        homes = ((n, [address(f"{n} Mill Lane", "NW7 4QT")]) for n in range(at, at + 500))
        area.settle(*(change("gp", ref=f"r{n}", addresses=home, **somebody(f"m-{n}")) for n, home in homes))
    keys = Counter(key for document in area.records.documents.values() for key in document["match_keys"])
    assert max(keys.values()) <= CAP
    assert len(area.parts()) == 3000
    assert not any(child.doubts for child in area.children.values())
    area.settle(change("school", addresses=[address("2999 Mill Lane", "NW7 4QT")], **somebody("m-2999")))
    assert area.of("school/1").number == area.of("gp/r2999").number
