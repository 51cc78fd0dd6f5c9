"""What services set aside: list it, have it handled again, or close the matter. Bodies are never shown."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.table import Table

from cli.output import AsJson, Code, Failure, out, print_json
from cli.place import Place

if TYPE_CHECKING:
    from contracts.base import Message
    from contracts.dead_letters import DeadLetter, DeadLetterSetAside
    from runtime.settings import KafkaSettings

app = typer.Typer(no_args_is_help=True, help="What services could not handle and set aside.")

Service = Annotated[str | None, typer.Option(help="Only of this service.")]
Id = Annotated[str | None, typer.Argument(metavar="ID", help="As list shows it: topic:partition:offset.")]
All = Annotated[bool, typer.Option("--all", help="All that are open.")]


@dataclass(frozen=True)
class Open:
    """A dead letter that nobody has settled, as last heard of."""

    service: str
    letter: DeadLetterSetAside
    times: int
    """How often it was set aside."""
    replayed_at: datetime | None
    """When somebody last asked for it to be handled again, if it has not come back since."""


@app.command("list")
def list_(service: Service = None, as_json: AsJson = False) -> None:
    """The open ones: where the message is and what was wrong with it."""
    found = _open(service)
    if as_json:
        print_json({"dead_letters": [_document(each) for each in found]})
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("Id", "Group", "Error", "Fields", "Times", "State"):
        table.add_column(heading, overflow="fold")
    for each in found:
        fields = "\n".join(f"{fault.field}: {fault.problem}" for fault in each.letter.faults)
        state = "being replayed" if each.replayed_at else "set aside"
        table.add_row(each.letter.origin.id, each.letter.group, each.letter.error, fields, str(each.times), state)
    out.print(table if found else "No dead letters.")


@app.command()
def replay(letter: Id = None, all_: All = False, service: Service = None, as_json: AsJson = False) -> None:
    """Have messages handled again, by the group that set them aside."""
    from contracts.dead_letters import DeadLetterReplayed
    from runtime import clock

    chosen = _chosen(letter, all_, service)
    _write(
        (each, DeadLetterReplayed(origin=each.letter.origin, group=each.letter.group, occurred_at=clock.now()))
        for each in chosen
    )
    _tell("replayed", "asked to be handled again", chosen, as_json)


@app.command()
def discard(letter: Id = None, all_: All = False, service: Service = None, as_json: AsJson = False) -> None:
    """Close the matter: the messages stay unhandled."""
    from contracts.dead_letters import DeadLetterSettled
    from runtime import clock

    chosen = _chosen(letter, all_, service)
    now = clock.now()
    _write(
        (
            each,
            DeadLetterSettled(
                origin=each.letter.origin, group=each.letter.group, occurred_at=now, how="discarded"
            ),
        )
        for each in chosen
    )
    _tell("discarded", "discarded", chosen, as_json)


def fold(service: str, messages: Iterable[DeadLetter]) -> list[Open]:
    """The open dead letters that a service's stream leaves, in the order in which they were first set aside."""
    found: dict[tuple[str, str], Open] = {}
    for message in messages:
        name = (message.origin.id, message.group)
        before = found.get(name)
        if message.type == "dead-letter-set-aside":
            found[name] = Open(service, message, before.times + 1 if before else 1, None)
        elif message.type == "dead-letter-settled":
            found.pop(name, None)
        elif before is not None:
            found[name] = replace(before, replayed_at=message.occurred_at)
    return list(found.values())


def _chosen(letter: str | None, all_: bool, service: str | None) -> list[Open]:
    if (letter is None) != all_:
        raise Failure("Name one ID, or say --all.", Code.USAGE)
    chosen = [each for each in _open(service) if all_ or each.letter.origin.id == letter]
    if not chosen:
        raise Failure("No such dead letter is open.", Code.NOTHING_FOUND)
    return chosen


def _open(service: str | None) -> list[Open]:
    from contracts import SERVICES

    if service is not None and service not in SERVICES:
        raise Failure(f"There is no service of that name: {', '.join(SERVICES)}.", Code.USAGE)
    return asyncio.run(_read(Place.current().kafka, [service] if service else list(SERVICES)))


async def _read(settings: KafkaSettings, services: Sequence[str]) -> list[Open]:
    from cli.kafka import read_all
    from contracts.codec import UnreadableError, decode
    from contracts.dead_letters import dead_letters_of

    found: list[Open] = []
    for service in services:
        stream = dead_letters_of(service)
        stream.reader("operators", None)
        messages: list[DeadLetter] = []
        for record in await read_all(settings, stream):
            try:
                messages.append(cast("DeadLetter", decode(stream, record.value, record.key)))
            except UnreadableError:
                continue  # nothing can be done about what cannot be read
        found += fold(service, messages)
    return found


def _write(decided: Iterable[tuple[Open, Message]]) -> None:
    asyncio.run(_publish(Place.current().kafka, list(decided)))


async def _publish(settings: KafkaSettings, decided: Sequence[tuple[Open, Message]]) -> None:
    from cli.kafka import producer
    from contracts.codec import encode
    from contracts.dead_letters import dead_letters_of
    from runtime.kafka import topic

    async with producer(settings) as client:
        for each, message in decided:
            stream = dead_letters_of(each.service)
            stream.writer("operators")
            await client.send_and_wait(topic(settings, stream), encode(message), message.key.encode())


def _tell(verb: str, words: str, chosen: Sequence[Open], as_json: bool) -> None:
    ids = [each.letter.origin.id for each in chosen]
    if as_json:
        print_json({verb: ids})
    else:
        for each in ids:
            out.print(f"{each}: {words}", soft_wrap=True)


def _document(each: Open) -> dict[str, Any]:
    return {
        "id": each.letter.origin.id,
        "service": each.service,
        **each.letter.model_dump(mode="json", include={"group", "error", "faults"}),
        "set_aside_at": each.letter.occurred_at.isoformat(),
        "times": each.times,
        "replayed_at": each.replayed_at.isoformat() if each.replayed_at else None,
    }
