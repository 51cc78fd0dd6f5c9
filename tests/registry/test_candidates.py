"""Records that may be one child find each other by their keys, whichever comes first."""

from __future__ import annotations

from hypothesis import given

from likeness.person import Person
from services.registry.candidates import index_keys, seek_keys, wide_keys, wide_seek_keys
from tests.likeness.persons import persons


@given(persons(), persons())
def test_one_finds_the_other_exactly_when_the_other_finds_it(one: Person, other: Person) -> None:
    assert seek_keys(one).isdisjoint(index_keys(other)) == seek_keys(other).isdisjoint(index_keys(one))


@given(persons(), persons())
def test_whoever_is_found_for_a_join_is_found_for_a_hold(one: Person, other: Person) -> None:
    if not seek_keys(one).isdisjoint(index_keys(other)):
        assert not wide_keys(one).isdisjoint(wide_keys(other))
        assert not wide_seek_keys(one).isdisjoint(index_keys(other))
