"""A child is found by what people know of it: a nickname, a sound, names or digits the wrong way round."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.child_number import new_child_number
from contracts.records import PublishedIdentity, RecordPublished
from services.search.answers import Answer, Known, to_search
from services.search.criteria import Criteria
from services.search.documents import query
from services.search.index import Index
from services.search.scopes import Scope

BORN = "2015-04-09"
SCOPE = Scope(frozenset({"northshire"}))
ELIZABETH = {"given": "Elizabeth Rose", "family": "Okafor"}


def child(
    *names: dict[str, str], born: str = BORN, revision: int = 1, number: str | None = None
) -> RecordPublished:
    """A record; more than one name makes the others former ones."""
    said = {
        "names": [{**name, "use": "former" if at else "current"} for at, name in enumerate(names)],
        "date_of_birth": born,
        "gender": "female",
    }
    identity = PublishedIdentity.model_validate(said, strict=False)
    shielded = revision > 1
    # Of a shielded child it is said that it may be found, of every other where.
    where: dict[str, Any] = {"findable": True} if shielded else {"responsible_authority": "northshire"}
    return RecordPublished(
        child_number=number or new_child_number(),
        revision=revision,
        shielded=shielded,
        identity=identity,
        **where,
    )


async def keep(index: Index, *records: RecordPublished) -> None:
    await index.keep(records, await index.targets())
    await index.refresh()


async def search(index: Index, hidden: tuple[str, ...] = (), **asked: Any) -> Answer:
    """What a practitioner is answered, while nobody else is shielded."""
    criteria = Criteria.model_validate(asked)
    hits = await index.search(query(criteria, hidden, SCOPE.authorities))
    return to_search(criteria, hits, SCOPE, Known(trusted=True, fenced=lambda _: False, holds=lambda *_: False))


@pytest.mark.parametrize(
    "asked",
    [
        {"given": "Elizabeth", "family": "Okafor", "date_of_birth": BORN},
        {"given": "Beth", "family": "Okafor", "date_of_birth": BORN},
        {"given": "Elisabet", "family": "Okafor", "date_of_birth": BORN},
        {"given": "Elizabeth", "family": "Okkaffor", "date_of_birth": BORN},
        {"given": "Okafor", "family": "Elizabeth", "date_of_birth": BORN},
        {"given": "Elizabeth", "family": "Okafor", "date_of_birth": "2015-09-04"},
        {"given": "Elizabeth", "family": "Okafor", "date_of_birth": "2051-04-09"},
        {"given": "Beth", "family": "Okaffor", "date_of_birth": "2015-09-04"},
        {"given": "Elizabeth", "family": "Okafor-Ward", "date_of_birth": BORN},
        {"family": "Okaffor", "date_of_birth": BORN},
        {"given": "Lizzie", "family": "Okafor", "date_of_birth_range": {"from": "2014-09-01", "to": "2015-08-31"}},
    ],
)
async def test_a_child_is_found_by_what_people_know_of_it(index: Index, asked: dict[str, Any]) -> None:
    wanted = child(ELIZABETH)
    await keep(index, wanted, child({"given": "Zbigniew", "family": "Ward"}))
    assert (await search(index, **asked)).child_numbers == (wanted.child_number,)


@pytest.mark.parametrize(
    "asked",
    [
        {"given": "Zuleika", "family": "Okafor", "date_of_birth": BORN},
        {"given": "Elizabeth", "family": "Ward", "date_of_birth": BORN},
        {"given": "Elizabeth", "family": "Okafor", "date_of_birth": "2014-04-09"},
        {"given": "Elizabeth", "family": "Okafor", "date_of_birth": BORN, "gender": "male"},
        {"family": "Elizabeth", "date_of_birth": BORN},
    ],
)
async def test_who_is_clearly_somebody_else_is_not_found(index: Index, asked: dict[str, Any]) -> None:
    await keep(index, child(ELIZABETH))
    assert (await search(index, **asked)).outcome == "none"


async def test_whoever_is_exactly_who_was_asked_for_comes_first_and_is_shown_however_many_sound_alike(
    index: Index,
) -> None:
    exact = child(ELIZABETH)
    await keep(index, exact, *(child({"given": "Elizabet", "family": "Okaffor"}) for _ in range(11)))
    asked = {"given": "Elizabeth", "family": "Okafor", "date_of_birth": BORN}
    assert (await search(index, **asked)).child_numbers == (exact.child_number,)
    await keep(index, *(child(ELIZABETH) for _ in range(10)))
    assert (await search(index, **asked)).outcome == "too-many"


@pytest.mark.parametrize("asked", ["Abernathy", "Abernethy"])
async def test_a_former_name_of_a_shielded_child_finds_nobody_however_it_is_spelt(
    index: Index, asked: str
) -> None:
    former = {"given": "Elizabeth", "family": "Abernathy"}
    before = child(ELIZABETH, former)
    await keep(index, before)
    wanted = {"given": "Elizabeth", "family": asked, "date_of_birth": BORN}
    assert (await search(index, **wanted)).outcome == "matches"
    assert (await search(index, (before.child_number,), **wanted)).outcome == "none"
    await keep(index, child(ELIZABETH, revision=2, number=before.child_number))
    assert (await search(index, **wanted)).outcome == "none"


async def test_an_index_that_is_there_learns_the_fields_that_have_come_since(index: Index) -> None:
    (name,) = await index.targets()
    await index.client.indices.delete(index=name)
    await index.client.indices.create(
        index=name,
        aliases={index.alias: {}},
        mappings={"dynamic": "strict", "properties": {"child_number": {"type": "keyword"}}},
    )
    await index.prepare()
    await keep(index, wanted := child(ELIZABETH))
    found = await search(index, given="Beth", family="Okafor", date_of_birth=BORN)
    assert found.child_numbers == (wanted.child_number,)
