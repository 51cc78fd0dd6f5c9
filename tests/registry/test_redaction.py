"""What leaves the registry is an allow-list."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from contracts.children import Contact
from contracts.codec import encode
from contracts.records import RecordPublished, RecordRemoved
from contracts.sources import ChildSupplied
from runtime import clock
from services.registry.children import ChildRecord, Doubt, ShieldMark
from services.registry.golden import assemble
from services.registry.redaction import announcements, published
from services.registry.sources import SourceRecord, arrived
from tests.children import address, involvement, nhs, supplied

TEAM = (Contact(kind="phone", value="0161 496 0002"),)
SENSITIVE = {"category": "mental-health", "basis": "consent"}


def record(source: str, version: int = 1, **child: object) -> SourceRecord:
    """One source record about the same child."""
    change = supplied(source, "1", version, **child)  # type: ignore[arg-type]
    return arrived(ChildSupplied.model_validate(change, strict=False), clock.now()).record


def a_child(*records: SourceRecord) -> ChildRecord:
    """A child of these source records."""
    return ChildRecord("4010232137", 3, clock.now(), records[0].key, records)


def full() -> ChildRecord:
    """A child of whom everything is known."""
    return a_child(
        record(
            "school",
            addresses=[address("4 Mill Lane", "NW7 4QT")],
            identifiers=[nhs("9990000018")],
            carers=[{"name": "Grace", "relationship": "mother"}],
            involvements=[
                involvement("education", "Mill Lane"),
                involvement("health", "The Clinic", sensitive=SENSITIVE),
                involvement("health", "The Other Clinic", sensitive=SENSITIVE),
            ],
        ),
        record("gp", 2, given="Amélia", names=[{"given": "Amelia", "family": "Ward", "use": "former"}]),
    )


def test_a_shielded_child_shows_its_numbers_and_three_visible_fields_and_no_other_field_at_all() -> None:
    child = replace(
        full(), marks={"4010232137": ShieldMark.said("s", 0, placed=True)}, supersedes={"4010232145": 1}
    )
    body = json.loads(encode(announcements(child, lambda _: TEAM)[0]))
    assert set(body) == {
        "type",
        "child_number",
        "revision",
        "shielded",
        "redacted_under",
        "identity",
        "supersedes",
    }
    assert body["supersedes"] == ["4010232145"]
    assert set(body["identity"]) == {"names", "date_of_birth", "gender"}
    assert len(body["identity"]["names"]) == 1


def test_a_lifted_shield_shows_the_record_again() -> None:
    child = replace(full(), marks={"4010232137": ShieldMark.said("s", 1, placed=False)})
    shown = published(child, lambda _: TEAM)
    assert isinstance(shown, RecordPublished)
    assert shown.identity.addresses


def test_however_many_sensitive_involvements_there_are_they_show_as_one_without_details() -> None:
    body = encode(announcements(full(), lambda _: TEAM)[0]).decode()
    assert body.count("a sensitive service is involved") == 1
    assert "0161 496 0002" in body
    for word in ("Clinic", "mental-health", "consent"):
        assert word not in body


def test_a_withdrawn_child_and_a_superseded_number_are_published_as_removed() -> None:
    gone = replace(a_child(SourceRecord("school/1", 2, clock.now(), None)), seen=True)
    assert isinstance(published(gone, lambda _: TEAM), RecordRemoved)
    merged = replace(full(), sources=(), superseded_by="4010232145")
    removed = published(merged, lambda _: TEAM)
    assert isinstance(removed, RecordRemoved)
    assert removed.superseded_by == "4010232145"


def test_nothing_is_said_of_a_held_child_that_nobody_has_seen_and_one_that_was_seen_looks_withdrawn() -> None:
    doubt = Doubt("school/1", "gp/9", 3.0, False, None, True, "1", clock.now())
    held = replace(full(), doubts={doubt.pair: doubt}, supersedes={"4010232145": 7})
    assert announcements(held, lambda _: TEAM) == []
    told = published(replace(held, seen=True), lambda _: TEAM)
    assert isinstance(told, RecordRemoved)
    assert told.reason == "withdrawn"


def test_the_numbers_a_record_superseded_are_announced_with_it_every_time() -> None:
    child = replace(full(), supersedes={"4010232145": 7})
    told = announcements(child, lambda _: TEAM)
    assert [(each.child_number, each.revision) for each in told] == [("4010232137", 3), ("4010232145", 7)]


def test_every_golden_field_tells_its_sources_and_the_newest_statement_wins() -> None:
    child = a_child(record("gp", 1, given="Amelie"), record("school", 2, given="Amelia"))
    golden = assemble(child.live)
    assert golden.names[0].value.given == "Amelia"
    assert golden.names[0].sources == ("school/1",)
    assert golden.names[1].value.use == "known-as"
    assert set(golden.date_of_birth.sources) == {"gp/1", "school/1"}


@pytest.mark.parametrize("newest", ["1900-01-01", "2015-01-01"])
def test_a_birth_date_that_says_less_gives_way_however_new_it_is(newest: str) -> None:
    clear, vague = record("gp", 1, born="2015-04-09"), record("school", 2, born=newest)
    for records in ((clear, vague), (vague, clear)):
        born = assemble(records).date_of_birth
        assert (born.value, born.sources) == (date(2015, 4, 9), ("gp/1",))
    another = record("gp", 1, born="2014-04-09")
    assert assemble((another, record("school", 2, born="2015-01-01"))).date_of_birth.value == date(2015, 1, 1)


def test_the_same_sources_give_the_same_golden_record_in_any_order() -> None:
    one, other = record("gp", 1, given="Amelie"), record("school", 1, given="Amelia")
    forth, back = assemble((one, other)), assemble((other, one))
    assert forth == back


def test_of_a_shielded_child_it_is_said_that_it_may_be_found_and_not_where_it_lives() -> None:
    child = replace(full(), marks={"4010232137": ShieldMark.said("s", 0, placed=True)}, findable=True)
    body = json.loads(encode(announcements(child, lambda _: TEAM)[0]))
    assert body.pop("findable") is True
    assert set(body) == {"type", "child_number", "revision", "shielded", "redacted_under", "identity"}
    open_ = json.loads(encode(announcements(replace(full(), findable=True), lambda _: TEAM)[0]))
    assert "findable" not in open_


def test_what_is_hidden_says_as_of_which_shield_of_any_of_its_numbers_and_what_is_open_says_nothing() -> None:
    lifted_and_shielded_again = ShieldMark.said("s1", 5, placed=False) | ShieldMark.said("s2", 7, placed=True)
    other = ShieldMark.said("s3", 6, placed=True) | ShieldMark.said("s4", 9, placed=False)
    child = replace(full(), marks={"4010232137": lifted_and_shielded_again, "4010232145": other}, seen=True)
    gone = replace(child, sources=(SourceRecord("school/1", 2, clock.now(), None),))
    for each in (child, gone):
        told = published(each, lambda _: TEAM)
        assert told is not None
        assert told.redacted_under == 7
    lifted = {"4010232137": other | ShieldMark.said("s3", 8, placed=False)}
    open_ = published(replace(full(), marks=lifted), lambda _: TEAM)
    assert open_ is not None
    assert open_.redacted_under is None
