"""Finds a Java that is new enough for the engines."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.engines.model import EngineError

OLDEST = 21  # what Elasticsearch asks for; Kafka would do with 17, but one Java for both is simpler
PLACES = (
    "/usr/lib/jvm",
    "/usr/java",
    "/opt/java",
    "/Library/Java/JavaVirtualMachines",
    "~/.sdkman/candidates/java",
)


@dataclass(frozen=True)
class Java:
    home: Path
    version: str

    @property
    def program(self) -> Path:
        return self.home / "bin" / "java"


def find_java() -> Java:
    """The first that is new enough: JAVA_HOME, the PATH, then where systems install them, newest first."""
    for java in _candidates():
        # As root, Elasticsearch runs as somebody else, who must be able to read its Java.
        if _major(java) >= OLDEST and (os.geteuid() != 0 or open_to_all(java.home)):
            return java
    raise EngineError(
        f"Java {OLDEST} or newer is needed for Kafka and Elasticsearch and was not found: install a JDK"
        " (for instance apt install openjdk-21-jdk-headless) or set JAVA_HOME to one, then start again."
    )


def open_to_all(path: Path) -> bool:
    """Whether every user can get at this path, whatever its parents."""
    path = path.resolve()
    return all(parent.stat().st_mode & 0o001 for parent in (path, *path.parents) if parent.is_dir())


def _candidates() -> Iterator[Java]:
    if home := os.environ.get("JAVA_HOME"):
        yield from _java_in(Path(home))
    if program := shutil.which("java"):
        yield from _java_in(Path(program).resolve().parents[1])
    found: list[Java] = []
    for place in PLACES:
        for folder in Path(place).expanduser().glob("*"):
            found += [*_java_in(folder), *_java_in(folder / "Contents" / "Home")]
    yield from sorted(found, key=_major, reverse=True)


def _java_in(home: Path) -> Iterator[Java]:
    """The Java of this folder, read from the release file that every JDK has: running it takes longer."""
    release = home / "release"
    if os.access(home / "bin" / "java", os.X_OK) and release.is_file():
        version = re.search(r'^JAVA_VERSION="([^"]+)"', release.read_text(), re.MULTILINE)
        if version is not None:
            yield Java(home, version[1])


def _major(java: Java) -> int:
    return int(re.split(r"[.\-+]", java.version)[0])
