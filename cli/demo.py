"""``signpost demo``: everything up, two thousand children loaded, and a story told on the screen."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import orjson
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from cli.local import start_engines, start_services
from cli.output import out, say
from cli.place import Place

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from cli.casting import Girl
    from cli.story import Stopwatch

CHILDREN = 2000
_SEED = 1


def demo() -> None:
    """Start everything, load 2,000 made-up children, and tell a story; everything stays up."""
    from cli import story
    from cli.client import Client

    place, watch, began = Place.current(), story.Stopwatch(), monotonic()
    folder = place.state / "demo"
    girls, changes = _bring_up(place, folder, watch)
    _open(place)
    taken = _taken_in(place, watch)
    say(f"{changes} changes are in the directory; {taken} of them were taken in just now.")
    told = _told(folder)
    with Client(place) as client:
        girl, shield = story.tell(client, (girl for girl in girls if girl.person not in told), watch)
    (folder / "told.json").write_bytes(orjson.dumps([*told, girl.person]))
    _close(watch, monotonic() - began, shield, place.stack.url("search"))


def _bring_up(place: Place, folder: Path, watch: Stopwatch) -> tuple[list[Girl], int]:
    """Engines, services and children; what can be done meanwhile is done meanwhile."""
    from cli.loading import Bookmark
    from cli.streams import publish_file

    with ThreadPoolExecutor(1) as meanwhile:
        making = meanwhile.submit(_make, folder)
        with watch.measure("engines up"):
            start_engines(place)
        file, girls, changes = making.result()
        with watch.measure("services up, changes loaded"):
            place.stack.create_topics()
            bookmark = Bookmark(place.state / "loads", file)
            position = bookmark.position()
            if position.offset < file.stat().st_size:
                loading = meanwhile.submit(publish_file, place, file, bookmark, position)
                start_services(place)
                loading.result()
            else:
                start_services(place)
    return girls, changes


def _open(place: Place) -> None:
    """Every authority goes live; the school of the story is admitted there."""
    from generator.places import BY_SLUG

    place.stack.open(BY_SLUG)
    say(f"{len(BY_SLUG)} authorities are live: practitioners find their children.")


def _make(folder: Path) -> tuple[Path, list[Girl], int]:
    import generator
    from cli.casting import candidates

    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "children.jsonl"
    made = generator.write(CHILDREN, _SEED, file)
    say(f"{made.children} children made up: {made.source_records} source records, {made.changes} changes")
    return file, candidates(file, made.truth), made.changes


def _taken_in(place: Place, watch: Stopwatch) -> int:
    """Wait until registry and search have handled all that was loaded; returns how much that was."""
    from cli.kafka import drained
    from cli.streams import bar
    from contracts.records import RECORDS
    from contracts.sources import SOURCE_CHANGES

    async def wait(progress: Progress) -> int:
        outstanding = []
        for stream, group in ((SOURCE_CHANGES, "registry"), (RECORDS, "search")):
            task = progress.add_task(f"{group} takes them in", total=None)
            outstanding.append(await drained(place.kafka, stream, group, partial(_advance, progress, task)))
        return outstanding[0]

    with watch.measure("taken in by registry and search"), bar() as progress:
        return asyncio.run(wait(progress))


def _told(folder: Path) -> list[int]:
    """Of whom the story has been told before: they are shielded now."""
    try:
        told: list[int] = orjson.loads((folder / "told.json").read_bytes())
    except FileNotFoundError:
        return []
    return told


def _advance(progress: Progress, task: TaskID, done: int, total: int) -> None:
    progress.update(task, completed=done, total=total)


def _close(watch: Stopwatch, seconds: float, shield: dict[str, Any], search: str) -> None:
    out.print()
    out.print(Rule(Text("What was measured", style="bold"), align="left"))
    table = Table(box=None, pad_edge=False, show_header=False)
    for what in watch.seconds:
        table.add_row(what, Text(watch.told(what), justify="right"))
    table.add_row("the whole demo", Text(f"{seconds:.1f} s", justify="right"), style="bold")
    out.print(table)
    number, shield_id = shield["child_number"], shield["shield_id"]
    out.print(_LOOK_AROUND.format(number=number, shield_id=shield_id, search=search), soft_wrap=True)


_LOOK_AROUND = """
Everything stays up. Look around:
  [bold]signpost status[/bold]               where everything is
  [bold]signpost view {number}[/bold]      what a practitioner sees of her now
  [bold]signpost accesses {number}[/bold]  who looked, yourself included
  [bold]signpost search --help[/bold]        look for somebody else
The same on the practitioners' pages; sign in as anybody, of the organisation developers:
  [bold]{search}/find[/bold]
Two officers lift her shield:
  [bold]signpost lift {shield_id}[/bold]
Stop with [bold]signpost down[/bold]; [bold]signpost down --wipe[/bold] removes all data as well.
(The command is .venv/bin/signpost.)"""
