"""What is compared of a child, and which source records cannot be compared at all."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.children import Child
from likeness.comparable import person_of, unusable
from services.registry.candidates import index_keys, seek_keys, wide_keys, wide_seek_keys
from services.registry.policy import load
from services.registry.scoring import contradiction, explain, may_be, score
from tests.children import address, nhs, supplied

TODAY = date(2026, 3, 1)
POLICY = load()


def child(given: str | None = "Amelia", family: str = "Okafor", born: str = "2015-04-09", **more: Any) -> Child:
    change = supplied("northshire-schools", "1", family=family, born=born, **more)
    change["child"]["names"][0]["given"] = given
    return Child.model_validate_json(orjson.dumps(change["child"]))


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (child(), None),
        (child(born="2026-03-02"), None),
        (child(born="2026-03-03"), "born-in-the-future"),
        (child(born="2000-03-02"), None),
        (child(born="2000-03-01"), "born-too-long-ago"),
        (child(born="1900-01-01"), "born-too-long-ago"),
        (child(born="1896-03-01"), "born-too-long-ago"),
        (child(given=None, family="😀😀"), "no-usable-name"),
        (child(given="-", family="???"), "no-usable-name"),
        (child(given="X", family="Y"), None),
        (child(given="Амелия", family="Okafor"), None),
        (child(identifiers=[nhs("943 476 5919"), nhs("9434765919")]), None),
        (child(identifiers=[nhs("9434765919"), nhs("1234567890")]), None),
        (child(identifiers=[nhs("9434765919"), nhs("4010232137")]), "two-nhs-numbers"),
    ],
)
def test_a_record_that_cannot_be_matched_says_why(record: Child, why: str | None) -> None:
    assert unusable(person_of(record), TODAY) == why


def test_a_wrong_check_digit_makes_an_identifier_weak_and_not_lost() -> None:
    person = person_of(child(identifiers=[nhs("9434765918"), {"system": "upn", "value": "H801200001001"}]))
    assert person.strong == {"upn:H801200001001"}
    assert person.identifiers == {"upn:H801200001001", "nhs-number:9434765918"}


def test_what_is_current_comes_first() -> None:
    record = child(
        addresses=[
            address("1 Mill Lane", "NW7 4QT") | {"from": "2015-01-01", "until": "2020-01-01"},
            address("2 Mill Lane", "NW7 4QU") | {"from": "2020-01-01"},
        ]
    )
    assert [home.postcode for home in person_of(record).homes] == ["NW74QU", "NW74QT"]


def test_mixed_scripts_and_case_fold_to_one_person() -> None:
    assert person_of(child("ZOË", "O’CONNOR")).names == person_of(child("Zoe", "O'Connor")).names


names = st.text(min_size=1, max_size=500).filter(str.strip)


@given(names, names, st.text(min_size=1, max_size=500).filter(str.strip))
def test_whatever_a_source_sends_ends_in_short_keys_and_a_score(one: str, other: str, line: str) -> None:
    mine = person_of(child(one, other, addresses=[address(line, "NW7 4QT")]))
    theirs = person_of(child(other, one, identifiers=[nhs(line)]))
    for key in index_keys(mine) | seek_keys(theirs) | wide_keys(mine) | wide_seek_keys(theirs):
        assert len(key) <= 100
    assert score(mine, theirs, POLICY) == pytest.approx(
        sum(s.bits + s.adjustment for s in explain(mine, theirs, POLICY))
    )
    assert may_be(mine, theirs, POLICY) == pytest.approx(may_be(theirs, mine, POLICY))
    assert contradiction(mine, theirs, POLICY) == contradiction(theirs, mine, POLICY)


def test_a_record_with_everything_fifty_times_has_a_bounded_number_of_keys() -> None:
    words = ["".join(chr(ord("a") + (n * step) % 26) for n in range(1, 9)) for step in range(1, 51)]
    record = child(
        names=[
            {"given": f"{word} {word[::-1]}", "family": f"{word}-{word[1:]}", "use": "former"} for word in words
        ],
        addresses=[address(f"{at} {word} Road", f"NW{at % 9} {at % 9}AB") for at, word in enumerate(words)],
        identifiers=[{"system": "local", "value": "9" * 900 + word} for word in words],
        carers=[{"name": f"{word} Okafor", "relationship": "mother"} for word in words],
    )
    person = person_of(record)
    assert len(index_keys(person)) < 1500
    assert len(wide_keys(person)) < 3000
