"""Hands for tests of first loads: running one, and telling what is in the store and in the index afterwards."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from contracts.codec import read
from contracts.sources import SOURCE_CHANGES
from deploy.stack import ROOT
from runtime import clock
from services.registry.children import ChildRecord
from services.registry.documents import Document
from services.registry.keeping import Keeper
from services.registry.redaction import published
from services.registry.sources import arrived
from services.registry.wanted import Wanted
from tests.children import address, somebody, supplied
from tests.registry.memory import IndexedRecords
from tests.registry.settled import POLICY
from tests.world import World

CROWD = "crowd-"
_BATCH = 500


class Loading:
    """A first load by its own process, as its operator starts it."""

    def __init__(self, world: World, file: Path, work: Path) -> None:
        self._world = world
        self._command = [sys.executable, "-m", "services.registry", "first-load", str(file), "--work", str(work)]

    def run(self) -> dict[str, Any]:
        """Run it to its end; returns its report."""
        return next(said["report"] for said in self._said(None) if "report" in said)

    def kill_at(self, stage: str) -> None:
        """Run it, and kill it as soon as it says that it is at a stage."""
        assert any(said.get("stage") == stage for said in self._said(stage)), f"{stage} was never reached"

    def _said(self, kill_at: str | None) -> Iterator[dict[str, Any]]:
        environment = self._world.stack.environment("registry")
        with subprocess.Popen(self._command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as running:
            assert running.stdout is not None
            for line in running.stdout:
                said = json.loads(line)
                if kill_at is not None and said.get("stage") == kill_at:
                    running.kill()
                yield said
        assert kill_at is not None or running.returncode == 0


def written(file: Path, changes: Iterable[dict[str, Any]]) -> Path:
    """A file of changes."""
    file.write_text("".join(json.dumps(each) + "\n" for each in changes))
    return file


def incrementally(file: Path) -> list[Document]:
    """What the registry's own way, batch after batch, makes of a file's good lines."""
    lines = filter(good, file.read_bytes().splitlines())
    arrivals = [arrived(read(SOURCE_CHANGES, line.strip()), clock.now()) for line in lines]  # type: ignore[arg-type]
    records = IndexedRecords()
    keeper = Keeper(records, lambda _: {}, POLICY)  # type: ignore[arg-type]

    async def settle() -> None:
        for at in range(0, len(arrivals), _BATCH):
            batch = arrivals[at : at + _BATCH]
            keys = {each.key for each in batch}
            await keeper.settle(lambda all_: all_.settle(batch), Wanted(sources=keys))  # noqa: B023 - awaited here

    asyncio.run(settle())
    return list(records.documents.values())


def good(line: bytes) -> bool:
    """Whether a line is not one of those that are bad on purpose."""
    return b"no-such-type" not in line


def stored(world: World) -> list[Document]:
    """All that the registry keeps."""
    return list(world.database("registry")["children"].find())


def state(documents: Iterable[Document]) -> dict[str, Any]:
    """What is kept, without what chance and the order of arrival decide.

    That are child numbers, revisions, histories, and which of two in doubt sought the other.
    """
    children, doubts, sources = Counter(), Counter(), {}  # type: ignore[var-annotated]
    for each in documents:
        live = frozenset(source["key"] for source in each["sources"] if "like" in source)
        if live:
            children[live] += 1
        for doubt in each.get("doubts", ()):
            children_doubt = {
                name: value for name, value in doubt.items() if name not in {"since", "policy", "sought"}
            }
            doubts[tuple(sorted(children_doubt.items(), key=str))] += 1
        for source in each["sources"]:
            assert source["key"] not in sources
            sources[source["key"]] = comparable(source)
    return {"children": children, "doubts": doubts, "sources": sources}


def comparable(source: Document) -> str:
    """A source record as it is kept, times without their zone: drivers differ.

    By which words those are found who share a full one depends on who came first.
    """
    if CROWD in source["key"]:
        source = {name: value for name, value in source.items() if name != "keys"}
    return json.dumps(source, default=lambda moment: moment.replace(tzinfo=None).isoformat(), sort_keys=True)


def assert_same(got: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Compare without printing what is personal, made up though it is."""
    for name, each in wanted.items():
        assert len(got[name]) == len(each), name
        assert got[name] == each, name


def shown(children: Iterable[ChildRecord]) -> Counter[str]:
    """What readers of the stream get of these children, but for numbers and revisions."""
    records = (published(child, lambda _: ()) for child in children)
    return Counter(_content(json.loads(each.model_dump_json())) for each in records if hasattr(each, "identity"))


def indexed(world: World) -> Counter[str]:
    """What the index holds of all who can be found."""
    base = f"{world.stack.endpoints.elasticsearch}/{world.stack.prefix}records"
    world.http.post(f"{base}/_refresh").raise_for_status()
    found: Counter[str] = Counter()
    after: list[str] = []
    while True:
        more = {"search_after": after} if after else {}
        body = {"size": 5000, "sort": ["child_number"], "query": {"term": {"removed": False}}, **more}
        hits = world.http.post(f"{base}/_search", json=body).raise_for_status().json()["hits"]["hits"]
        if not hits:
            return found
        after = hits[-1]["sort"]
        found.update(_content(json.loads(hit["_source"]["record"])) for hit in hits)


def _content(record: dict[str, Any]) -> str:
    for each in record.get("involvements") or ():
        if each["sensitive"]:
            each["contacts"] = []
    return json.dumps(
        _present({n: record.get(n) for n in ("shielded", "identity", "involvements")}), sort_keys=True
    )


def _present(value: Any) -> Any:
    """Without what is absent: on the wire it is left out."""
    if isinstance(value, dict):
        return {name: _present(each) for name, each in value.items() if each is not None}
    return [_present(each) for each in value] if isinstance(value, list) else value


def a_crowd(*, misspelt: bool = False) -> list[dict[str, Any]]:
    """Two hundred children of one house, each known to two sources.

    Where ``misspelt``, only what all two hundred share is the same: first letters and days of birth differ.
    """
    home = [address("1 Long Street", "NW9 9ZZ")]
    changes = []
    for n in range(200):
        who = somebody(f"{CROWD}{n}") | ({"family": "Okafor"} if misspelt else {})
        changes.append(supplied("gp", f"{CROWD}{n}", addresses=home, **who))
        other = who | (_misspelt(who) if misspelt else {})
        changes.append(supplied("schools", f"{CROWD}{n}", addresses=home, **other))
    return changes


def _misspelt(who: dict[str, str]) -> dict[str, str]:
    given, born = who["given"], who["born"]
    return {
        "given": ("B" if given[0] == "Z" else "Z") + given[1:],
        "born": f"{born[:8]}{int(born[8:]) % 28 + 1:02}",
    }
