"""Whose children somebody may find follows from how far authorities are open; what is not known is not open."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.records import PublishedIdentity, RecordPublished
from runtime.opening import Opening
from services.search.documents import document, query
from services.search.scopes import Scope, scope_of
from tests.search.test_answers import criteria

LIVE = frozenset({"northshire"})


def opening() -> Opening:
    """One authority live, one open to its officers, each with a school admitted."""
    made = Opening()
    made.set_stage("northshire", "live")
    made.set_stage("westvale", "shielding")
    made.admit("northshire", "mill-lane", admitted=True)
    made.admit("westvale", "early", admitted=True)
    return made


def record(**more: Any) -> RecordPublished:
    """A record in the index."""
    said = {"names": [{"family": "Okafor"}], "date_of_birth": "2015-04-09", "gender": "female"}
    identity = PublishedIdentity.model_validate(said, strict=False)
    return RecordPublished(child_number="4010232137", revision=1, **{"shielded": False, **more}, identity=identity)


@pytest.mark.parametrize(
    ("roles", "organisation", "authority", "expected"),
    [
        ({"practitioner"}, "mill-lane", "northshire", LIVE),
        ({"practitioner"}, "mill-lane", None, LIVE),
        ({"practitioner"}, "early", "westvale", None),
        ({"practitioner"}, "nobody-knows", "northshire", None),
        ({"practitioner"}, None, "northshire", None),
        ({"shield-officer"}, None, "westvale", LIVE | {"westvale"}),
        ({"shield-officer"}, "mill-lane", "farfield", None),
        ({"shield-officer"}, "mill-lane", None, None),
        ({"data-manager"}, "mill-lane", "northshire", None),
    ],
)
def test_somebody_may_find_children_of_authorities_that_are_open_to_them(
    roles: set[str], organisation: str | None, authority: str | None, expected: frozenset[str] | None
) -> None:
    scope = scope_of(roles, organisation, authority, opening())
    assert (scope and scope.authorities) == expected


def test_an_organisation_that_is_dismissed_is_let_in_no_more() -> None:
    made = opening()
    made.admit("northshire", "mill-lane", admitted=False)
    made.admit("northshire", "mill-lane", admitted=False)
    assert scope_of({"practitioner"}, "mill-lane", "northshire", made) is None


def test_a_record_is_covered_by_its_authority_and_a_shielded_one_by_what_the_registry_says() -> None:
    scope = Scope(LIVE)
    assert scope.covers(record(responsible_authority="northshire"))
    assert not scope.covers(record(responsible_authority="westvale"))
    assert not scope.covers(record())
    assert not scope.covers(record(findable=True))
    assert scope.covers(record(shielded=True, findable=True))
    assert not scope.covers(record(shielded=True))


def test_those_out_of_scope_are_excluded_inside_the_query() -> None:
    asked = query(criteria(child_number="4010232137"), [], LIVE)
    either = [{"terms": {"authority": ["northshire"]}}, {"term": {"findable": True}}]
    assert {"bool": {"should": either, "minimum_should_match": 1}} in asked["query"]["bool"]["filter"]
    assert document(record(responsible_authority="northshire"))["authority"] == "northshire"
    assert "authority" not in document(record(shielded=True, findable=True))
    assert document(record(shielded=True, findable=True))["findable"] is True
