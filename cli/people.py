"""What practitioners and auditors ask: search, view, and who looked."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.output import AsJson, Code, Failure, out, print_json
from cli.typed import IN_PRIVATE, SEEN, json_object, once, own_words

ChildNumber = Annotated[str, typer.Argument(help="Ten digits.", metavar="CHILD_NUMBER")]
Reason = Annotated[
    str, typer.Option(help="safeguarding, welfare-concern, service-provision, emergency, or other with --detail.")
]
Detail = Annotated[str | None, typer.Option(help=f"The reason in your own words, {IN_PRIVATE}")]
Subject = Annotated[str | None, typer.Option(help="Who asks.")]
Organisation = Annotated[str | None, typer.Option(help="Whom they work for.")]
Authority = Annotated[str | None, typer.Option(help="Their local authority.")]


def search(
    *,
    given: Annotated[str | None, typer.Option(help="Given names.", rich_help_panel=SEEN)] = None,
    family: Annotated[str | None, typer.Option(help="Family name.", rich_help_panel=SEEN)] = None,
    born: Annotated[str | None, typer.Option(help="Date of birth, YYYY-MM-DD.", rich_help_panel=SEEN)] = None,
    born_from: Annotated[
        str | None, typer.Option(help="Born on this day or later; with --born-to.", rich_help_panel=SEEN)
    ] = None,
    born_to: Annotated[str | None, typer.Option(help="Born on this day or earlier.", rich_help_panel=SEEN)] = None,
    gender: Annotated[
        str | None, typer.Option(help="female, male, unspecified or unknown.", rich_help_panel=SEEN)
    ] = None,
    postcode: Annotated[
        str | None, typer.Option(help="A postcode the child lives or lived at.", rich_help_panel=SEEN)
    ] = None,
    identifier: Annotated[
        str | None, typer.Option(metavar="SYSTEM=VALUE", help="nhs-number=... for instance.", rich_help_panel=SEEN)
    ] = None,
    child_number: Annotated[str | None, typer.Option(help="Ten digits.")] = None,
    criteria: Annotated[
        str | None,
        typer.Option(
            help="A JSON file of criteria, or - for standard input: nobody else sees them.", metavar="FILE"
        ),
    ] = None,
    reason: Reason = "safeguarding",
    detail: Detail = None,
    subject: Subject = None,
    organisation: Organisation = None,
    authority: Authority = None,
    as_json: AsJson = False,
) -> None:
    """Look for one child, as a practitioner; exit code 5 unless there are matches.

    Criteria in JSON are those of the HTTP interface: given, family, date_of_birth, postcode and so on.
    """
    once(criteria=criteria, detail=detail)
    wanted: dict[str, Any] = {
        "given": given,
        "family": family,
        "date_of_birth": born,
        "date_of_birth_range": _range(born_from, born_to),
        "gender": gender,
        "postcode": postcode,
        "identifier": _identifier(identifier),
        "child_number": child_number,
    }
    known = {} if criteria is None else json_object(criteria)
    body = _reasoned(reason, detail, criteria={**known, **_present(wanted)})
    answer = _ask("/v1/searches", body, subject, organisation, authority)
    if as_json:
        print_json(answer)
    else:
        from cli.pages import matches

        out.print(matches(answer))
    if answer["outcome"] != "matches":
        raise typer.Exit(Code.NOTHING_FOUND)


def view(
    child_number: ChildNumber,
    *,
    reason: Reason = "safeguarding",
    detail: Detail = None,
    subject: Subject = None,
    organisation: Organisation = None,
    authority: Authority = None,
    as_json: AsJson = False,
) -> None:
    """See one record, as a practitioner: who the child is and who works with the child."""
    body = _reasoned(reason, detail, child_number=child_number)
    answer = _ask("/v1/views", body, subject, organisation, authority)
    if as_json:
        print_json(answer)
    else:
        from cli.pages import record

        out.print(record(answer))


def accesses(
    child_number: ChildNumber,
    subject: Subject = None,
    organisation: Organisation = None,
    authority: Authority = None,
    as_json: AsJson = False,
) -> None:
    """Who looked at this child, as an auditor, newest first."""
    from cli.client import Client
    from cli.place import Place

    with Client(Place.current()) as client:
        token = client.token("auditor", subject, organisation, authority)
        answer = client.get("audit", f"/v1/children/{child_number}/accesses", token)
    if as_json:
        print_json(answer)
    else:
        from cli import pages

        out.print(pages.accesses(answer["accesses"]))


def _ask(
    path: str,
    body: dict[str, Any],
    subject: str | None,
    organisation: str | None,
    authority: str | None,
) -> dict[str, Any]:
    from cli.client import Client
    from cli.place import Place

    with Client(Place.current()) as client:
        return client.post("search", path, client.token("practitioner", subject, organisation, authority), body)


def _reasoned(code: str, detail: str | None, **asked: Any) -> dict[str, Any]:
    return {"reason": _present({"code": code, "detail": own_words(detail)}), **asked}


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _range(first: str | None, last: str | None) -> dict[str, str] | None:
    if first is None and last is None:
        return None
    if first is None or last is None:
        raise Failure("--born-from and --born-to go together.", Code.USAGE)
    return {"from": first, "to": last}


def _identifier(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    system, separator, value = text.partition("=")
    if not separator:
        raise Failure("--identifier is SYSTEM=VALUE.", Code.USAGE)
    return {"system": system, "value": value}
