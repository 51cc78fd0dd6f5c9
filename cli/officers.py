"""What shield officers do: place a shield, see where it stands, review it, and lift it, two together."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from cli.client import Client
from cli.output import AsJson, out, print_json
from cli.people import Authority, ChildNumber, Organisation, Subject
from cli.place import Place

ShieldId = Annotated[str, typer.Argument(metavar="SHIELD_ID")]


def shield(
    child_number: ChildNumber,
    *,
    ground: Annotated[
        str, typer.Option(help="police-protection, domestic-abuse, adoption, or other with --detail.")
    ],
    review_on: Annotated[str, typer.Option(help="The day it is looked at again, YYYY-MM-DD.")],
    detail: Annotated[str | None, typer.Option(help="The ground in your own words.")] = None,
    pre_emptive: Annotated[bool, typer.Option(help="Shield a number that no record has yet.")] = False,
    subject: Subject = None,
    organisation: Organisation = None,
    authority: Authority = None,
    as_json: AsJson = False,
) -> None:
    """Shield a child, as a shield officer: done means hidden everywhere."""
    body: dict[str, Any] = {"child_number": child_number, "ground": ground, "review_on": review_on}
    if pre_emptive:
        body["pre_emptive"] = True
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
    shield_id: ShieldId,
    subject: Subject = None,
    organisation: Organisation = None,
    authority: Authority = None,
    as_json: AsJson = False,
) -> None:
    """Publish a shield in force anew, so that every store rewrites its copy once more; the child stays hidden."""
    with Client(Place.current()) as client:
        token = client.token("shield-officer", subject, organisation, authority)
        _show(client.post("shielding", f"/v1/shields/{shield_id}/redrives", token), as_json)


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


def _show(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        from cli import pages

        out.print(pages.shield(answer))
