"""What data managers do: see which records may be one child and why, decide, and undo."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.client import Client
from cli.output import AsJson, Code, Failure, out, print_json
from cli.people import Authority, Organisation, Subject
from cli.place import Place
from cli.typed import IN_PRIVATE, own_words

ReviewId = Annotated[
    str,
    typer.Argument(help="The two child numbers, or one twice, as reviews prints them.", metavar="REVIEW_ID"),
]
SourceRecord = Annotated[str, typer.Argument(metavar="SOURCE/SOURCE_REF")]


def reviews(
    *,
    authority: Authority = None,
    subject: Subject = None,
    organisation: Organisation = None,
    as_json: AsJson = False,
) -> None:
    """What there is to decide in your authority, as a data manager, worst first; exit code 5 for nothing."""
    with Client(Place.current()) as client:
        token = client.token("data-manager", subject, organisation, authority)
        found = [
            each
            for kind in ("hold", "review")
            for each in client.get("registry", f"/v1/{kind}s", token)[f"{kind}s"]
        ]
    if as_json:
        print_json({"reviews": found})
    else:
        from cli import pages

        out.print(pages.reviews(found))
    if not found:
        raise typer.Exit(Code.NOTHING_FOUND)


def compare(
    review_id: ReviewId,
    *,
    authority: Authority = None,
    subject: Subject = None,
    organisation: Organisation = None,
    as_json: AsJson = False,
) -> None:
    """Two records side by side, field by field, and what speaks for one child, as a data manager."""
    with Client(Place.current()) as client:
        token = client.token("data-manager", subject, organisation, authority)
        answer = client.get("registry", f"/v1/reviews/{review_id}", token)
    if as_json:
        print_json(answer)
    else:
        from cli import pages, waterfall

        out.print(pages.comparison(answer))
        if answer["explanation"]:
            out.print(waterfall.picture(answer["explanation"]))


def explain(
    one: SourceRecord,
    other: SourceRecord,
    *,
    authority: Authority = None,
    subject: Subject = None,
    organisation: Organisation = None,
    as_json: AsJson = False,
) -> None:
    """How likely two source records are one child's, weight by weight, as a data manager."""
    body = {"one": _named(one), "other": _named(other)}
    with Client(Place.current()) as client:
        token = client.token("data-manager", subject, organisation, authority)
        answer = client.post("registry", "/v1/explanations", token, body)
    if as_json:
        print_json(answer)
    else:
        from cli import waterfall

        out.print(waterfall.picture(answer))


def decide(
    review_id: ReviewId,
    *,
    verdict: Annotated[str, typer.Option(help="same, different, or cannot-tell.")],
    reason: Annotated[str, typer.Option(help=f"Why, in your own words, {IN_PRIVATE}")],
    authority: Authority = None,
    subject: Subject = None,
    organisation: Organisation = None,
    as_json: AsJson = False,
) -> None:
    """Say of two children whether they are one, or of one whether it still is, as who has compared them."""
    path = f"/v1/reviews/{review_id}"
    with Client(Place.current()) as client:
        token = client.token("data-manager", subject, organisation, authority)
        seen = {each["child_number"]: each["revision"] for each in client.get("registry", path, token)["children"]}
        body: dict[str, Any] = {"verdict": verdict, "reason": own_words(reason), "seen": seen}
        answer = client.post("registry", f"{path}/decisions", token, body)
    if as_json:
        print_json(answer)
    else:
        out.print(f"Decided: {answer['verdict']}. Decision {answer['decision_id']}")


def undo(
    decision_id: Annotated[str, typer.Argument(metavar="DECISION_ID")],
    *,
    authority: Authority = None,
    subject: Subject = None,
    organisation: Organisation = None,
    as_json: AsJson = False,
) -> None:
    """Take back that two children are one, as a data manager: they part as they were."""
    with Client(Place.current()) as client:
        token = client.token("data-manager", subject, organisation, authority)
        answer = client.post("registry", f"/v1/merges/{decision_id}/undoings", token)
    if as_json:
        print_json(answer)
    else:
        out.print("Taken back.")


def _named(key: str) -> dict[str, str]:
    source, separator, ref = key.partition("/")
    if not separator or not ref:
        raise Failure("A source record is SOURCE/SOURCE_REF.", Code.USAGE)
    return {"source": source, "source_ref": ref}
