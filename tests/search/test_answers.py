"""What a practitioner may ask, how it is asked of the index, and what is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from contracts.child_number import new_child_number
from contracts.children import Contact
from contracts.records import PublishedIdentity, RecordPublished
from runtime.overlay import Overlay
from services.search.answers import Answer, Known, to_search, to_view
from services.search.criteria import Criteria, suffices
from services.search.documents import ASKED_FOR, Hit, query
from tests.search.scopes import EVERYWHERE

NUMBER = "4010232137"
OTHER = "9434765919"
TEAM = (Contact(kind="phone", value="0161 496 0001"),)


def criteria(**given: Any) -> Criteria:
    """Criteria as they come in a request."""
    return Criteria.model_validate(given)


def hit(
    number: str = NUMBER,
    *,
    shielded: bool = False,
    supersedes: tuple[str, ...] = (),
    authority: str | None = None,
) -> Hit:
    """A record in the index."""
    identity = PublishedIdentity.model_validate(
        {
            "names": [{"given": "Amelia", "family": "Okafor"}],
            "date_of_birth": "2015-04-09",
            "gender": "female",
            **({} if shielded else {"addresses": [{"postcode": "NW7 4QT"}]}),
        },
        strict=False,
    )
    record = RecordPublished(
        child_number=number, revision=1, shielded=shielded, identity=identity, responsible_authority=authority
    )
    return Hit(record, supersedes)


def known(*shielded: str, trusted: bool = True, withheld: Mapping[str, int] | None = None) -> Known:
    """A process's knowledge: who is shielded, whose records of before which revision are withheld."""
    overlay = Overlay(withheld=dict(withheld or {}))
    for number in shielded:
        overlay.take(0, number, "s", lifted=False)
    return Known(trusted, overlay.any, overlay.holds)


ENOUGH = [
    {"child_number": NUMBER},
    {"identifier": {"system": "nhs-number", "value": "9990000018"}},
    {"family": "Okafor", "given": "Amelia", "date_of_birth": "2015-04-09"},
    {"family": "O", "given": "A", "date_of_birth_range": {"from": "2014-01-01", "to": "2016-01-01"}},
    {"family": "Okafor", "date_of_birth": "2015-04-09"},
    {"given": "Amelia", "date_of_birth": "2015-04-09", "postcode": "NW7 4QT"},
]
TOO_LITTLE = [
    {},
    {"family": "Okafor"},
    {"family": "Okafor", "given": "Amelia"},
    {"family": "Okafor", "given": "Amelia", "date_of_birth_range": {"from": "2010-01-01", "to": "2016-01-01"}},
    {"family": "Okafor", "postcode": "NW7 4QT"},
    {"date_of_birth": "2015-04-09", "postcode": "NW7 4QT"},
    {"family": "*", "given": "%", "date_of_birth": "2015-04-09"},
    {"given": "Amelia", "date_of_birth": "2015-04-09"},
    {"identifier": {"system": "nhs-number", "value": "*"}},
]


@pytest.mark.parametrize("given", ENOUGH)
def test_each_sufficient_set_of_criteria_is_enough(given: dict[str, Any]) -> None:
    assert suffices(criteria(**given))


@pytest.mark.parametrize("given", TOO_LITTLE)
def test_anything_less_is_trawling(given: dict[str, Any]) -> None:
    assert not suffices(criteria(**given))


def test_children_being_hidden_are_excluded_inside_the_query_but_for_their_number_alone() -> None:
    by_postcode = query(criteria(given="A", date_of_birth="2015-04-09", postcode="NW7"), [NUMBER], ["northshire"])
    assert {"terms": {"child_number": [NUMBER]}} in by_postcode["query"]["bool"]["must_not"]
    assert {"terms": {"supersedes": [NUMBER]}} in by_postcode["query"]["bool"]["must_not"]
    with_more = query(criteria(child_number=NUMBER, postcode="NW7 4QT"), [NUMBER], ["northshire"])
    assert {"terms": {"child_number": [NUMBER]}} in with_more["query"]["bool"]["must_not"]
    alone = query(criteria(child_number=NUMBER), [NUMBER], ["northshire"])
    assert alone["query"]["bool"]["must_not"] == [{"term": {"removed": True}}]


def test_a_child_fenced_while_the_query_ran_is_dropped_from_its_results() -> None:
    asked = criteria(given="Amelia", date_of_birth="2015-04-09", postcode="NW7 4QT")
    shown = to_search(asked, [hit(), hit(OTHER)], EVERYWHERE, known(NUMBER))
    assert shown.child_numbers == (OTHER,)


@pytest.mark.parametrize("given", ENOUGH[1:])
@pytest.mark.parametrize(
    "hits", [[], [hit()], [hit(shielded=True)]], ids=["nobody", "somebody", "a shielded child"]
)
def test_a_search_whose_lease_ran_out_while_it_ran_says_nothing_of_whom_it_found(
    given: dict[str, Any], hits: list[Hit]
) -> None:
    shown = to_search(criteria(**given), hits, EVERYWHERE, known(trusted=False))
    assert shown == Answer("shields-unknown", {})


def test_a_search_by_the_number_alone_needs_no_lease_to_find_and_restricts() -> None:
    shown = to_search(criteria(child_number=NUMBER), [hit()], EVERYWHERE, known(trusted=False))
    assert (shown.child_numbers, shown.restricted) == ((NUMBER,), (NUMBER,))


def test_a_fenced_child_is_still_found_by_its_number_and_restricted() -> None:
    shown = to_search(criteria(child_number=NUMBER), [hit()], EVERYWHERE, known(NUMBER))
    assert (shown.child_numbers, shown.restricted) == ((NUMBER,), (NUMBER,))


def test_a_fenced_child_fenced_under_a_number_it_superseded_is_dropped_too() -> None:
    asked = criteria(family="Okafor", date_of_birth="2015-04-09")
    assert to_search(asked, [hit(supersedes=(OTHER,))], EVERYWHERE, known(OTHER)).outcome == "none"


def test_more_than_ten_matches_show_none_and_say_so() -> None:
    asked = criteria(family="Okafor", date_of_birth="2015-04-09")
    shown = to_search(asked, [hit()] * 11, EVERYWHERE, known())
    assert shown.body == {"outcome": "too-many", "matches": []}
    assert shown.child_numbers == ()


def test_who_was_fenced_while_the_query_ran_is_not_counted_among_too_many() -> None:
    asked = criteria(family="Okafor", date_of_birth="2015-04-09")
    others = [hit(number=new_child_number()) for _ in range(10)]
    shown = to_search(asked, [*others, hit()], EVERYWHERE, known(NUMBER))
    assert shown.body == to_search(asked, others, EVERYWHERE, known()).body
    assert len(shown.body["matches"]) == 10


def test_where_nobody_knows_how_many_more_there_are_it_is_too_many() -> None:
    asked = criteria(family="Okafor", date_of_birth="2015-04-09")
    hits = [hit(number=new_child_number()) for _ in range(ASKED_FOR)]
    hidden = known(*(each.record.child_number for each in hits[:-1]))
    assert to_search(asked, hits, EVERYWHERE, hidden).outcome == "too-many"


def test_a_restricted_hit_carries_nothing_that_differs_by_what_is_hidden() -> None:
    asked = criteria(child_number=NUMBER)
    redacted = to_search(asked, [hit(shielded=True)], EVERYWHERE, known(NUMBER))
    not_yet = to_search(asked, [hit()], EVERYWHERE, known(NUMBER))
    assert redacted.body == not_yet.body


@pytest.mark.parametrize(
    ("of", "trusted", "shields"),
    [(hit(shielded=True), True, ()), (hit(), True, (NUMBER,)), (hit(), False, ()), (hit(), True, (OTHER,))],
)
def test_a_view_without_a_lease_or_of_a_shielded_child_shows_the_visible_fields_only(
    of: Hit, trusted: bool, shields: tuple[str, ...]
) -> None:
    asked = OTHER if OTHER in shields else NUMBER
    shown = to_view(of, asked, EVERYWHERE, known(*shields, trusted=trusted), central_team=TEAM)
    assert set(shown.body) == {"child_number", "name", "date_of_birth", "gender", "restricted", "central_team"}
    assert shown.restricted == (NUMBER,)


@pytest.mark.parametrize(
    "asked", [criteria(child_number=NUMBER), criteria(family="Okafor", date_of_birth="2015-04-09")]
)
def test_a_record_that_is_withheld_is_as_if_it_were_not_there_until_a_later_revision_is_published(
    asked: Criteria,
) -> None:
    before, after = known(withheld={NUMBER: 2}), known(withheld={NUMBER: 1})
    assert to_search(asked, [hit()], EVERYWHERE, before) == to_search(asked, [], EVERYWHERE, known())
    assert to_search(asked, [hit()], EVERYWHERE, after).outcome == "matches"
    nothing = to_view(None, NUMBER, EVERYWHERE, known(), central_team=TEAM)
    assert to_view(hit(), NUMBER, EVERYWHERE, before, central_team=TEAM) == nothing
    assert to_view(hit(), NUMBER, EVERYWHERE, after, central_team=TEAM).outcome == "shown"


def test_a_view_under_the_lease_shows_the_record() -> None:
    shown = to_view(hit(), NUMBER, EVERYWHERE, known(), central_team=TEAM)
    assert shown.body["identity"]["addresses"] == [{"lines": [], "postcode": "NW7 4QT", "use": "home"}]
