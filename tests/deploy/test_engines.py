"""The launcher of the engines: what it says when it cannot, and that data outlives every end but a wipe."""

import asyncio
import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import bson
import pymongo
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.engines import (
    EngineError,
    LocalEngines,
    Ports,
    answers,
    documents,
    install,
    java,
)
from deploy.engines.model import is_free
from deploy.engines.process import Command, OwnedProcess
from tests.deploy.tools import tool

ROOT = Path(__file__).parents[2]


def quiet(_line: str) -> None:
    pass


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[LocalEngines]:
    """Engines of the test's own, none of them started."""
    local = LocalEngines(tmp_path / "engines", Ports.free())
    yield local
    local.wipe()


# What it says when it cannot


def test_a_port_in_use_is_named(engines: LocalEngines) -> None:
    port = engines.elasticsearch.ports[0]
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(EngineError, match=rf"Port {port}, which Elastic"),
    ):
        engines.start(quiet)
    assert not any(engines.status().values())


def test_a_missing_java_is_one_sentence(
    engines: LocalEngines, tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(java, "PLACES", ())
    with pytest.raises(EngineError, match=r"Java 21 or newer is needed.*install a JDK"):
        engines.start(quiet)


def test_an_older_java_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("17.0.15", "21.0.2", "25"):
        (tmp_path / version / "bin").mkdir(parents=True)
        tool(tmp_path / version / "bin", "java", "")
        (tmp_path / version / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "17.0.15"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(java, "PLACES", (str(tmp_path),))
    monkeypatch.setattr(java, "open_to_all", lambda _path: True)
    assert java.find_java() == java.Java(tmp_path / "25", "25")


def test_a_failed_download_is_one_sentence_and_leaves_nothing(
    engines: LocalEngines, tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNPOST_CACHE", str(tmp_path / "cache"))
    tool(tools, "mvn", 'echo "[ERROR] Could not transfer artifact from central. -> [Help 1]"; exit 1')
    with pytest.raises(EngineError) as failure:
        engines.kafka.start(quiet)
    assert str(failure.value) == (
        f"Apache Kafka {install.KAFKA} could not be fetched (Could not transfer artifact from central):"
        " check the network and the settings of mvn, then start again."
    )
    assert [file.suffix for file in (tmp_path / "cache").iterdir()] == [".lock"]


def test_a_missing_maven_is_one_sentence(
    engines: LocalEngines, tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNPOST_CACHE", str(tmp_path / "cache"))
    with pytest.raises(EngineError, match="Maven, which is not on the PATH: install it"):
        engines.kafka.start(quiet)


def test_missing_build_tools_are_named_and_the_slower_store_is_taken(
    engines: LocalEngines, tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wheel(_progress: object) -> Path:
        raise EngineError("as far as this test goes")

    monkeypatch.setenv("SIGNPOST_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(install, "secantus_wheel", wheel)
    tool(tools, "cargo", "exit 1")
    said: list[str] = []
    with pytest.raises(EngineError, match="as far as"):
        engines.documents.start(said.append)
    assert "apt install cmake ninja-build swig g++" in said[0]
    assert "10 to 20 times slower" in said[0]


def test_the_document_store_that_has_the_data_is_taken_whatever_else_there_is(
    engines: LocalEngines, tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "secantus_wheel", lambda _: tmp_path / "python")
    monkeypatch.setattr(install, "secantus_rust", lambda _: tmp_path / "secantusd")
    monkeypatch.setattr(documents, "_need_tools", lambda: None)
    tool(tools, "mongod", "exit 1")
    store = engines.documents
    folders = {documents.PYTHON: "python", documents.RUST: "secantusd", documents.MONGOD: "mongod"}
    for flavour, program in folders.items():
        (store.home / flavour).mkdir(parents=True)
        assert Path(store._command(quiet).argv[0]).name == program
        (store.home / flavour).rmdir()
    (store.home / documents.MONGOD).mkdir()
    (tools / "mongod").unlink()
    with pytest.raises(EngineError, match="mongod's: put it back on the PATH"):
        store._command(quiet)


def test_an_engine_that_ends_at_once_names_its_log(tmp_path: Path) -> None:
    process = OwnedProcess("Engine", tmp_path / "record", tmp_path / "log")
    process.spawn(Command([sys.executable, "-c", "print('no'); exit(1)"], tmp_path))
    with pytest.raises(EngineError, match=r"Engine ended while starting: read why in .*log"):
        process.await_ready(lambda: False, 20, quiet)
    assert (tmp_path / "log").read_text() == "no\n"


# What is ours


def test_a_foreign_process_with_a_recorded_id_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as foreign:
        record = tmp_path / "record"
        process = OwnedProcess("Engine", record, tmp_path / "log")
        for end in (process.stop, process.kill):
            record.write_text(json.dumps({"pid": foreign.pid, "identity": "of one that ended long ago"}))
            assert not process.running()
            end()
            assert foreign.poll() is None
        foreign.kill()


def test_a_command_is_encoded_as_the_driver_would() -> None:
    command: answers.Document = {"initiate": {"_id": "s", "members": [{"_id": 0, "host": "h:1"}]}, "$db": "admin"}
    assert answers.bson(command) == bson.encode(command)


# Real engines


def test_kafka_keeps_what_it_acknowledged(engines: LocalEngines) -> None:
    broker = engines.kafka
    broker.start()
    asyncio.run(_write_to_kafka(engines.endpoints.kafka))
    for end in (broker.stop, broker.kill):
        end()
        assert not broker.ready()
        broker.start()
        assert asyncio.run(_first_in_kafka(engines.endpoints.kafka)) == b"kept"


async def _write_to_kafka(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("t", 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        await producer.send_and_wait("t", b"kept")


async def _first_in_kafka(bootstrap: str) -> bytes:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition("t", 0)])
        message = await asyncio.wait_for(consumer.getone(), 20)
        return bytes(message.value)


def test_the_document_store_keeps_what_it_acknowledged(engines: LocalEngines) -> None:
    store = engines.documents
    store.start()
    with pymongo.MongoClient[dict[str, str]](engines.endpoints.mongo) as client:
        client.test.get_collection("t", write_concern=pymongo.WriteConcern("majority", j=True)).insert_one(
            {"_id": "kept"}
        )
    for end in (store.stop, store.kill):
        end()
        assert not store.ready()
        store.start()
        with pymongo.MongoClient[dict[str, str]](engines.endpoints.mongo) as client:
            assert client.test.t.find_one() == {"_id": "kept"}
            asked = client.admin.command("getParameter", 1, transactionLifetimeLimitSeconds=1)
            assert asked["transactionLifetimeLimitSeconds"] == documents.TRANSACTION_LIMIT


def test_all_three_start_together_stop_from_elsewhere_and_are_wiped(engines: LocalEngines) -> None:
    said: list[str] = []
    engines.start(said.append)
    assert engines.status() == {"kafka": True, "elasticsearch": True, "documents": True}
    assert sum("ready after" in line for line in said) == 3
    assert _elasticsearch(engines, "PUT", "/t", {}) == 200
    assert _elasticsearch(engines, "PUT", "/t/_doc/1", {"kept": True}) == 201

    engines.start(said.append)
    assert sum("already running" in line for line in said) == 3
    with pytest.raises(EngineError, match="already runs from this state folder, on ports"):
        LocalEngines(engines.state, Ports.free()).start(quiet)

    engines.elasticsearch.kill()
    assert not engines.elasticsearch.ready()
    engines.elasticsearch.start()
    assert _elasticsearch(engines, "GET", "/t/_doc/1") == 200

    elsewhere = {"SIGNPOST_STATE": str(engines.state.parent), "SIGNPOST_ENGINES": "local"}
    subprocess.run(
        [sys.executable, "-m", "deploy.engines", "down"], cwd=ROOT, env=os.environ | elsewhere, check=True
    )
    assert not any(engines.status().values())
    assert all(map(is_free, (*engines.kafka.ports, *engines.elasticsearch.ports, *engines.documents.ports)))
    assert engines.exist()

    data = engines.elasticsearch.place()
    engines.wipe()
    assert not engines.exist()
    assert not data.exists()


def _elasticsearch(engines: LocalEngines, method: str, path: str, body: object = None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", engines.elasticsearch.ports[0], timeout=30)
    content = None if body is None else json.dumps(body)
    connection.request(method, path, content, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status
