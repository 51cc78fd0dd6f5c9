"""How commands end and what they print, without anything running."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from cli import client, pages
from cli.app import app
from cli.local import Role
from cli.output import Code, Failure
from cli.place import Place, unusable
from deploy.engines import Ports
from deploy.issuer import Role as IssuerRole
from deploy.stack import ServicePorts

NUMBER = "9434765919"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place where nothing runs."""
    ports = Ports.free()
    monkeypatch.setenv("SIGNPOST_STATE", str(tmp_path))
    monkeypatch.setenv("SIGNPOST_ENGINES", "local")
    monkeypatch.setenv("SIGNPOST_PORT_OFFSET", str(ports.kafka - Ports().kafka))
    monkeypatch.delenv("SIGNPOST_TOKEN", raising=False)


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("search", "--family", "Okafor", "--born", "2015-04-09"),
        ("view", NUMBER),
        ("accesses", NUMBER),
        ("shield", NUMBER, "--ground", "adoption", "--review-on", "2030-01-01"),
        ("shield-status", "some-id"),
        ("lift", "some-id"),
        ("token", "--role", "auditor"),
        ("dead-letters", "list"),
        ("reindex",),
        ("first-load", __file__),
        ("status",),
    ],
)
def test_without_a_running_signpost_the_exit_code_says_so(arguments: tuple[str, ...]) -> None:
    code, out, err = run(*arguments)
    assert code == Code.NOT_RUNNING
    assert "signpost up" in err
    assert "Traceback" not in out + err


def test_status_as_json_names_every_endpoint() -> None:
    code, out, _ = run("status", "--json")
    status = json.loads(out)
    assert code == Code.NOT_RUNNING
    assert not status["ready"]
    assert set(status["engines"]) == {"kind", "kafka", "elasticsearch", "documents"}
    assert set(status["services"]) == {"issuer", "registry", "search", "shielding", "audit"}
    assert status["services"]["search"]["url"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    "arguments",
    [
        ("search", "--born-from", "2015-01-01"),
        ("search", "--identifier", "no-equals-sign"),
        ("dead-letters", "replay"),
        ("dead-letters", "replay", "x:0:1", "--all"),
        ("dead-letters", "list", "--service", "nobody"),
        ("token", "--role", "king"),
        ("load", "/does/not/exist"),
        ("shield", "--ground", "adoption", "--review-on", "2030-01-01"),
        ("shield", NUMBER, "--details", "-", "--ground", "adoption", "--review-on", "2030-01-01"),
        ("no-such-verb",),
    ],
)
def test_what_is_not_understood_has_its_own_exit_code(arguments: tuple[str, ...]) -> None:
    assert run(*arguments)[0] == Code.USAGE


def test_details_come_from_a_file_or_standard_input_and_are_not_quoted_where_they_are_none(tmp_path: Path) -> None:
    arguments = ("--ground", "adoption", "--review-on", "2030-01-01")
    file = tmp_path / "details.json"
    file.write_text('{"names": [{"family": "Okafor"}], "date_of_birth": "2015-04-09"}')
    assert run("shield", "--details", str(file), *arguments)[0] == Code.NOT_RUNNING
    for bad in ("Okafor", '["Okafor"]'):
        done = CliRunner().invoke(app, ["shield", "--details", "-", *arguments], input=bad)
        assert done.exit_code == Code.FAILED
        assert done.stderr.strip() == "Standard input is not a JSON object."
    assert run("shield", "--details", str(tmp_path / "none"), *arguments)[0] == Code.FAILED


def test_every_command_but_the_demo_has_json_for_a_machine() -> None:
    def without(group: Any, before: str = "") -> Iterator[str]:
        for name, each in group.commands.items():
            if hasattr(each, "commands"):
                yield from without(each, f"{before}{name} ")
            elif not any("--json" in option.opts for option in each.params):
                yield before + name

    assert list(without(typer.main.get_command(app))) == ["demo"]


@pytest.mark.parametrize("offset", ["abc", "1.5", "-20000", "60000"])
def test_an_offset_that_is_none_names_its_setting(monkeypatch: pytest.MonkeyPatch, offset: str) -> None:
    monkeypatch.setenv("SIGNPOST_PORT_OFFSET", offset)
    code, out, err = run("status")
    assert code == Code.USAGE
    assert err.startswith("SIGNPOST_PORT_OFFSET is not as it should be: set it to a whole number")
    assert offset not in err
    assert "Traceback" not in out + err


@pytest.mark.parametrize("offset", [-19_000, 45_000])
def test_an_offset_that_is_taken_leaves_every_port_a_port(monkeypatch: pytest.MonkeyPatch, offset: int) -> None:
    monkeypatch.setenv("SIGNPOST_PORT_OFFSET", str(offset))
    taken = Place.current().offset
    ports = (*astuple(Ports().moved(taken)), *astuple(ServicePorts().moved(taken)))
    assert 0 < min(ports) <= max(ports) < 2**16


@pytest.mark.parametrize("arguments", [("status",), ("down",), ("load", __file__), ("first-load", __file__)])
@pytest.mark.parametrize("below", ["", "deeper/down"])
def test_a_state_folder_that_cannot_be_made_names_its_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str, arguments: tuple[str, ...]
) -> None:
    state = tmp_path / "file" / below
    (tmp_path / "file").touch()
    monkeypatch.setenv("SIGNPOST_STATE", str(state))
    code, out, err = run(*arguments)
    assert code == Code.USAGE
    assert err.startswith(f"SIGNPOST_STATE is {state}, which cannot be made or written")
    assert "Traceback" not in out + err


def test_an_error_of_another_file_is_not_blamed_on_the_state_folder(tmp_path: Path) -> None:
    assert unusable(FileNotFoundError(2, "No such file or directory", str(tmp_path / "none"))) is None
    assert unusable(PermissionError(13, "Permission denied", "/elsewhere")) is None
    assert unusable(OSError("no file is named")) is None


def test_every_exit_code_is_in_the_help() -> None:
    _, out, _ = run("--help")
    assert all(f"{code.value:>3}  " in out for code in Code)


def test_the_help_is_there_before_anything_heavy_is_imported() -> None:
    heavy = (
        "import sys, cli.app; print([m for m in ('pydantic', 'aiokafka', 'httpx', 'fastapi') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_roles_are_those_of_the_issuer() -> None:
    assert {role.value for role in Role} == set(get_args(IssuerRole))


def test_a_refusal_is_told_by_title_detail_and_fields() -> None:
    problem = {"title": "Wrong", "detail": "See below.", "errors": [{"field": "review_on", "problem": "missing"}]}
    failure = client.refusal("shielding", httpx.Response(422, json=problem))
    assert (str(failure), failure.code) == ("Wrong: See below.\n  review_on: missing", Code.FAILED)
    assert failure.document == problem


def test_an_answer_that_is_no_problem_document_is_not_quoted() -> None:
    failure = client.refusal("search", httpx.Response(500, text="secret"))
    assert str(failure) == "search answered 500."


def test_a_missing_record_is_nothing_found() -> None:
    failure = client.refusal("search", httpx.Response(404, json={"title": "Not found", "detail": "No."}))
    assert failure.code == Code.NOTHING_FOUND


def test_a_token_from_the_environment_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNPOST_TOKEN", "mine")
    with client.Client(Place.current(), httpx.MockTransport(lambda _: httpx.Response(500))) as asking:
        assert asking.token("auditor") == "mine"


def test_a_service_that_does_not_answer_in_time_is_not_reachable() -> None:
    def late(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late")

    with client.Client(Place.current(), httpx.MockTransport(late)) as asking, pytest.raises(Failure) as failed:
        asking.get("audit", "/v1/entries", "token")
    assert failed.value.code == Code.NOT_RUNNING


def test_a_restricted_record_shows_whom_to_ask_and_nothing_else() -> None:
    screen = Console(record=True, width=100, file=io.StringIO())
    answer = {
        "child_number": NUMBER,
        "name": {"given": "Amelia", "family": "Okafor"},
        "date_of_birth": "2015-04-09",
        "gender": "female",
        "restricted": True,
        "central_team": [{"kind": "phone", "value": "0161 496 0001"}],
    }
    screen.print(pages.record(answer))
    assert "0161 496 0001" in screen.export_text()


@pytest.mark.parametrize("as_json", [True, False])
def test_a_refusal_is_a_document_only_for_who_asked_for_json(
    monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    def refuse(*_: object) -> None:
        raise Failure("Wrong: See below.", document={"title": "Wrong"})

    monkeypatch.setattr(client.Client, "token", refuse)
    code, out, err = run("view", NUMBER, *(["--json"] if as_json else []))
    assert code == Code.FAILED
    assert err == "Wrong: See below.\n"
    assert (json.loads(out) if as_json else out) == ({"title": "Wrong"} if as_json else "")
