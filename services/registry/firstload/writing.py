"""Children written straight into the store and published, chunk by chunk, whatever others do there meanwhile.

The rule is the incremental way's: what is about to be kept is noted as an intention, kept, looked at again where
somebody else was at work, and only then published. So nobody is shown a child before it was checked against the
shields.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import bson

from contracts.child_number import new_child_number
from runtime.delivery import ContentionError
from services.registry.announcing import Announcer
from services.registry.children import ChildRecord
from services.registry.documents import child_of, document_of
from services.registry.firstload.reading import OPTIONS, Progress, changes_of
from services.registry.firstload.workspace import Workspace
from services.registry.intentions import Intention, Tally
from services.registry.keeping import InForce, Keeper
from services.registry.settling import Settling
from services.registry.sources import Arrival
from services.registry.wanted import Wanted

if TYPE_CHECKING:
    from services.registry.store import Records

_ATTEMPTS = 5
_BATCH = 500

_WRITTEN = "SELECT number, revision FROM known UNION ALL SELECT number, 1 FROM children WHERE chunk < ?"

_UNCHANGED = """SELECT number, revision FROM known WHERE number IN (SELECT unnest($1::VARCHAR[]))
UNION ALL SELECT number, 1 FROM children WHERE chunk <= $2 AND number IN (SELECT unnest($1::VARCHAR[]))"""


class Writing:
    """Writes what a workspace has settled; ``in_force`` are the shields as this process has read them."""

    def __init__(
        self, work: Workspace, records: Records, keeper: Keeper, announcer: Announcer, in_force: InForce
    ) -> None:
        self._work = work
        self._records = records
        self._keeper = keeper
        self._announcer = announcer
        self._in_force = in_force
        self._watch = Tally({}, "")

    async def write(self, progress: Progress) -> None:
        """Write the children that concern nobody else."""
        start = (self._work.state("write") or {"chunk": 0})["chunk"]
        chunks = self._work.count("SELECT max(chunk) + 1 FROM children")
        # From here on whatever others begin is seen; what they did before, by what they have changed.
        self._watch = await self._records.tally()
        changed = await self._changed(start)
        for chunk in range(start, chunks):
            await self._keep(chunk, changed=changed)
            with self._work.step("write", {"chunk": chunk + 1}):
                pass
            progress("writing", chunk + 1, chunks)

    async def _keep(self, chunk: int, *, changed: bool) -> None:
        rows = self._work.rows("SELECT document FROM children WHERE chunk = ?", chunk)
        children = [child_of(bson.decode(document, OPTIONS)) for (document,) in rows]
        intention = await self._begin(children)
        there: list[ChildRecord] = []
        if changed or await self._crossed():
            there = await self._also_there(children)
        children = await self._insert(chunk, [child for child in children if child not in there], intention)
        if changed or await self._crossed():
            children = await self._look_again(chunk, children)
        await self._announcer.publish(children)
        if there:
            await self._settle(self._changes_to(_keys(there)))
        await self._records.fulfil(intention)

    async def settle_apart(self, progress: Progress) -> None:
        """Settle change by change what concerns children that the store held before."""
        ids = [id_ for (id_,) in self._work.rows("SELECT id FROM islands WHERE apart ORDER BY id")]
        start = (self._work.state("apart") or {"done": 0})["done"]
        for at in range(start, len(ids), _BATCH):
            part = ids[at : at + _BATCH]
            arrivals = list(changes_of(self._work, "SELECT unnest(?)", part))
            await self._settle(arrivals)
            with self._work.step("apart", {"done": at + len(part)}):
                pass
            progress("settling change by change", at + len(part), len(ids))

    async def _settle(self, arrivals: list[Arrival]) -> None:
        keys = {each.key for each in arrivals}
        settled = await self._keeper.settle(lambda all_: all_.settle(arrivals), Wanted(sources=keys))
        await self._announcer.announce(settled)

    async def _begin(self, children: Sequence[ChildRecord]) -> Intention:
        """Should this process die, a registry process looks again and announces what was kept by then."""
        intention = Intention.new(_keys(children), {child.number for child in children})
        await self._records.intend(intention)
        return intention

    async def _crossed(self) -> bool:
        """Whether anybody but this load has kept something since it began to write."""
        return (await self._records.tally()).crossed(self._watch)

    async def _insert(self, chunk: int, children: list[ChildRecord], intention: Intention) -> list[ChildRecord]:
        """Write the children, unless they are there from an attempt before; returns them as they are then."""
        for _ in range(_ATTEMPTS):
            there = {child.number: child for child in await self._records.get([c.number for c in children])}
            mine = [there[c.number] for c in children if _is(there.get(c.number), c)]
            new = self._numbered(chunk, [c for c in children if not _is(there.get(c.number), c)], set(there))
            crossed = await self._records.keep([new], {}, intention)
            await self._records.count()
            if not crossed:
                return [*mine, *new]
            children = [*mine, *new]
        raise ContentionError

    def _numbered(self, chunk: int, children: list[ChildRecord], taken: set[str]) -> list[ChildRecord]:
        """The children, with another number where theirs is somebody else's; it is noted before it is used."""
        numbered = []
        for child in children:
            if child.number in taken or self._in_force(child.number):
                before, child = child, replace(child, number=new_child_number())  # noqa: PLW2901 - it is that child
                with self._work.step("write", {"chunk": chunk}):
                    self._work.run(
                        "UPDATE children SET number = $number, document = $document WHERE document = $before",
                        number=child.number,
                        document=bson.encode(document_of(child)),
                        before=bson.encode(document_of(before)),
                    )
            taken.add(child.number)
            numbered.append(child)
        return numbered

    async def _also_there(self, children: Sequence[ChildRecord]) -> list[ChildRecord]:
        """Which of the children have a source record that has come to the store by the stream meanwhile."""
        numbers = {child.number for child in children}
        seen = await self._records.glance(Wanted(sources=set(_keys(children))))
        keys = _keys(await self._records.get(seen.keys() - numbers))
        return [child for child in children if any(record.key in keys for record in child.sources)]

    def _changes_to(self, keys: Collection[str]) -> list[Arrival]:
        query = "SELECT id FROM records WHERE key IN (SELECT unnest(?::VARCHAR[])) AND number IS NULL"
        return list(changes_of(self._work, query, sorted(keys)))

    async def _changed(self, start: int) -> bool:
        """Whether anything in the store is not as it was noted, or as this load has written it up to ``start``.

        The number of a child that is yet to be written may be somebody else's by now.
        """
        before: dict[str, int] = dict(self._work.rows(_WRITTEN, start))
        async for number, revision in self._records.all_revisions():
            if before.get(number) != revision:
                return True
        return False

    async def _look_again(self, chunk: int, children: list[ChildRecord]) -> list[ChildRecord]:
        """Settle the children's records once more where somebody else has been near meanwhile."""
        keys = _keys(children)
        seen = await self._records.glance(_seekers(children))
        unchanged = set(self._work.rows(_UNCHANGED, list(seen), chunk))
        news = {number for number, revision in seen.items() if (number, revision) not in unchanged}
        if not news:
            return children
        arrivals = self._changes_to(keys)

        def act(settling: Settling) -> None:
            settling.look_again(keys, news)
            # Of a source record that came here and elsewhere, no version must be forgotten.
            settling.settle(arrivals)

        settled = await self._keeper.settle(act, Wanted(numbers=news, sources=set(keys)))
        await self._announcer.announce(settled)
        return await self._records.get([child.number for child in children])


def _keys(children: Iterable[ChildRecord]) -> frozenset[str]:
    return frozenset(record.key for child in children for record in child.sources)


def _is(there: ChildRecord | None, child: ChildRecord) -> bool:
    """Whether what the store has is this child, whatever has happened to it since it was written."""
    return there is not None and there.history[0] == child.history[0]


def _seekers(children: Sequence[ChildRecord]) -> Wanted:
    wanted = Wanted()
    for child in children:
        wanted.sources |= {record.key for record in child.sources}
        for record in child.live:
            # Under what it is kept itself, too: who comes to a full key meanwhile is kept under finer ones.
            wanted.keys |= dict.fromkeys(record.likeness.seek_keys | record.keys)
            wanted.wide |= {key: None for like in record.likenesses for key in like.wide_keys}
    return wanted
