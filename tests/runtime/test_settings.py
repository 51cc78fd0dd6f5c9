"""A service starts on the settings that were meant, or says which are wrong, and never what they were set to."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from deploy.engines import Ports
from deploy.stack import OF_THE_COMMAND, ROOT, Stack, inherited
from runtime.settings import ServiceSettings, read
from services.audit.settings import Settings as Audit
from services.registry.settings import Settings as Registry
from services.search.settings import Settings as Search
from services.shielding.settings import Settings as Shielding

SERVICES = {"audit": Audit, "registry": Registry, "search": Search, "shielding": Shielding}
each_service = pytest.mark.parametrize("name", SERVICES)


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """Services that are not started."""
    return Stack(tmp_path_factory.mktemp("stack"), Ports().endpoints)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("SIGNPOST_"):
            monkeypatch.delenv(name)


def said(kind: type[ServiceSettings]) -> str:
    """What a service ends with."""
    with pytest.raises(SystemExit) as ended:
        read(kind)
    return str(ended.value)


@each_service
def test_what_the_command_sets_is_understood(stack: Stack, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for variable, value in stack.environment(name).items():
        monkeypatch.setenv(variable, value)
    assert read(SERVICES[name]).profile == "development"


@each_service
@pytest.mark.parametrize("wrong", ["PROFIL", "KAFKA_BOOTSTRAP", "KAFKKA__BOOTSTRAP", "KAFKA__BOOTSTRP", "STATE"])
def test_a_misspelt_name_is_named_and_its_value_is_not(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, name: str, wrong: str
) -> None:
    for variable, value in stack.environment(name).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv(f"SIGNPOST_{wrong}", "what-it-was-set-to")
    assert said(SERVICES[name]) == f"SIGNPOST_{wrong} is no setting of this service: correct or remove it."


def test_what_is_missing_or_wrong_is_named_in_a_sentence_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNPOST_PORT", "what-it-was-set-to")
    assert said(Audit).splitlines() == [
        "SIGNPOST_PORT is not as it should be (int_parsing).",
        "SIGNPOST_TOKENS must be set.",
    ]
    monkeypatch.setenv("SIGNPOST_KAFKA", "what-it-was-set-to")
    assert "what-it-was-set-to" not in said(Audit)


@pytest.mark.parametrize("name", ["registry", "search"])
def test_somebody_can_be_asked_wherever_something_is_not_told(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable, value in stack.environment(name).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("SIGNPOST_CENTRAL_TEAM", "[]")
    assert said(SERVICES[name]) == "SIGNPOST_CENTRAL_TEAM is not as it should be (too_short)."
    monkeypatch.delenv("SIGNPOST_CENTRAL_TEAM")
    assert said(SERVICES[name]) == "SIGNPOST_CENTRAL_TEAM must be set."


def test_an_authority_without_a_team_of_its_own_has_the_installations(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in stack.environment("registry").items():
        monkeypatch.setenv(variable, value)
    settings = read(Registry)
    assert settings.central_team_of("northshire") == settings.central_teams["northshire"]
    assert settings.central_team_of("eastmoor") == settings.central_team != settings.central_team_of("northshire")


@each_service
def test_a_service_ends_with_that_sentence_alone(stack: Stack, name: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", f"services.{name}"],
        cwd=ROOT,
        env={**inherited(), **stack.environment(name), "SIGNPOST_HOSTT": "what-it-was-set-to"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stderr == "SIGNPOST_HOSTT is no setting of this service: correct or remove it.\n"


def test_what_the_command_reads_for_itself_is_not_handed_to_services(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OF_THE_COMMAND:
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("SIGNPOST_LOG_LEVEL", "debug")
    assert {name for name in inherited() if name.startswith("SIGNPOST_")} == {"SIGNPOST_LOG_LEVEL"}
    own = (ROOT / "README.md").read_text().partition("command reads its own")[2].partition("## ")[0]
    assert set(re.findall(r"`(SIGNPOST_[A-Z_]+)`", own)) == OF_THE_COMMAND
