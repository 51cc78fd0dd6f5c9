"""The many children in the store beforehand: as the registry would keep them, and nobody's numbers twice."""

from __future__ import annotations

from collections import Counter
from multiprocessing.shared_memory import SharedMemory

import pytest

from bench.crowd import ONE_SHIELDED_IN
from bench.stored import Keys, made_up
from runtime import clock
from services.registry.candidates import CAP
from services.registry.documents import Document, child_of
from services.registry.sources import arrived
from tests.children import somewhere
from tests.registry.settled import Area, change

CHILDREN = 2 * ONE_SHIELDED_IN


@pytest.fixture(scope="module")
def parts() -> list[list[Document]]:
    """Two parts of the children, as two processes make them up."""
    slots = SharedMemory(create=True, size=2**20)
    try:
        return [made_up(range(first, first + CHILDREN), slots.name) for first in (0, CHILDREN)]
    finally:
        slots.close()
        slots.unlink()


def test_some_are_shielded_and_nobody_has_anothers_references_or_numbers(parts: list[list[Document]]) -> None:
    assert [sum("wide_keys" in each for each in part) for part in parts] == [2, 2]
    references = Counter(key for part in parts for each in part for key in each["source_keys"])
    holders = Counter(number for part in parts for each in part for number in national_numbers(each))
    assert len(holders) > CHILDREN
    assert max(references.values()) == max(holders.values()) == 1


def national_numbers(document: Document) -> set[str]:
    people = (each.likeness.person for each in child_of(document).live)
    return {number for person in people for number in person.strong}


def test_who_comes_to_a_full_key_is_kept_under_the_keys_under_which_the_registry_keeps_it() -> None:
    area, keys = Area(), Keys(memoryview(bytearray(2**20)))
    address = somewhere("shared")
    for at in range(CAP + 5):
        came = change("gp", ref=f"r{at}", addresses=[address])
        area.settle(came)
        (kept,) = keys.given([arrived(came, clock.now()).record])
        (settled,) = (each for each in area.of(kept.key).live if each.key == kept.key)
        assert kept.keys == settled.keys
        assert any("/" in key for key in kept.keys) is (at >= CAP)
