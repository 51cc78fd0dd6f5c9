"""What the bench says of a child as a source is compared as the child is."""

from __future__ import annotations

from bench.holds import cast
from bench.twins import details_of
from likeness.comparable import person_of


def test_a_person_told_of_by_a_source_is_compared_as_that_person() -> None:
    them = cast(20, 100)
    people = [*them.shielded, *them.unrelated, *(form for _, form in them.forms)]
    assert len(people) > 250
    assert [at for at, each in enumerate(people) if person_of(details_of(each)) != each] == []
