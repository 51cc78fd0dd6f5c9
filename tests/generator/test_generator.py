"""The generator: made-up children in the contract's form, the same for the same seed, and the truth."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

import generator
from contracts.sources import SourceChange

CHILDREN = 2000
DRAMA = re.compile(r"(07700 900|01[1-6][0-9] 496 0|0191 498 0|020 7946 0)[0-9]{3}")
UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
SYSTEMS = {"education", "primary-care", "health-visiting", "social-care", "youth-justice", "voluntary"}
NOTES = {
    "twin", "sibling", "half-sibling", "diacritics", "apostrophe", "double-barrelled", "single-name",
    "moved", "moved-away", "renamed", "adopted", "step-parent", "looked-after", "entered-twice",
}  # fmt: skip
MISTAKES = {
    "transposed-letters", "omitted-letter", "doubled-letter", "transposed-date", "wrong-digit-in-date",
    "capitals", "missing-identifier", "nickname", "swapped-names", "without-diacritics",
    "without-punctuation",
}  # fmt: skip

Change = dict[str, Any]


@dataclass(frozen=True)
class Area:
    """What one run wrote, read back."""

    summary: generator.Summary
    lines: list[bytes]
    changes: list[Change]
    truth: list[dict[str, Any]]

    def supplied(self) -> Iterator[Change]:
        return (change for change in self.changes if change["type"] == "child-supplied")

    def last_supplied(self) -> dict[str, Change]:
        """Each source record's newest supplied version."""
        ordered = sorted(self.supplied(), key=lambda change: change["source_version"])
        return {key_of(change): change for change in ordered}


def key_of(change: Change) -> str:
    return f"{change['source']}/{change['source_ref']}"


def read(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def area(tmp_path_factory: pytest.TempPathFactory) -> Area:
    return area_of(tmp_path_factory.mktemp("area"), CHILDREN, 7)


def area_of(folder: Path, children: int, seed: int) -> Area:
    out = folder / f"{seed}.jsonl"
    summary = generator.write(children, seed, out)
    return Area(summary, out.read_bytes().splitlines(), read(out), read(summary.truth))


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    one = generator.write(300, 11, tmp_path / "one.jsonl")
    two = generator.write(300, 11, tmp_path / "two.jsonl")
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    assert one.truth.read_bytes() == two.truth.read_bytes()


def test_more_children_leave_the_first_ones_as_they_were(tmp_path: Path) -> None:
    few = read(generator.write(40, 3, tmp_path / "few.jsonl").truth)
    many = read(generator.write(80, 3, tmp_path / "many.jsonl").truth)
    # The last household of the few may have been cut short.
    last = few[-1]["household"]
    assert [child for child in few if child["household"] < last] == [
        child for child in many if child["household"] < last
    ]


def test_what_two_seeds_make_up_can_be_loaded_side_by_side(tmp_path: Path) -> None:
    made = [area_of(tmp_path, 300, seed) for seed in (1, 5, 7, 11)]
    keys = [{key_of(change) for change in area.changes} for area in made]
    systems = ("nhs-number", "upn", "social-care-id")
    for named in (keys, *([identifiers(area, system) for area in made] for system in systems)):
        assert all(named)
        assert sum(map(len, named)) == len(set().union(*named))


def test_generating_and_writing_give_the_same_changes(area: Area) -> None:
    made = list(generator.generate(CHILDREN, 7))
    assert json.loads(json.dumps(made)) == area.changes


def test_every_line_is_a_source_change_of_the_contract(area: Area) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(SourceChange)
    for line, change in zip(area.lines, area.changes, strict=True):
        assert adapter.validate_json(line).key == key_of(change)


def test_no_field_is_unknown_to_the_contract(area: Area) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(SourceChange)
    for line in area.lines[:500]:
        known = json.loads(adapter.dump_json(adapter.validate_json(line)))
        assert _names(json.loads(line)) <= _names(known)


def _names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(_names, value.values()))
    return set().union(*map(_names, value)) if isinstance(value, list) else set()


def identifiers(area: Area, system: str) -> set[str]:
    each = (identifier for change in area.supplied() for identifier in change["child"]["identifiers"])
    return {identifier["value"] for identifier in each if identifier["system"] == system}


def weighted(digits: str, weights: range) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def test_nhs_numbers_are_valid_and_never_issued(area: Area) -> None:
    numbers = identifiers(area, "nhs-number")
    assert len(numbers) > CHILDREN * 0.9
    for number in numbers:
        assert re.fullmatch("999[0-9]{7}", number)
        assert weighted(number, range(10, 0, -1)) % 11 == 0


def test_unique_pupil_numbers_have_the_right_check_letter(area: Area) -> None:
    numbers = identifiers(area, "upn")
    assert len(numbers) > CHILDREN * 0.5
    for number in numbers:
        assert re.fullmatch("[A-Z][0-9]{12}", number)
        assert number[0] == UPN_LETTERS[weighted(number[1:], range(2, 14)) % 23]


def test_no_two_children_share_an_identifier(area: Area) -> None:
    holders: dict[tuple[str, str], set[int]] = defaultdict(set)
    person_of = {key: child["person"] for child in area.truth for key in child["source_records"]}
    for change in area.supplied():
        for identifier in change["child"]["identifiers"]:
            holders[identifier["system"], identifier["value"]].add(person_of[key_of(change)])
    assert all(len(people) == 1 for people in holders.values())


def test_telephone_numbers_are_kept_for_drama_and_emails_for_examples(area: Area) -> None:
    for change in area.supplied():
        holders = [*change["child"]["carers"], *change["involvements"]]
        for contact in (contact for holder in holders for contact in holder["contacts"]):
            if contact["kind"] == "phone":
                assert DRAMA.fullmatch(contact["value"])
            else:
                assert re.fullmatch(r"[a-z.-]+@([a-z]+\.)?example\.org", contact["value"])


def test_a_child_has_about_three_source_records(area: Area) -> None:
    assert area.summary.children == CHILDREN == len(area.truth)
    assert 2.8 <= area.summary.source_records / CHILDREN <= 3.2


def test_the_truth_parts_the_source_records_among_the_children(area: Area) -> None:
    told = [key for child in area.truth for key in child["source_records"]]
    assert len(told) == len(set(told)) == area.summary.source_records
    assert set(told) == {key_of(change) for change in area.changes}


def test_versions_grow_with_time_in_every_source_record(area: Area) -> None:
    versions: dict[str, dict[int, str]] = defaultdict(dict)
    for change in area.changes:
        versions[key_of(change)].setdefault(change["source_version"], change["occurred_at"])
    for seen in versions.values():
        moments = [seen[number] for number in sorted(seen)]
        assert all(earlier < later for earlier, later in pairwise(moments))


def test_nothing_follows_a_withdrawal(area: Area) -> None:
    highest = {key_of(change): 0 for change in area.changes}
    for change in area.changes:
        highest[key_of(change)] = max(highest[key_of(change)], change["source_version"])
    withdrawn = [change for change in area.changes if change["type"] == "child-withdrawn"]
    assert withdrawn
    assert all(change["source_version"] == highest[key_of(change)] for change in withdrawn)


def test_a_version_never_says_two_things(area: Area) -> None:
    said: dict[str, bytes] = {}
    for line, change in zip(area.lines, area.changes, strict=True):
        assert said.setdefault(change["message_id"], line) == line
    assert len(said) == len({(key_of(change), change["source_version"]) for change in area.changes})


def test_some_versions_are_repeated_verbatim(area: Area) -> None:
    repeats = len(area.lines) - len(set(area.lines))
    assert repeats == area.summary.repeated
    assert 0.01 <= repeats / len(area.lines) <= 0.03


def test_some_versions_come_late_and_some_are_overtaken_by_the_next(area: Area) -> None:
    latest, late = "", 0
    newest: dict[str, int] = defaultdict(int)
    overtaken = 0
    seen = Counter(area.lines)
    for line, change in zip(area.lines, area.changes, strict=True):
        if seen[line] > 1:
            continue
        late += change["occurred_at"] < latest
        latest = max(latest, change["occurred_at"])
        overtaken += change["source_version"] < newest[key_of(change)]
        newest[key_of(change)] = max(newest[key_of(change)], change["source_version"])
    assert 0.01 <= late / len(area.lines) <= 0.03
    assert overtaken > 0


def test_without_lateness_and_repeats_the_stream_is_in_order_of_time() -> None:
    rates = generator.Rates(late=0, repeated=0)
    moments = [change["occurred_at"] for change in generator.generate(200, 5, rates)]
    assert moments == sorted(moments)


def test_all_kinds_of_families_names_mistakes_and_systems_occur(area: Area) -> None:
    held = [change["child"] for change in area.supplied()]
    names = [name for child in held for name in child["names"]]
    assert {name["use"] for name in names} == {"current", "former", "known-as"}
    assert any(name["given"] is None for name in names)
    assert {address["use"] for child in held for address in child["addresses"]} == {"home", "temporary"}
    assert {note for child in area.truth for note in child["notes"]} >= NOTES
    errors = [kinds for child in area.truth for kinds in child["errors"].values()]
    assert {kind for kinds in errors for kind in kinds} >= MISTAKES
    assert {each["kind"] for change in area.supplied() for each in change["involvements"]} == SYSTEMS


def test_a_transposed_date_stands_or_is_corrected_by_a_later_version(area: Area) -> None:
    dates: dict[str, set[str]] = defaultdict(set)
    for change in area.supplied():
        dates[key_of(change)].add(change["child"]["date_of_birth"])
    errors = [(key, kinds) for child in area.truth for key, kinds in child["errors"].items()]
    assert {len(dates[key]) for key, kinds in errors if "transposed-date" in kinds} == {1, 2}


def test_records_without_mistakes_agree_on_the_birth_date(area: Area) -> None:
    newest = area.last_supplied()
    for child in area.truth:
        right = [key for key in child["source_records"] if key in newest and key not in child["errors"]]
        assert len({newest[key]["child"]["date_of_birth"] for key in right}) <= 1


def test_twins_share_a_birth_date_and_a_household_but_no_given_name(area: Area) -> None:
    newest = area.last_supplied()
    twins: dict[tuple[int, str], set[str]] = defaultdict(set)
    for child in area.truth:
        right = [key for key in child["source_records"] if key not in child["errors"]]
        if "twin" in child["notes"] and right:
            held = newest[right[0]]["child"]
            name = held["names"][0]
            twins[child["household"], held["date_of_birth"]].add((name["given"] or name["family"]).split()[0])
    assert any(len(given_names) == 2 for given_names in twins.values())
    assert all(len(given_names) <= 2 for given_names in twins.values())


def test_brothers_and_sisters_share_surname_address_and_carers(area: Area) -> None:
    newest = area.last_supplied()
    households: dict[int, list[Change]] = defaultdict(list)
    for child in area.truth:
        plain = set(child["notes"]) <= {"sibling", "twin", "diacritics", "apostrophe", "double-barrelled"}
        practice = next((key for key in child["source_records"] if "-gp/" in key), None)
        if plain and practice and practice not in child["errors"]:
            households[child["household"]].append(newest[practice]["child"])
    families = [family for family in households.values() if len(family) > 1]
    assert len(families) > 100
    for family in families:
        assert len({held["names"][0]["family"] for held in family}) == 1
        assert len({json.dumps(held["addresses"][0]["lines"]) for held in family if held["addresses"]}) <= 1


def test_after_a_move_some_sources_have_the_new_address_and_some_not_yet(area: Area) -> None:
    newest = area.last_supplied()
    differing = 0
    for child in area.truth:
        if "moved" in child["notes"]:
            held = [newest[key]["child"]["addresses"] for key in child["source_records"] if key in newest]
            differing += len({addresses[0]["postcode"] for addresses in held if addresses}) > 1
    assert differing > 20


def test_a_small_share_of_involvements_is_sensitive(area: Area) -> None:
    each = [involvement["sensitive"] for change in area.supplied() for involvement in change["involvements"]]
    assert 0.002 <= sum(1 for sensitive in each if sensitive) / len(each) <= 0.03


def test_nothing_that_has_not_happened_yet_is_published(area: Area) -> None:
    for change in area.supplied():
        today = datetime.fromisoformat(change["occurred_at"]).date()
        child = change["child"]
        assert date.fromisoformat(child["date_of_birth"]) <= today
        for each in [*child["addresses"], *change["involvements"]]:
            assert date.fromisoformat(each["from"]) <= today
            if each.get("until"):
                assert each["from"] <= each["until"] <= today.isoformat()


@settings(max_examples=15, deadline=None)
@given(children=st.integers(0, 30), seed=st.integers(-(2**31), 2**63))
def test_any_number_of_children_and_any_seed_give_valid_changes(children: int, seed: int) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(SourceChange)
    for change in generator.generate(children, seed):
        read = adapter.validate_json(json.dumps(change))
        assert (read.key, read.source_version) == (
            f"{change['source']}/{change['source_ref']}",
            change["source_version"],
        )
