"""The demo tells what is so: where an answer is not the promised one, it ends instead of claiming otherwise."""

from __future__ import annotations

from typing import Any, cast

import pytest

from cli import story
from cli.casting import Girl
from cli.client import Client
from cli.output import Failure

NUMBER = "9434765919"
GIRL = Girl(
    person=1,
    given="Amelia",
    family="Okafor",
    born="2015-04-09",
    postcode="NW7 4QT",
    authority="northshire",
    school="Mill Lane",
    teacher="J. Patel",
    kinds=3,
)
SHOWN = {
    "child_number": NUMBER,
    "name": {"given": "Amelia", "family": "Okafor"},
    "date_of_birth": "2015-04-09",
    "gender": "female",
}
MOMENT = "2026-03-01T09:30:00Z"
LOOKS = [("search", False), ("view", False), ("shield-place", False), ("view", True)]


class Signpost:
    """Keeps its promises, but for the one that it is told to break."""

    def __init__(self, breaks: str = "", refused: str = "") -> None:
        self._breaks = breaks
        self._refused = refused
        self._shielded = False

    def token(self, *_: object, **__: object) -> str:
        return "token"

    def post(self, service: str, path: str, _: str, body: dict[str, Any]) -> dict[str, Any]:
        match service, path:
            case "search", "/v1/searches":
                return self._search(body["criteria"])
            case "search", "/v1/views":
                return self._view()
            case "shielding", _:
                self._shielded = True
                return self._shield(hidden=False)
        return {}

    def get(self, service: str, _path: str, _: str) -> dict[str, Any]:
        if service == "shielding":
            return self._shield(hidden=self._breaks != "hidden")
        looks = LOOKS[: -1 if self._breaks == "audit" else None]
        plain = {"actor": "j.patel", "role": "practitioner", "outcome": "shown", "occurred_at": MOMENT}
        return {"accesses": [plain | {"action": action, "restricted": hidden} for action, hidden in looks]}

    def _search(self, criteria: dict[str, str]) -> dict[str, Any]:
        if self._refused:
            refused, self._refused = self._refused, ""
            raise Failure("Not allowed", document={"type": f"urn:signpost:problem:{refused}"})
        found = SHOWN | {"restricted": self._shielded and self._breaks != "restricted"}
        gone = self._shielded and (
            self._breaks == "gone" or ("postcode" in criteria and self._breaks != "postcode")
        )
        return {"outcome": "none" if gone else "matches", "matches": [] if gone else [found]}

    def _view(self) -> dict[str, Any]:
        if self._shielded and self._breaks != "view":
            return SHOWN | {"restricted": True, "central_team": []}
        identity = {"names": [SHOWN["name"]]}
        rest = {"restricted": False, "identity": identity, "involvements": [], "responsible_authority": None}
        return SHOWN | rest

    def _shield(self, hidden: bool) -> dict[str, Any]:
        scrubbed = hidden and self._breaks != "scrubbed"
        return {
            "shield_id": "some-id",
            "child_number": NUMBER,
            "status": "scrubbed" if scrubbed else "fenced" if hidden else "decided",
            "in_words": "Hidden everywhere." if hidden else "NOT HIDDEN YET.",
            "hidden": hidden,
            "review_on": "2099-01-01",
            "decided_at": MOMENT,
            "rewritten": {},
            "left": [],
        }


def tell(breaks: str = "") -> None:
    story.tell(cast("Client", Signpost(breaks)), [GIRL], story.Stopwatch())


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "PATIENCE", 0.1)


def test_where_every_promise_is_kept_the_story_is_told_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    tell()
    told = capsys.readouterr().out
    assert "Hidden everywhere." in told
    assert "NOT HIDDEN YET" not in told


def test_it_waits_until_search_has_heard_that_the_school_is_let_in_and_for_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(story, "PATIENCE", 10.0)
    for refused in ("organisation-not-admitted", "forbidden"):
        told = cast("Client", Signpost(refused=refused))
        if refused == "forbidden":
            with pytest.raises(Failure, match="Not allowed"):
                story.tell(told, [GIRL], story.Stopwatch())
        else:
            story.tell(told, [GIRL], story.Stopwatch())


@pytest.mark.parametrize(
    ("broken", "said", "claim"),
    [
        ("hidden", "she is not hidden everywhere", "No process anywhere can show"),
        ("gone", "she is not found as restricted", "stay visible"),
        ("restricted", "does not show her, and her alone, as restricted", "stay visible"),
        ("view", "as if there were no shield", "And by her postcode"),
        ("postcode", "her postcode, which is hidden, finds her", "What is hidden cannot be used"),
        ("scrubbed", "not every store has been rewritten", "Scrubbed: every store has been rewritten"),
        ("audit", "not every look at her is in the audit log", "What was typed is sealed"),
    ],
)
def test_a_promise_that_is_not_kept_ends_the_story_before_it_is_claimed(
    capsys: pytest.CaptureFixture[str], broken: str, said: str, claim: str
) -> None:
    with pytest.raises(Failure, match=said):
        tell(broken)
    assert claim not in capsys.readouterr().out
