"""What is fetched from package registries, and the cache it is kept in for every checkout."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from deploy.engines.java import find_java
from deploy.engines.model import EngineError, Progress
from deploy.engines.process import locked

KAFKA = "4.3.1"
ELASTICSEARCH = "9.4.3"
SECANTUS_RUST = "0.5.3-beta.196"
SECANTUS_WHEEL = "0.7.0b3"

NOTHING: Mapping[str, str] = MappingProxyType({})
POM = Path(__file__).with_name("pom.xml")


def cache() -> Path:
    """Where installed engines are kept; as root a place that other users can read."""
    if chosen := os.environ.get("SIGNPOST_CACHE"):
        return Path(chosen).absolute()
    if os.geteuid() == 0:
        return Path("/var/cache/signpost")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "signpost"


def installed(name: str, progress: Progress, fetch: Callable[[Path], None]) -> Path:
    """A folder of the cache; if it is not there yet, fetch fills it, and it appears whole or not at all."""
    place = cache() / name
    if place.exists():
        return place
    if not cache().exists():
        # Two may come here at once; which of them makes it is all the same.
        cache().mkdir(parents=True, exist_ok=True)
        cache().chmod(0o755)
    with locked(cache() / f"{name}.lock", lambda: progress(f"{name}: waiting for another installation")):
        if place.exists():
            return place
        with tempfile.TemporaryDirectory(prefix=f"{name}.", dir=cache()) as temporary:
            unfinished = Path(temporary) / name
            unfinished.mkdir()
            fetch(unfinished)
            _let_all_read(unfinished)
            unfinished.rename(place)
    return place


def keep(file: Path, place: Path) -> None:
    """Move a file into the cache, where it appears whole or not at all."""
    unfinished = Path(tempfile.mkdtemp(dir=cache())) / file.name
    shutil.move(file, unfinished)
    unfinished.rename(place)
    unfinished.parent.rmdir()


def kafka(progress: Progress) -> Path:
    """The folder of Kafka's jars."""

    def fetch(place: Path) -> None:
        progress(f"Apache Kafka {KAFKA}: fetching about 45 MB")
        _maven(
            f"Apache Kafka {KAFKA}",
            ["dependency:copy-dependencies", f"-DoutputDirectory={place}"],
        )

    return installed(f"kafka-{KAFKA}", progress, fetch)


def elasticsearch(progress: Progress) -> Path:
    """Elasticsearch's home."""
    name = f"elasticsearch-{ELASTICSEARCH}"

    def fetch(place: Path) -> None:
        progress(f"Elasticsearch {ELASTICSEARCH}: fetching about 120 MB")
        artifact = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{ELASTICSEARCH}:zip"
        _maven(
            f"Elasticsearch {ELASTICSEARCH}",
            ["dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={place}"],
        )
        archive = place / f"{name}.zip"
        with zipfile.ZipFile(archive) as content:
            content.extractall(place)
        archive.unlink()

    return installed(name, progress, fetch) / name


def secantus_rust(progress: Progress) -> Path:
    """The Rust server of SecantusDB, built here; its build fails only once until its log is removed."""
    name = f"secantusdb-{SECANTUS_RUST}"
    log = cache() / f"{name}.log"

    def build(place: Path) -> None:
        # Asked while nobody else builds: whoever does has a log, too.
        if log.exists():
            raise EngineError(f"SecantusDB could not be built earlier: read why in {log}; remove it to try again.")
        progress(f"SecantusDB {SECANTUS_RUST}: building, which takes some minutes, once")
        command = ["cargo", "install", "secantus-mdb", "--version", SECANTUS_RUST, "--ignore-rust-version"]
        # A target folder of its own: a second build elsewhere neither waits for it nor disturbs it.
        settings = os.environ | {"CARGO_TARGET_DIR": str(place.parent / "target")}
        try:
            ended = _built([*command, "--root", str(place)], settings, log, progress)
        except BaseException:
            log.unlink(missing_ok=True)
            raise
        if ended < 0:
            log.unlink()
            raise EngineError("SecantusDB was being built, and somebody stopped it: start again.")
        if ended:
            raise EngineError(f"SecantusDB could not be built: read why in {log}; remove it to try again.")
        log.unlink()

    return installed(name, progress, build) / "bin" / "secantusd-rs"


def _built(command: list[str], settings: Mapping[str, str], log: Path, progress: Progress) -> int:
    """What a build ended with, which is negative where a signal ended it; what it said is in the log."""
    with (
        log.open("w") as kept,
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=settings) as cargo,
    ):
        compiled = 0
        for line in cargo.stderr or ():
            kept.write(line)
            compiled += line.lstrip().startswith("Compiling")
            if compiled % 25 == 1 and "Compiling" in line:
                progress(f"SecantusDB {SECANTUS_RUST}: building, {compiled} parts so far")
    return cargo.returncode


def secantus_wheel(progress: Progress) -> Path:
    """The Python that has SecantusDB's wheel installed."""

    def fetch(place: Path) -> None:
        progress(f"SecantusDB {SECANTUS_WHEEL}: fetching the wheel")
        _run(f"SecantusDB {SECANTUS_WHEEL}", [sys.executable, "-m", "venv", str(place)])
        pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        _run(f"SecantusDB {SECANTUS_WHEEL}", [*pip, f"secantusdb=={SECANTUS_WHEEL}"])

    python = f"py{sys.version_info.major}.{sys.version_info.minor}"
    return installed(f"secantusdb-{SECANTUS_WHEEL}-{python}", progress, fetch) / "bin" / "python"


def _maven(what: str, arguments: list[str]) -> None:
    if shutil.which("mvn") is None:
        raise EngineError(
            f"{what} is fetched with Maven, which is not on the PATH: install it"
            " (for instance apt install maven), then start again."
        )
    quietly = ["-q", "-B", "-Dstyle.color=never"]
    project = ["-f", str(POM), f"-Dkafka.version={KAFKA}"]
    _run(what, ["mvn", *quietly, *project, *arguments], {"JAVA_HOME": str(find_java().home)})


def _run(what: str, command: list[str], environment: Mapping[str, str] = NOTHING) -> None:
    done = subprocess.run(
        command,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        errors = [line for line in said if "ERROR" in line] or said[-1:] or [f"exit {done.returncode}"]
        # Without colours, marks of severity and Maven's pointer to its help.
        reason = re.sub(r"\x1b\[\d*m|\[?ERROR[]:]|->.*", "", errors[0]).strip().rstrip(".")
        raise EngineError(
            f"{what} could not be fetched ({reason[:300]}): check the network and the settings of"
            f" {Path(command[0]).name}, then start again."
        )


def _let_all_read(root: Path) -> None:
    """Undo a strict umask: Elasticsearch may have to run as another user than the one who installs it."""
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))
