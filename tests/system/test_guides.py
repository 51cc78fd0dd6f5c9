"""The guides work as they stand: what they tell their reader to type is typed, in order, at a running Signpost."""

from __future__ import annotations

import asyncio
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

from cli.kafka import producer
from cli.output import Code
from contracts.sources import SOURCE_CHANGES
from deploy.engines import Engines
from deploy.engines.external import VARIABLES
from deploy.engines.model import is_free
from deploy.stack import ServicePorts
from runtime.kafka import topic
from runtime.settings import KafkaSettings
from tests.docs.documents import ROOT, commands, files
from tests.world import await_

_PATIENCE, _PAUSE = 60.0, 0.5
"""Seconds for which something may not be found yet, and before it is looked for again."""
_ID = r"[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}"
# What takes long, enters the virtual environment that the tests are in already, or says where the engines are.
_NOT_TYPED = re.compile(r"make (demo|test|install|check|bench)\b|(\.|source) |.*--wipe|INDEX=")
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
        done = self.run(command)
        while done.returncode == Code.NOTHING_FOUND and time.monotonic() < deadline:
            time.sleep(_PAUSE)
            done = self.run(command)
        assert done.returncode == Code.DONE, f"{command}\n{done.stdout}{done.stderr}"
        self._look_at(command, done.stdout)
        if _LASTING.match(command):
            self._said.append(command)

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command, however it ends."""
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
            ("signpost dead-letters list ", "LETTER_ID", r"[\w.-]+\.v\d:\d+:\d+"),
        ):
            found = re.search(pattern, shown)
            if command.startswith(verb) and found:
                self.seen[name] = found[0]


@pytest.fixture(scope="module")
def place(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of readers who share a Signpost: on this run's engines, by ports that are free together."""
    folder = tmp_path_factory.mktemp("guided")
    offset = next(each for each in random.sample(range(200, 10_000), 1000) if _free(each))
    prefix = f"g{os.getpid()}-{offset}-"
    where = {
        "kafka": engines.endpoints.kafka,
        "elasticsearch": engines.endpoints.elasticsearch,
        "documents": engines.endpoints.mongo,
    }
    environment = {
        **os.environ,
        **{VARIABLES[name]: address for name, address in where.items()},
        "INDEX": engines.endpoints.elasticsearch,
        "SIGNPOST_ENGINES": "external",
        "SIGNPOST_STATE": str(folder / "state"),
        "SIGNPOST_PORT_OFFSET": str(offset),
        "SIGNPOST_PREFIX": prefix,
        "PREFIX": prefix,
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


def _set_aside(guided: Guided, place: dict[str, str]) -> None:
    """A message that the registry cannot read, so that there is a dead letter."""
    settings = KafkaSettings(bootstrap=place["SIGNPOST_KAFKA_BOOTSTRAP"], prefix=place["SIGNPOST_PREFIX"])

    async def publish() -> None:
        async with producer(settings) as client:
            await client.send_and_wait(topic(settings, SOURCE_CHANGES), b"{", b"northshire-schools/BAD")

    asyncio.run(publish())
    await_(lambda: "invalid" in guided.run("signpost dead-letters list").stdout or None)


def _nothing(_: Guided, __: dict[str, str]) -> None:
    """What a guide needs to be there that is there anyway."""


GUIDES = {
    "README.md": _nothing,
    "docs/source-systems.md": _nothing,
    "docs/runbooks/matching-doubts.md": _nothing,
    "docs/runbooks/first-load.md": _nothing,
    "docs/runbooks/opening-an-authority.md": _nothing,
    "docs/runbooks/expecting-a-child.md": _nothing,
    "docs/runbooks/dead-letters.md": _set_aside,
    "docs/runbooks/index-rebuild.md": _nothing,
}
"""The guides, and what they tell about that has to happen first."""


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_works_as_it_stands(guided: Guided, place: dict[str, str], guide: str) -> None:
    GUIDES[guide](guided, place)
    text = (ROOT / guide).read_text()
    for name, content in files(text).items():
        guided.write(name, content)
    typed = [command for command in commands(text) if not _NOT_TYPED.match(command)]
    assert typed
    for command in typed:
        guided.type(command)
