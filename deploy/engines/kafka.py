"""Apache Kafka: one process that is both broker and controller (KRaft)."""

import os
import secrets
import subprocess
from pathlib import Path

from deploy.engines import answers, install
from deploy.engines.engine import Engine, quiet
from deploy.engines.java import Java, find_java
from deploy.engines.model import EngineError, Ports, Progress
from deploy.engines.process import Command

# What compose.yaml sets too; a test holds the two together.
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "CLIENT",
    "auto.create.topics.enable": "false",
    "message.max.bytes": "8388608",
    # One node, so one copy of everything; and few partitions inside, so that the first group starts quickly.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    # A killed broker may return only when its last registration has lapsed: by default that is 10 s.
    "broker.session.timeout.ms": "1000",
    "broker.heartbeat.interval.ms": "200",
    # Compaction and retention soon enough to be watched; the default buffer is a quarter of our heap.
    "log.cleaner.backoff.ms": "200",
    "log.cleaner.dedupe.buffer.size": "33554432",
    "log.initial.task.delay.ms": "1000",
    "log.retention.check.interval.ms": "5000",
}

LOGGING = """\
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c{1} %m%n
rootLogger.level = WARN
rootLogger.appenderRef.console.ref = console
"""


# The classes in a form that Java maps straight into memory, which halves the start. A broker writes them
# into its own folder when it first ends well, and from there they are moved to the cache.
NEW_CLASSES = "classes.jsa"


class Kafka(Engine):
    name = "Apache Kafka"

    def __init__(self, home: Path, ports: Ports) -> None:
        super().__init__(home, ports.kafka, ports.kafka_controller)

    def ready(self) -> bool:
        return answers.kafka_ready(self.ports[0])

    def check(self) -> None:
        super().check()
        find_java()

    def stop(self) -> None:
        super().stop()
        new = self.home / NEW_CLASSES
        if new.exists():
            install.keep(new, _classes(find_java(), install.kafka(quiet)))

    def _command(self, progress: Progress) -> Command:
        java = find_java()
        jars = install.kafka(progress)
        self._configure()
        if not (self.home / "data" / "meta.properties").exists():
            self._format(java, jars)
        heap = ["-Xms256m", "-Xmx512m"]
        if not _classes(java, jars).exists() and os.access(jars.parent, os.W_OK):
            heap.append(f"-XX:ArchiveClassesAtExit={NEW_CLASSES}")
        return Command([*self._java(java, jars, *heap), "kafka.Kafka", "server.properties"], self.home)

    def _java(self, java: Java, jars: Path, *options: str) -> list[str]:
        classes = _classes(java, jars)
        return [
            *(str(java.program), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xlog:disable", *options),
            *((f"-XX:SharedArchiveFile={classes}",) if classes.exists() else ()),
            *("-Dlog4j2.configurationFile=log4j2.properties", "-cp", f"{jars}/*"),
        ]

    def _configure(self) -> None:
        client, controller = (f"127.0.0.1:{port}" for port in self.ports)
        settings = SETTINGS | {
            "controller.quorum.voters": f"1@{controller}",
            "listeners": f"CLIENT://{client},CONTROLLER://{controller}",
            "advertised.listeners": f"CLIENT://{client}",
            "log.dirs": "data",
        }
        lines = "".join(f"{name}={value}\n" for name, value in settings.items())
        (self.home / "server.properties").write_text(lines)
        (self.home / "log4j2.properties").write_text(LOGGING)

    def _format(self, java: Java, jars: Path) -> None:
        # 22 characters that are the base64 of 16 bytes, and that no command line takes for an option.
        cluster = "S" + secrets.token_urlsafe(16)[1:]
        tool = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", "server.properties"]
        done = subprocess.run(
            [*self._java(java, jars), *tool], cwd=self.home, capture_output=True, text=True, check=False
        )
        if done.returncode:
            (self.home / "log").write_text(done.stdout + done.stderr)
            raise EngineError(f"Apache Kafka could not prepare its storage: read why in {self.home / 'log'}.")


def _classes(java: Java, jars: Path) -> Path:
    return jars.with_name(f"{jars.name}-java-{java.version}.jsa")
