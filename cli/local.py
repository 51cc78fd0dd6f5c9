"""Signpost on this machine: bring it up and down, say where everything is, and hand out development tokens."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from enum import StrEnum
from time import monotonic
from typing import Annotated, Any

import typer
from rich.table import Table

from cli.client import Client
from cli.output import AsJson, Code, Failure, not_running, out, print_json, say
from cli.place import Place

_OURS = ("services", "loads", "demo")


class Role(StrEnum):
    """The roles that the development issuer knows."""

    PRACTITIONER = "practitioner"
    DATA_MANAGER = "data-manager"
    SHIELD_OFFICER = "shield-officer"
    OVERRIDE_HOLDER = "override-holder"
    AUDITOR = "auditor"


def up(as_json: AsJson = False) -> None:
    """Start the engines and the services, and say where everything is."""
    place = Place.current()
    seconds = {"engines": start_engines(place), "services": start_services(place)}
    document = {**look(place), "seconds": {name: round(took, 1) for name, took in seconds.items()}}
    if as_json:
        print_json(document)
        return
    show(document)
    out.print(f"Engines up in {seconds['engines']:.1f} s, services in {seconds['services']:.1f} s.")
    out.print("Next: [bold]signpost demo[/bold], or [bold]signpost --help[/bold].")


def down(
    wipe: Annotated[bool, typer.Option("--wipe", help="Remove all data, keys and logs as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop the services, then the engines; data stays."""
    place = Place.current()
    seconds = timed(place.stack.stop) + timed(place.engines.wipe if wipe else place.engines.stop)
    if wipe:
        for name in _OURS:
            shutil.rmtree(place.state / name, ignore_errors=True)
    if as_json:
        print_json({"stopped": True, "wiped": wipe, "seconds": round(seconds, 1)})
    else:
        out.print(f"Stopped{' and wiped' if wipe else ''} in {seconds:.1f} s.")


def status(as_json: AsJson = False) -> None:
    """Every endpoint, and whether it is ready; exit code 3 unless all are."""
    document = look(Place.current())
    if as_json:
        print_json(document)
    else:
        show(document)
    if not document["ready"]:
        raise typer.Exit(Code.NOT_RUNNING) if as_json or _any_ready(document) else not_running()


def token(
    role: Annotated[Role, typer.Option(help="What the bearer may do.")],
    organisation: Annotated[str | None, typer.Option(help="Whom the bearer works for.")] = None,
    authority: Annotated[str | None, typer.Option(help="The local authority, such as northshire.")] = None,
    subject: Annotated[str | None, typer.Option(help="Who the bearer is.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print a bearer token of the development issuer."""
    with Client(Place.current()) as client:
        issued = client.issue(role.value, subject, organisation, authority)
    if as_json:
        print_json(issued)
    else:
        typer.echo(issued["access_token"])


def start_engines(place: Place) -> float:
    """Bring the engines up; returns the seconds it took."""
    return timed(lambda: place.engines.start(say))


def start_services(place: Place) -> float:
    """Bring the services up; returns the seconds it took."""
    from aiokafka.errors import KafkaError

    try:
        return timed(lambda: place.stack.start(say))
    except KafkaError as error:
        raise Failure(f"Kafka would not have it ({type(error).__name__}): see signpost status.") from None


def timed(step: Callable[[], object]) -> float:
    """Do ``step``; returns the seconds it took."""
    began = monotonic()
    step()
    return monotonic() - began


def look(place: Place) -> dict[str, Any]:
    """Every endpoint and its readiness."""
    engines, stack = place.engines, place.stack
    endpoints = engines.endpoints
    where = {
        "kafka": {"bootstrap_servers": endpoints.kafka},
        "elasticsearch": {"url": endpoints.elasticsearch},
        "documents": {"uri": endpoints.mongo},
    }
    engine = {name: {**where[name], "ready": ready} for name, ready in engines.status().items()}
    service = {name: {"url": stack.url(name), "ready": ready} for name, ready in stack.status().items()}
    return {
        "ready": all(each["ready"] for each in (*engine.values(), *service.values())),
        "state": str(place.state),
        "engines": {"kind": engines.kind, **engine},
        "services": service,
    }


def show(document: dict[str, Any]) -> None:
    """The endpoints as a table."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, endpoint in _endpoints(document).items():
        *_, where, ready = endpoint.values()
        table.add_row(name, where, "[green]ready[/green]" if ready else "[red]not ready[/red]")
    out.print(table)
    out.print(f"Engines: {document['engines']['kind']}. State, keys and logs: {document['state']}", soft_wrap=True)


def _endpoints(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    engines = {name: each for name, each in document["engines"].items() if name != "kind"}
    services: dict[str, dict[str, Any]] = document["services"]
    return {**engines, **services}


def _any_ready(document: dict[str, Any]) -> bool:
    return any(each["ready"] for each in _endpoints(document).values())
