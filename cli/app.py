"""The ``signpost`` command: every verb is registered here."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from cli import demo, first_load, letters, local, managers, officers, opening, people, streams
from cli.output import MEANING, WANTS_JSON, Failure, complain, print_json
from cli.place import unusable


class Verbs(TyperGroup):
    """Ends every command that fails with one sentence and a meaningful exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen verb."""
        try:
            return super().invoke(ctx)
        except Failure as failure:
            if failure.document is not None and ctx.meta.get(WANTS_JSON):
                print_json(failure.document)
            complain(str(failure))
            raise typer.Exit(failure.code) from None
        except Exception as error:
            known = _failure_of(error)
            if known is None:
                raise
            complain(str(known))
            raise typer.Exit(known.code) from None


def _failure_of(error: Exception) -> Failure | None:
    """What the engines, Kafka and the state folder have to say, where it is meant for a person."""
    from deploy.engines.model import EngineError
    from runtime.topics import TopicError

    if isinstance(error, OSError):
        return unusable(error)
    return Failure(str(error)) if isinstance(error, (EngineError, TopicError)) else None


_ENVIRONMENT = {
    "SIGNPOST_STATE": "where data, keys and logs are",
    "SIGNPOST_ENGINES": "local, compose or external",
    "SIGNPOST_PORT_OFFSET": "added to every port",
    "SIGNPOST_PREFIX": "put before every topic, group, index and database",
    "SIGNPOST_TOKEN": "a bearer token to use instead of a development one",
}
_EPILOG = "\n\n".join(
    (
        "[bold]Exit codes[/bold]",
        *(f"  {code.value:>3}  {meaning}" for code, meaning in MEANING.items()),
        "[bold]Environment[/bold]",
        *(f"  {name}: {meaning}" for name, meaning in _ENVIRONMENT.items()),
    )
)

app = typer.Typer(
    cls=Verbs,
    epilog=_EPILOG,
    help="A directory of children's services: for every child in an area, who is working with the child.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
for verb in (
    *(local.up, local.down, local.status, local.token),
    *(streams.generate, streams.load, first_load.first_load, streams.read_again, streams.reindex),
    *(opening.authority, opening.admit),
    *(people.search, people.view, people.accesses),
    *(officers.shield, officers.shield_status, officers.shield_review, officers.shields_due),
    *(officers.shield_redrive, officers.lift),
    *(managers.reviews, managers.compare, managers.explain, managers.decide, managers.undo),
    demo.demo,
):
    app.command()(verb)
app.command("open")(opening.open_)
app.add_typer(letters.app, name="dead-letters")


def main() -> None:
    """Run the command line."""
    app()
