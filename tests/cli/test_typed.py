"""What is said of a child comes by standard input, where other users of the machine cannot see it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import client
from cli.app import app
from cli.output import Code, Failure

NUMBER = "9434765919"
SHIELD = ("shield", NUMBER, "--ground", "other", "--review-on", "2099-01-01")
REVIEW = ("shield-review", "some-id", "--outcome", "still-needed", "--review-on", "2099-01-01")


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The bodies of what was asked; every service refuses."""
    found: list[dict[str, Any]] = []

    def refuse(_: object, _service: str, _path: str, _token: str, body: dict[str, Any]) -> None:
        found.append(body)
        raise Failure("Refused.")

    monkeypatch.setattr(client.Client, "token", lambda *_: "token")
    monkeypatch.setattr(client.Client, "get", lambda *_: {"children": []})
    monkeypatch.setattr(client.Client, "post", refuse)
    return found


def run(text: str | bytes, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments), input=text)
    return done.exit_code, done.stderr


def test_criteria_come_by_standard_input(posted: list[dict[str, Any]]) -> None:
    run('{"family": "Okafor", "date_of_birth": "2015-04-09"}', "search", "--criteria", "-")
    assert [body["criteria"] for body in posted] == [{"family": "Okafor", "date_of_birth": "2015-04-09"}]


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (("search", "--family", "Okafor", "--reason", "other", "--detail", "-"), ("reason", "detail")),
        (("view", NUMBER, "--reason", "other", "--detail", "-"), ("reason", "detail")),
        ((*SHIELD, "--detail", "-"), ("detail",)),
        ((*REVIEW, "--detail", "-"), ("detail",)),
        (("decide", "some-id", "--verdict", "same", "--reason", "-"), ("reason",)),
    ],
)
def test_words_of_ones_own_come_by_standard_input(
    posted: list[dict[str, Any]], arguments: tuple[str, ...], where: tuple[str, ...]
) -> None:
    run("Her mother, Gräce,\nhas rung.\n", *arguments)
    [said] = posted
    for name in where:
        said = said[name]
    assert said == "Her mother, Gräce,\nhas rung."


def test_words_in_the_command_are_taken_as_they_are(posted: list[dict[str, Any]]) -> None:
    run("not read", "view", NUMBER, "--reason", "other", "--detail", "made up")
    assert posted == [{"reason": {"code": "other", "detail": "made up"}, "child_number": NUMBER}]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("search", "--criteria", "-", "--detail", "-"), "--criteria and --detail"),
        ((SHIELD[0], *SHIELD[2:], "--details", "-", "--detail", "-"), "--details and --detail"),
    ],
)
def test_two_things_are_not_read_from_one_standard_input(
    posted: list[dict[str, Any]], arguments: tuple[str, ...], named: str
) -> None:
    code, err = run("{}", *arguments)
    assert (code, err) == (Code.USAGE, f"Only one of {named} can be read from standard input.\n")
    assert posted == []


@pytest.mark.parametrize("text", ["Okafor", '["Okafor"]', b"\xffOkafor"])
def test_what_cannot_be_read_is_not_quoted(
    posted: list[dict[str, Any]], tmp_path: Path, text: str | bytes
) -> None:
    file = tmp_path / "criteria.json"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert run(text, "search", "--criteria", "-") == (Code.FAILED, "Standard input is not a JSON object.\n")
    assert run("", "search", "--criteria", str(file)) == (Code.FAILED, f"{file} is not a JSON object.\n")
    assert posted == []


def test_words_that_are_no_text_are_refused(posted: list[dict[str, Any]]) -> None:
    code, err = run(b"\xffOkafor", "view", NUMBER, "--detail", "-")
    assert (code, err) == (Code.FAILED, "Standard input is not UTF-8 text.\n")
    assert posted == []


@pytest.mark.parametrize("command", ["search", "view", "shield", "shield-review", "decide"])
def test_the_help_says_what_other_users_of_the_machine_can_see(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).stdout
    assert "other users of the machine can see" in shown
