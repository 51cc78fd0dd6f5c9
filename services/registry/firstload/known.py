"""What the store holds before a first load: other authorities' children, shielded ones among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from services.registry.documents import keys_of
from services.registry.firstload.reading import Folded, Progress
from services.registry.firstload.workspace import Workspace

if TYPE_CHECKING:
    from services.registry.store import Records

_CHUNK = 1000


async def note_known(work: Workspace, records: Records, progress: Progress) -> None:
    """Note all children that the store holds now, with the words by which they are found."""
    if work.done("known"):
        return
    known = Known()
    with work.step("known", done=True):
        async for document in records.everything():
            known.take(document)
            if len(known.revisions) == _CHUNK:
                known.flush(work)
                progress("reading the store", known.records, 0)
        known.flush(work)


class Known:
    """Rows of what the store holds; ids begin with 1."""

    def __init__(self) -> None:
        self.records = 0
        self.revisions: list[tuple[str, int]] = []
        self._rows = Folded()

    def take(self, document: Mapping[str, Any]) -> None:
        """A child's document, as far as it is read."""
        number, shielded = document["_id"], "wide_keys" in document
        self.revisions.append((number, document["revision"]))
        for source in document["sources"]:
            self.records += 1
            live = "like" in source
            alike = (source.get("like"), source.get("formers", []), source.get("refused", []))
            self._rows.records.append((self.records, source["key"], number, shielded, live, *alike, None))
            self._rows.keys += [(word, self.records, False) for word in keys_of(source) if live]
        # A child is compared whole, a shielded one also as it was: it is enough that one of its records is found.
        self._rows.wide += [(word, self.records, True) for word in document.get("wide_keys", ())]

    def flush(self, work: Workspace) -> None:
        """Hand the rows over."""
        work.add("known", self.revisions)
        work.add("records", self._rows.records)
        work.add("keys", self._rows.keys)
        work.add("wide", self._rows.wide)
        self.revisions, self._rows = [], Folded()
