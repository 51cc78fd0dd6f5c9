"""The index keeps the newest of each record, however its versions come, on real Elasticsearch."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from contracts.child_number import new_child_number
from contracts.records import PublishedIdentity, RecordPublished, RecordRemoved
from deploy.engines import Engines
from services.search.index import Index
from services.search.settings import ElasticsearchSettings


@pytest.fixture(scope="module")
async def index(engines: Engines) -> AsyncIterator[Index]:
    """An index of the module's own."""
    made = Index(ElasticsearchSettings(url=engines.endpoints.elasticsearch, prefix=f"t-{uuid4()}-"))
    await made.prepare()
    yield made
    for name in await made.targets():
        await made.client.indices.delete(index=name)
    await made.close()


def published(number: str, revision: int, *, shielded: bool = False) -> RecordPublished:
    """A record, told from its other revisions by its family name."""
    said = {"names": [{"family": f"Okafor {revision}"}], "date_of_birth": "2015-04-09", "gender": "female"}
    identity = PublishedIdentity.model_validate(said, strict=False)
    return RecordPublished(child_number=number, revision=revision, shielded=shielded, identity=identity)


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one after another"])
@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
async def test_the_newest_revision_stays_whatever_comes_after_it(
    index: Index, order: tuple[int, ...], together: bool
) -> None:
    number = new_child_number()
    records = [published(number, revision, shielded=revision == 3) for revision in order]
    for batch in [records] if together else [[record] for record in records]:
        await index.keep(batch, await index.targets())
    hit = await index.get(number)
    assert hit is not None
    assert (hit.record.revision, hit.record.shielded) == (3, True)


async def test_a_removed_record_stays_removed_when_an_older_message_comes_again(index: Index) -> None:
    number = new_child_number()
    targets = await index.targets()
    await index.keep([RecordRemoved(child_number=number, revision=2, reason="withdrawn")], targets)
    await index.keep([published(number, 1)], targets)
    assert await index.get(number) is None
