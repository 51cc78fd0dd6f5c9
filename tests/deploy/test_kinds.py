"""Which kind of engines is taken: local, in containers, or run elsewhere; and that all are the same engines."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from deploy.engines import EngineError, Ports, choose, compose, elasticsearch, install, kafka
from tests.containers import ContainerEngines
from tests.deploy.tools import tool


def quiet(_line: str) -> None:
    pass


def test_the_kind_that_is_asked_for_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNPOST_ENGINES", "compose")
    assert choose(tmp_path).kind == "compose"
    assert choose(tmp_path, kind="local").kind == "local"
    monkeypatch.setenv("SIGNPOST_ENGINES", "remote")
    with pytest.raises(EngineError, match="SIGNPOST_ENGINES is remote: set it to local, compose or external"):
        choose(tmp_path)


@pytest.mark.parametrize(
    ("docker", "kind"),
    [
        (None, "local"),
        ("exit 1", "local"),
        ("[ $1 = image ] || [ $1 = manifest ] && exit 1; exit 0", "local"),
        ("exit 0", "compose"),
    ],
    ids=["no container engine", "one that does not answer", "one without images", "one with images"],
)
def test_unset_the_kind_is_what_works(
    docker: str | None, kind: str, tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIGNPOST_ENGINES", raising=False)
    if docker is not None:
        tool(tools, "docker", docker)
    assert choose(tmp_path / "state").kind == kind


def test_engines_that_are_local_stay_local(tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGNPOST_ENGINES", raising=False)
    tool(tools, "docker", "exit 0")
    (tmp_path / "kafka").mkdir()
    assert choose(tmp_path).kind == "local"


def test_external_engines_are_only_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNPOST_ENGINES", "external")
    with pytest.raises(EngineError, match=r"needs SIGNPOST_KAFKA_BOOTSTRAP and .* to be set"):
        choose(tmp_path)
    nobody = Ports.free()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setenv("SIGNPOST_KAFKA_BOOTSTRAP", f"127.0.0.1:{nobody.kafka},127.0.0.1:{port}")
        monkeypatch.setenv("SIGNPOST_MONGO_URI", f"mongodb://name:word@127.0.0.1:{port}/?tls=true")
        monkeypatch.setenv("SIGNPOST_ELASTICSEARCH_URL", f"http://127.0.0.1:{nobody.elasticsearch}")
        found = choose(tmp_path)
        assert found.status() == {"kafka": True, "elasticsearch": False, "documents": True}
        with pytest.raises(EngineError, match="where SIGNPOST_ELASTICSEARCH_URL points to"):
            found.start(quiet)


def test_compose_has_the_settings_and_versions_of_local_engines() -> None:
    lines = {line.strip() for line in compose.FILE.read_text().splitlines()}
    wanted = {f'KAFKA_{name.replace(".", "_").upper()}: "{value}"' for name, value in kafka.SETTINGS.items()}
    wanted |= {f'{name}: "{value}"' for name, value in elasticsearch.SETTINGS.items()}
    wanted |= {f"image: apache/kafka:{install.KAFKA}", f"image: elasticsearch:{install.ELASTICSEARCH}"}
    assert wanted - lines == set()


def test_a_test_run_has_testcontainers_start_and_remove_what_compose_yaml_says(
    tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tmp_path / "said"
    tool(tools, "docker", f'echo "$@" >> {said}')
    ports = Ports.free()
    containers = ContainerEngines(tmp_path, ports)
    monkeypatch.setattr(containers, "status", lambda: dict.fromkeys(("kafka", "elasticsearch", "documents"), True))
    containers.start(quiet)
    containers.wipe()
    compose_ = f"compose -f {compose.FILE.name} --env-file {tmp_path / 'compose.env'}"
    assert said.read_text().splitlines()[-2:] == [f"{compose_} up --wait", f"{compose_} down --volumes"]
    variables = dict(line.split("=") for line in (tmp_path / "compose.env").read_text().splitlines())
    asked_for = set(re.findall(r"\$\{(\w+)", compose.FILE.read_text()))
    assert variables.keys() == asked_for | {"COMPOSE_PROJECT_NAME"}
    assert variables["SIGNPOST_KAFKA_PORT"] == str(ports.kafka)
