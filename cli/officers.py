"""What shield officers do: place a shield, see where it stands, review it, and lift it, two together."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Annotated, Any

import typer

from cli.client import Client, until
from cli.output import AsJson, Code, Failure, complain, out, print_json, say
from cli.people import Authority, Organisation, Subject
from cli.place import Place
from cli.typed import IN_PRIVATE, json_object, once, own_words

ShieldId = Annotated[str, typer.Argument(metavar="SHIELD_ID")]

WITHIN = 10.0
"""Seconds for which a decision that is not in force yet is looked at again."""
_EVERY = 0.3


def shield(
    child_number: Annotated[str | None, typer.Argument(help="Ten digits.", metavar="[CHILD_NUMBER]")] = None,
    *,
    ground: Annotated[
        str, typer.Option(help="police-protection, domestic-abuse, adoption, or other with --detail.")
    ],
    review_on: Annotated[str, typer.Option(help="The day it is looked at again, YYYY-MM-DD.")],
    detail: Annotated[str | None, typer.Option(help=f"The ground in your own words, {IN_PRIVATE}")] = None,
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
    """Shield a child, as a shield officer, and wait until the child is hidden everywhere; exit code 6 if not yet.

    By child number or, before any source tells of the child, by details: whoever arrives with them is hidden.
    """
    if (child_number is None) == (details is None):
        raise Failure("Give either a CHILD_NUMBER or --details FILE.", Code.USAGE)
    once(details=details, detail=detail)
    body: dict[str, Any] = {"ground": ground, "review_on": review_on}
    body |= {"child_number": child_number} if details is None else {"details": json_object(details)}
    if detail is not None:
        body["detail"] = own_words(detail)
    with Client(Place.current()) as client:
        token = client.token("shield-officer", subject, organisation, authority)
        answer = client.post("shielding", "/v1/shields", token, body)
        answer = _followed(client, token, answer, _hidden)
    _end(answer, _hidden, as_json)


def shield_status(
    shield_id: ShieldId,
    subject: Subject = None,
    organisation: Organisation = None,
    authority: Authority = None,
    as_json: AsJson = False,
) -> None:
    """Where a shield stands, as a shield officer; exit code 6 while what was decided is not in force."""
    with Client(Place.current()) as client:
        token = client.token("shield-officer", subject, organisation, authority)
        answer = client.get("shielding", f"/v1/shields/{shield_id}", token)
    _end(answer, lambda shield: _hidden(shield) or shield["status"] in {"lifted", "void"}, as_json)


def shield_review(
    shield_id: ShieldId,
    *,
    outcome: Annotated[str, typer.Option(help="still-needed, or lift-advised.")],
    review_on: Annotated[str, typer.Option(help="The day it is looked at once more, YYYY-MM-DD.")],
    detail: Annotated[str | None, typer.Option(help=f"Why, in your own words, {IN_PRIVATE}")] = None,
    subject: Subject = None,
    organisation: Organisation = None,
    authority: Authority = None,
    as_json: AsJson = False,
) -> None:
    """Close a shield's review, as a shield officer; the shield stays in force."""
    body: dict[str, Any] = {"outcome": outcome, "review_on": review_on}
    if detail is not None:
        body["detail"] = own_words(detail)
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
    """Lift a shield, as two officers; exit code 6 unless it is lifted.

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
            answer = _followed(client, second, answer, _lifted)
    _end(answer, _lifted, as_json)


def _hidden(shield: dict[str, Any]) -> bool:
    return bool(shield["hidden"])


def _lifted(shield: dict[str, Any]) -> bool:
    return bool(shield["status"] == "lifted")


def _followed(
    client: Client, token: str, shield: dict[str, Any], fits: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """The shield once its decision is in force, or as it is when patience ends."""
    if fits(shield):
        return shield
    path, seen = f"/v1/shields/{shield['shield_id']}", shield
    say(f"Shield {shield['shield_id']}: not in force yet; looking again for {WITHIN:.0f} s.")

    def look() -> dict[str, Any]:
        nonlocal seen
        try:
            seen = client.get("shielding", path, token)
        except Failure as failure:
            # The decision is kept all the same: whoever took it must not read that it failed.
            say(str(failure))
        return seen

    return until(look, fits, time.monotonic() + WITHIN, _EVERY)


def _end(shield: dict[str, Any], fits: Callable[[dict[str, Any]], bool], as_json: bool) -> None:
    """Show the shield; the command ends with its own exit code where what was decided is not in force."""
    _show(shield, as_json)
    if not fits(shield):
        complain(f"{shield['in_words']} Look again: signpost shield-status {shield['shield_id']}")
        raise typer.Exit(Code.NOT_YET)


def _show(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        from cli import pages

        out.print(pages.shield(answer))
