"""What derives from the declarations is up to date, and the check says what is not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts import STREAMS, documents
from contracts.documents import ROOT, SCHEMAS, folder, kind
from contracts.shields import SHIELDS


def test_every_generated_file_is_up_to_date() -> None:
    assert documents.outdated(documents.documents()) == []


def test_no_change_breaks_a_released_schema() -> None:
    assert list(documents.incompatible()) == []


def test_every_release_has_a_schema_of_every_stream_it_knew() -> None:
    releases = [path for path in (SCHEMAS / "released").iterdir() if path.is_dir()]
    assert releases
    assert all(any(release.glob("*.json")) for release in releases)


def test_a_changed_declaration_is_out_of_date_by_name() -> None:
    changed = [replace(SHIELDS, about="Otherwise.") if each is SHIELDS else each for each in STREAMS]
    outdated = documents.outdated(documents.documents(changed))
    assert {str(path.relative_to(ROOT)) for path in outdated} == {"docs/asyncapi.json", "docs/flow.md"}


def test_a_missing_file_is_out_of_date(tmp_path: Path) -> None:
    assert documents.outdated({tmp_path / "missing.json": "{}"})[0] == tmp_path / "missing.json"


def test_a_stream_that_a_release_had_may_not_disappear() -> None:
    without = [each for each in STREAMS if each is not SHIELDS]
    assert [
        line for line in documents.incompatible(without) if line.startswith("shielding.shields.v1: the stream")
    ]


def test_a_change_that_a_release_does_not_allow_is_named_with_its_release(tmp_path: Path) -> None:
    shutil.copytree(SCHEMAS / "released", tmp_path, dirs_exist_ok=True)
    release = tmp_path / "0.0.1"
    release.mkdir()
    schema = json.loads((SCHEMAS / "shielding.shields.v1.json").read_text())
    schema["$defs"]["ShieldPlaced"]["properties"]["ground"] = {"type": "string"}
    (release / "shielding.shields.v1.json").write_text(json.dumps(schema))
    [line] = documents.incompatible(released=tmp_path)
    assert "shield-placed.ground: the field was removed or renamed." in line
    assert "release 0.0.1" in line


def test_check_names_what_is_out_of_date_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert documents.main(["--check"]) == 0
    monkeypatch.setattr(documents, "documents", lambda: {ROOT / "docs" / "flow.md": "Something else."})
    assert documents.main(["--check"]) == 1
    assert "docs/flow.md is out of date" in capsys.readouterr().err


def test_an_unknown_argument_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert documents.main(["--chekc"]) == 2
    assert capsys.readouterr().err.startswith("usage:")


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_a_schema_requires_the_type_of_every_message(stream: Any) -> None:
    schema = documents.schema(stream)
    for message in stream.messages:
        part = schema["$defs"][message.__name__]
        assert "type" in part["required"]
        assert part["properties"]["type"]["const"] == kind(message)
    assert set(schema["discriminator"]["mapping"]) == {kind(message) for message in stream.messages}


def test_the_asyncapi_document_names_every_stream_writer_and_reader() -> None:
    document = json.loads((ROOT / "docs" / "asyncapi.json").read_text())
    assert document["asyncapi"] == "3.0.0"
    assert set(document["channels"]) == {stream.name for stream in STREAMS}
    operations = document["operations"].values()
    for action, expected in (
        ("send", sum(len(stream.writers) for stream in STREAMS)),
        ("receive", sum(len(stream.readers) for stream in STREAMS)),
    ):
        assert sum(each["action"] == action for each in operations) == expected


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = json.loads((ROOT / "docs" / "asyncapi.json").read_text())
    references = list(_references(document))
    assert len(references) > 50
    for reference in references:
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_the_flow_page_has_a_row_with_every_reading_of_a_stream(stream: Any) -> None:
    page = (ROOT / "docs" / "flow.md").read_text()
    [row] = [line for line in page.splitlines() if line.startswith(f"| `{stream.name}` |")]
    assert all(f"`{reader.group}`" in row for reader in stream.readers if reader.group)
    assert row.count("(whole stream)") == sum(reader.group is None for reader in stream.readers)
    assert folder(stream) in page


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _references(each)
