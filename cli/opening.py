"""What data managers do to open an authority: move it to its next stage, and admit organisations."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.client import Client
from cli.output import AsJson, out, print_json
from cli.people import Subject
from cli.place import Place

_STAGES = ("loading", "shielding", "live")
Name = Annotated[str, typer.Argument(metavar="AUTHORITY", help="Such as northshire.")]
Of = Annotated[str, typer.Option(help="The local authority that admits it, such as northshire.")]


def authority(name: Name, subject: Subject = None, as_json: AsJson = False) -> None:
    """How far an authority has been opened and whom it has admitted, as its data manager."""
    with Client(Place.current()) as client:
        token = client.token("data-manager", subject, authority=name)
        _show(client.get("registry", f"/v1/authorities/{name}", token), as_json)


def open_(
    authorities: Annotated[list[str], typer.Argument(metavar="AUTHORITY...", help="Such as northshire.")],
    *,
    to: Annotated[str, typer.Option(help="shielding, or live: the stages before it come first.")] = "live",
    sign_off: Annotated[str, typer.Option(help="Why it may be opened, in the data manager's words.")],
    subject: Subject = None,
    as_json: AsJson = False,
) -> None:
    """Open authorities, stage by stage, as their data managers: shield officers first, then practitioners."""
    if to not in _STAGES[1:]:
        raise typer.BadParameter("shielding or live", param_hint="--to")
    with Client(Place.current()) as client:
        for name in authorities:
            token = client.token("data-manager", subject, authority=name)
            path = f"/v1/authorities/{name}"
            answer = client.get("registry", path, token)
            ahead = _STAGES[_STAGES.index(answer["stage"]) + 1 : _STAGES.index(to) + 1]
            for stage in ahead:
                answer = client.post("registry", f"{path}/stages", token, {"stage": stage, "sign_off": sign_off})
            _show(answer, as_json)


def admit(
    organisation: Annotated[str, typer.Argument(metavar="ORGANISATION", help="As its people's tokens name it.")],
    *,
    authority: Of,
    reason: Annotated[str, typer.Option(help="Why, in the data manager's words.")],
    no_longer: Annotated[bool, typer.Option("--no-longer", help="Its practitioners are let in no more.")] = False,
    subject: Subject = None,
    as_json: AsJson = False,
) -> None:
    """Let an organisation's practitioners in, as a data manager; they find children once the authority is live."""
    body = {"organisation": organisation, "admitted": not no_longer, "reason": reason}
    with Client(Place.current()) as client:
        token = client.token("data-manager", subject, authority=authority)
        _show(client.post("registry", f"/v1/authorities/{authority}/organisations", token, body), as_json)


def _show(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        admitted = ", ".join(answer["organisations"]) or "nobody"
        out.print(f"{answer['authority']}: {answer['stage']}; admitted: {admitted}", soft_wrap=True)
