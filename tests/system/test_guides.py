"""The guides work as they stand: what they tell their reader to type is typed, in order, at a running Signpost."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import pytest

from cli.output import Code
from deploy.engines import Engines
from deploy.engines.external import VARIABLES
from deploy.engines.model import is_free
from deploy.stack import ServicePorts
from tests.docs.documents import ROOT, commands, files

_PATIENCE, _PAUSE = 60.0, 0.5
"""Seconds for which something may not be found yet, and before it is looked for again."""
_ID = r"[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}"
# What takes long, or enters the virtual environment that the tests are in already.
_NOT_TYPED = re.compile(r"make (demo|test|install|check|bench)\b|(\.|source) |.*--wipe")
# What a reader's shell remembers for the commands that follow.
_LASTING = re.compile(r"export |cd |\w+=\S+$|\w+=\$\(.*\)$")


class Guided:
    """Somebody who follows a guide: what is shown in capitals, they replace by what they have seen."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.seen: dict[str, str] = {}
        self._folder = folder
        self._environment = environment
        self._said: list[str] = []

    def write(self, name: str, content: str) -> None:
        """Write a file that the guide asks for."""
        (self._folder / name).write_text(content)

    def type(self, command: str) -> None:
        """Run a command; what was only just published may take a moment to be found."""
        for shown, value in self.seen.items():
            command = re.sub(rf"\b{shown}\b", value, command)
        deadline = time.monotonic() + _PATIENCE
        done = self._run(command)
        while done.returncode == Code.NOTHING_FOUND and time.monotonic() < deadline:
            time.sleep(_PAUSE)
            done = self._run(command)
        assert done.returncode == Code.DONE, f"{command}\n{done.stdout}{done.stderr}"
        self._look_at(command, done.stdout)
        if _LASTING.match(command):
            self._said.append(command)

    def _run(self, command: str) -> subprocess.CompletedProcess[str]:
        typed = re.sub(r"^make (up|down)\b", r"signpost \1", command)
        return subprocess.run(
            ["bash", "-c", "\n".join([*self._said, typed])],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def _look_at(self, command: str, shown: str) -> None:
        for verb, name, pattern in (
            ("signpost search ", "CHILD_NUMBER", r"\b\d{10}\b"),
            ("signpost shield ", "SHIELD_ID", _ID),
            ("signpost reviews ", "REVIEW_ID", r"\b\d{10}-\d{10}\b"),
            ("signpost decide ", "DECISION_ID", _ID),
        ):
            found = re.search(pattern, shown)
            if command.startswith(verb) and found:
                self.seen[name] = found[0]


@pytest.fixture(scope="module")
def place(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of readers who share a Signpost: on this run's engines, by ports that are free together."""
    folder = tmp_path_factory.mktemp("guided")
    offset = next(each for each in random.sample(range(200, 10_000), 1000) if _free(each))
    where = {
        "kafka": engines.endpoints.kafka,
        "elasticsearch": engines.endpoints.elasticsearch,
        "documents": engines.endpoints.mongo,
    }
    environment = {
        **os.environ,
        **{VARIABLES[name]: address for name, address in where.items()},
        "SIGNPOST_ENGINES": "external",
        "SIGNPOST_STATE": str(folder / "state"),
        "SIGNPOST_PORT_OFFSET": str(offset),
        "SIGNPOST_PREFIX": f"g{os.getpid()}-{offset}-",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    yield environment
    Guided(folder, environment).type("signpost down")


@pytest.fixture
def guided(place: dict[str, str], tmp_path: Path) -> Guided:
    """A reader at a running Signpost, which others have used before."""
    reader = Guided(tmp_path, place)
    reader.type("signpost up")
    return reader


def _free(offset: int) -> bool:
    return all(map(is_free, astuple(ServicePorts().moved(offset))))


GUIDES = (
    "README.md",
    "docs/source-systems.md",
    "docs/runbooks/matching-doubts.md",
    "docs/runbooks/first-load.md",
    "docs/runbooks/opening-an-authority.md",
    "docs/runbooks/expecting-a-child.md",
)


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_works_as_it_stands(guided: Guided, guide: str) -> None:
    text = (ROOT / guide).read_text()
    for name, content in files(text).items():
        guided.write(name, content)
    typed = [command for command in commands(text) if not _NOT_TYPED.match(command)]
    assert typed
    for command in typed:
        guided.type(command)
