"""Elasticsearch: the genuine server with few modules, as its makers publish it for integration tests."""

import pwd
import shutil
import tempfile
from pathlib import Path

from deploy.engines import answers, install
from deploy.engines.engine import Engine, is_root
from deploy.engines.java import find_java, open_to_all
from deploy.engines.model import EngineError, Ports, Progress
from deploy.engines.process import Command

HEAP = "512m"

# What compose.yaml sets too; a test holds the two together.
SETTINGS = {
    "cluster.name": "signpost",
    "discovery.type": "single-node",
    "xpack.security.enabled": "false",
    "cluster.routing.allocation.disk.threshold_enabled": "false",
    "action.auto_create_index": "false",
}


class Elasticsearch(Engine):
    name = "Elasticsearch"
    patience = 180.0  # its start is mostly computing, and so much longer on a busy machine

    def __init__(self, home: Path, ports: Ports) -> None:
        super().__init__(home, ports.elasticsearch, ports.elasticsearch_transport)

    def ready(self) -> bool:
        return answers.elasticsearch_ready(self.ports[0])

    def check(self) -> None:
        super().check()
        find_java()
        if is_root() and not open_to_all(install.cache()):
            raise EngineError(
                f"As root, Elasticsearch runs as another user, who cannot read {install.cache()}: set"
                " SIGNPOST_CACHE to a folder that every user can read, then start again."
            )

    def wipe(self) -> None:
        self.stop()
        if (place := self._elsewhere()) is not None:
            shutil.rmtree(place, ignore_errors=True)
        super().wipe()

    def _command(self, progress: Progress) -> Command:
        java = find_java()
        program = install.elasticsearch(progress)
        place = self.place()
        user = _nobody() if is_root() else None
        self._configure(program, place)
        if user is not None:
            for path in (place, *place.rglob("*")):
                shutil.chown(path, user, user)
        return Command(
            # A small launcher, which starts the server and passes on the signal to stop.
            [
                *(str(java.program), "-Xms4m", "-Xmx64m", "-XX:+UseSerialGC"),
                *("-cp", f"{program}/lib/tools/server-launcher/*"),
                "org.elasticsearch.server.launcher.ServerLauncher",
            ],
            directory=program,
            environment={
                "ES_HOME": str(program),
                "ES_PATH_CONF": str(place / "config"),
                "ES_TMPDIR": str(place / "tmp"),
                "ES_DISTRIBUTION_TYPE": "zip",
                "ES_JAVA_HOME": str(java.home),
                # The quick compiler only: it starts sooner, and a short run never pays the other one back.
                "ES_JAVA_OPTS": f"-Xms{HEAP} -Xmx{HEAP} -XX:TieredStopAtLevel=1 -XX:-UseG1GC -XX:+UseSerialGC",
                "JAVA_HOME": str(java.home),
                "JAVA": str(java.program),
            },
            user=user,
        )

    def _configure(self, program: Path, place: Path) -> None:
        for folder in ("config", "data", "logs", "tmp", "snapshots"):
            (place / folder).mkdir(exist_ok=True)
        for file in ("jvm.options", "log4j2.properties"):
            shutil.copyfile(program / "config" / file, place / "config" / file)
        settings = SETTINGS | {
            "network.host": "127.0.0.1",
            "http.port": str(self.ports[0]),
            "transport.port": str(self.ports[1]),
            "path.data": f'"{place / "data"}"',
            "path.logs": f'"{place / "logs"}"',
            "path.repo": f'"{place / "snapshots"}"',
        }
        lines = "".join(f"{name}: {value}\n" for name, value in settings.items())
        (place / "config" / "elasticsearch.yml").write_text(lines)

    def place(self) -> Path:
        """The folder for data, configuration and temporary files.

        It is the engine's own, except as root. Elasticsearch refuses to run as root, and whom it runs as
        instead may not be let into the parents of our folder, a private checkout perhaps. A fresh folder is
        made then, and noted down.
        """
        if not is_root():
            return self.home
        if (known := self._elsewhere()) is not None and known.is_dir():
            return known
        parent = Path("/var/lib/signpost")
        if not parent.exists():
            parent.mkdir(parents=True, exist_ok=True)
            parent.chmod(0o755)
        place = Path(tempfile.mkdtemp(prefix="elasticsearch-", dir=parent))
        (self.home / "elsewhere").write_text(str(place))
        return place

    def _elsewhere(self) -> Path | None:
        note = self.home / "elsewhere"
        return Path(note.read_text()) if note.exists() else None


def _nobody() -> int:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return 65534
