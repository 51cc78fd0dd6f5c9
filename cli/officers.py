"""What shield officers do: place a shield, see where it stands, review it, and lift it, two together."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.client import Client
from cli.output import AsJson, Code, Failure, out, print_json
from cli.people import Authority, Organisation, Subject
from cli.place import Place

ShieldId = Annotated[str, typer.Argument(metavar="SHIELD_ID")]


def shield(
    child_number: Annotated[str | None, typer.Argument(help="Ten digits.", metavar="[CHILD_NUMBER]")] = None,
    *,
    ground: Annotated[
        str, typer.Option(help="police-protection, domestic-abuse, adoption, or other with --detail.")
    ],
    review_on: Annotated[str, typer.Option(help="The day it is looked at again, YYYY-MM-DD.")],
    detail: Annotated[str | None, typer.Option(help="The ground in your own words.")] = None,
    details: Annotated[
        str | None,
        typer.Option(
            help="A child not known yet: a JSON file with names, date_of_birth and more as in a source's child, "
            "or - for standard input.",
            metavar="FILE",
        ),
    ] = None,
    subject: Subject = None,
    organisation: Organisation = None,
    authority: Authority = None,
    as_json: AsJson = False,
) -> None:
    """Shield a child, as a shield officer; it says whether the child is hidden everywhere, or not yet.

    By child number or, before any source tells of the child, by details: whoever arrives with them is hidden.
    """
    if (child_number is None) == (details is None):
        raise Failure("Give either a CHILD_NUMBER or --details FILE.", Code.USAGE)
    body: dict[str, Any] = {"ground": ground, "review_on": review_on}
    body |= {"child_number": child_number} if details is None else {"details": _read(details)}
    if detail is not None:
        body["detail"] = detail
    with Client(Place.current()) as client:
        token = client.token("shield-officer", subject, organisation, authority)
        _show(client.post("shielding", "/v1/shields", token, body), as_json)


def shield_status(
    shield_id: ShieldId,
    subject: Subject = None,
    organisation: Organisation = None,
    authority: Authority = None,
    as_json: AsJson = False,
) -> None:
    """Where a shield stands, as a shield officer."""
    with Client(Place.current()) as client:
        token = client.token("shield-officer", subject, organisation, authority)
        _show(client.get("shielding", f"/v1/shields/{shield_id}", token), as_json)


def shield_review(
    shield_id: ShieldId,
    *,
    outcome: Annotated[str, typer.Option(help="still-needed, or lift-advised.")],
    review_on: Annotated[str, typer.Option(help="The day it is looked at once more, YYYY-MM-DD.")],
    detail: Annotated[str | None, typer.Option(help="Why, in your own words.")] = None,
    subject: Subject = None,
    organisation: Organisation = None,
    authority: Authority = None,
    as_json: AsJson = False,
) -> None:
    """Close a shield's review, as a shield officer; the shield stays in force."""
    body = {"outcome": outcome, "review_on": review_on}
    if detail is not None:
        body["detail"] = detail
    with Client(Place.current()) as client:
        token = client.token("shield-officer", subject, organisation, authority)
        _show(client.post("shielding", f"/v1/shields/{shield_id}/reviews", token, body), as_json)


def shields_due(
    *,
    by: Annotated[str | None, typer.Option(help="Due by this day, YYYY-MM-DD; today unless given.")] = None,
    subject: Subject = None,
    organisation: Organisation = None,
    authority: Authority = None,
    as_json: AsJson = False,
) -> None:
    """Shields of your authority whose review is due, as a shield officer."""
    with Client(Place.current()) as client:
        token = client.token("shield-officer", subject, organisation, authority)
        found = client.get("shielding", "/v1/shields" + (f"?due={by}" if by else ""), token)
    if as_json:
        print_json(found)
    for each in () if as_json else found["shields"]:
        out.print(f"{each['review_on']}  {each['shield_id']}  child {each['child_number']}")


def shield_redrive(
    shield_id: Annotated[str | None, typer.Argument(metavar="[SHIELD_ID]")] = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="Every shield in force, whosever it is.")] = False,
    subject: Subject = None,
    organisation: Organisation = None,
    authority: Authority = None,
    as_json: AsJson = False,
) -> None:
    """Publish a shield in force anew, so that every store rewrites its copy once more; the child stays hidden."""
    if (shield_id is None) != all_:
        raise Failure("Give either a SHIELD_ID or --all.", Code.USAGE)
    with Client(Place.current()) as client:
        token = client.token("shield-officer", subject, organisation, authority)
        if not all_:
            _show(client.post("shielding", f"/v1/shields/{shield_id}/redrives", token), as_json)
            return
        done, after = 0, ""
        while after is not None:
            answer = client.post("shielding", "/v1/shields/redrives", token, {"after": after})
            done, after = done + answer["redriven"], answer["next"]
    if as_json:
        print_json({"redriven": done})
    else:
        out.print(f"Published anew: {done} shields.")


def lift(
    shield_id: ShieldId,
    *,
    requested_by: Annotated[str, typer.Option(help="The officer who asks.")] = "dev-officer-1",
    approved_by: Annotated[str, typer.Option(help="The other officer, who agrees.")] = "dev-officer-2",
    organisation: Organisation = None,
    authority: Authority = None,
    as_json: AsJson = False,
) -> None:
    """Lift a shield, as two officers.

    With SIGNPOST_TOKEN there is one officer: the first run requests, another officer's run approves.
    """
    path = f"/v1/shields/{shield_id}"
    with Client(Place.current()) as client:
        first = client.token("shield-officer", requested_by, organisation, authority)
        answer = client.get("shielding", path, first)
        requested = answer["status"] == "lift-requested"
        if not requested:
            answer = client.post("shielding", f"{path}/lift-requests", first)
        if requested or "SIGNPOST_TOKEN" not in os.environ:
            second = client.token("shield-officer", approved_by, organisation, authority)
            # Who approves has looked at the shield as it is now, held records and all.
            seen = client.get("shielding", path, second)
            answer = client.post("shielding", f"{path}/lift-approvals", second, {"revision": seen["revision"]})
    _show(answer, as_json)


def _read(file: str) -> dict[str, Any]:
    """The JSON object in a file; nothing of it is quoted where it is none."""
    try:
        text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        known = json.loads(text)
    except OSError as error:
        raise Failure(f"{file} cannot be read ({type(error).__name__}).") from None
    except ValueError:
        known = None
    if not isinstance(known, dict):
        raise Failure(f"{'Standard input' if file == '-' else file} is not a JSON object.")
    return known


def _show(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        from cli import pages

        out.print(pages.shield(answer))
