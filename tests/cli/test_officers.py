"""What an officer's command says of a decision, and how it ends, when that is not in force at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import client, officers
from cli.app import app
from cli.output import Code, Failure

NUMBER = "9434765919"
SHIELD = ("shield", NUMBER, "--ground", "adoption", "--review-on", "2099-01-01")
DECIDED: dict[str, Any] = {
    "shield_id": "some-id",
    "child_number": NUMBER,
    "revision": 1,
    "status": "decided",
    "in_words": "NOT HIDDEN YET.",
    "hidden": False,
    "review_on": "2099-01-01",
    "decided_at": "2026-03-01T09:30:00Z",
    "rewritten": {},
    "left": [],
}
FENCED = DECIDED | {"status": "fenced", "in_words": "Hidden everywhere.", "hidden": True}
REQUESTED = FENCED | {"status": "lift-requested"}
APPROVED = DECIDED | {"status": "lift-approved", "in_words": "The lift is being carried out."}
LIFTED = DECIDED | {"status": "lifted", "in_words": "Lifted."}


class Shielding:
    """Answers as it is told to; to every further look as to the last."""

    def __init__(self, posted: dict[str, Any], *looks: dict[str, Any] | Failure) -> None:
        self.looks = 0
        self._posted = posted
        self._looks: Iterator[dict[str, Any] | Failure] = iter(looks)
        self._last: dict[str, Any] | Failure = posted

    def post(self, *_: object) -> dict[str, Any]:
        return self._posted

    def get(self, *_: object) -> dict[str, Any]:
        self.looks += 1
        self._last = next(self._looks, self._last)
        if isinstance(self._last, Failure):
            raise self._last
        return self._last


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(officers, "WITHIN", 0.05)
    monkeypatch.setattr(officers, "_EVERY", 0.001)
    monkeypatch.delenv("SIGNPOST_TOKEN", raising=False)


def run(monkeypatch: pytest.MonkeyPatch, shielding: Shielding, *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr(client.Client, "token", lambda *_: "token")
    monkeypatch.setattr(client.Client, "post", lambda _, *asked: shielding.post(*asked))
    monkeypatch.setattr(client.Client, "get", lambda _, *asked: shielding.get(*asked))
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.stdout, done.stderr


def test_a_child_who_is_hidden_at_once_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    shielding = Shielding(FENCED)
    assert run(monkeypatch, shielding, *SHIELD)[0] == Code.DONE
    assert shielding.looks == 0


def test_a_shield_is_looked_at_again_until_the_child_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    shielding = Shielding(DECIDED, DECIDED, DECIDED, FENCED)
    code, out, _ = run(monkeypatch, shielding, *SHIELD)
    assert (code, shielding.looks) == (Code.DONE, 3)
    assert "Hidden everywhere." in out
    assert "NOT HIDDEN YET" not in out


def test_a_child_who_is_not_hidden_has_its_own_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = run(monkeypatch, Shielding(DECIDED), *SHIELD)
    assert code == Code.NOT_YET
    assert "NOT HIDDEN YET." in out
    assert "signpost shield-status some-id" in err
    code, out, _ = run(monkeypatch, Shielding(DECIDED), *SHIELD, "--json")
    assert (code, json.loads(out)["hidden"]) == (Code.NOT_YET, False)


def test_a_look_that_is_refused_does_not_make_a_kept_decision_a_failed_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused = Failure("Not available: Kafka does not answer.")
    assert run(monkeypatch, Shielding(DECIDED, refused, FENCED), *SHIELD)[0] == Code.DONE
    code, out, _ = run(monkeypatch, Shielding(DECIDED, refused), *SHIELD)
    assert code == Code.NOT_YET
    assert "some-id" in out


def test_a_lift_ends_well_once_the_child_can_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    # The shield as the first officer and then the second see it, and what became of it.
    assert run(monkeypatch, Shielding(APPROVED, FENCED, REQUESTED, LIFTED), "lift", "some-id")[0] == Code.DONE
    code, out, _ = run(monkeypatch, Shielding(APPROVED, FENCED, REQUESTED, APPROVED), "lift", "some-id")
    assert code == Code.NOT_YET
    assert "The lift is being carried out." in out


def test_a_lift_that_waits_for_a_second_officer_is_not_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNPOST_TOKEN", "mine")
    shielding = Shielding(REQUESTED, FENCED)
    assert run(monkeypatch, shielding, "lift", "some-id")[0] == Code.NOT_YET
    assert shielding.looks == 1


@pytest.mark.parametrize(
    ("shield", "code"),
    [
        *((DECIDED, Code.NOT_YET), (APPROVED, Code.NOT_YET)),
        *((FENCED, Code.DONE), (REQUESTED, Code.DONE), (LIFTED, Code.DONE)),
    ],
)
def test_a_shields_status_ends_by_whether_what_was_decided_is_in_force(
    monkeypatch: pytest.MonkeyPatch, shield: dict[str, Any], code: Code
) -> None:
    assert run(monkeypatch, Shielding(DECIDED, shield), "shield-status", "some-id")[0] == code
