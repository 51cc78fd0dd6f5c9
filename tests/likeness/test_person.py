"""A person can be packed away and comes back as it was."""

from __future__ import annotations

import orjson
from hypothesis import given

from likeness.person import Person, pack, unpack
from tests.likeness.persons import persons


@given(persons())
def test_what_is_packed_comes_back_as_it_was(person: Person) -> None:
    assert unpack(orjson.loads(orjson.dumps(pack(person)))) == person


@given(persons())
def test_nothing_personal_is_in_a_repr(person: Person) -> None:
    shown = repr((person, person.names, person.homes, person.carers))
    assert not any(word in shown for name in person.names for word in (*name.given, *name.family) if len(word) > 5)
