"""What derives from the declarations: JSON schemas, the flow page and the AsyncAPI document.

``python -m contracts.documents`` writes them; with ``--check`` it writes nothing, names what is out of date
and every change that a released schema does not allow, and exits 1 if there is either. A release copies
``contracts/schemas/*.json`` to ``contracts/schemas/released/<version>/``; what lies there is never changed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from contracts import SERVICES, STREAMS
from contracts.asyncapi import asyncapi
from contracts.base import Message, Stream
from contracts.compatibility import refusals
from contracts.flow import flow

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "contracts" / "examples"
SCHEMAS = ROOT / "contracts" / "schemas"

Document = dict[str, Any]


def folder(stream: Stream) -> str:
    """The name under which examples and schemas are kept; the services' dead letters share one."""
    return (
        stream.name.removeprefix(f"{stream.owner}.") if stream.name.endswith(".dead-letters.v1") else stream.name
    )


def kind(message: type[Message]) -> str:
    """The ``type`` on the wire."""
    return str(message.model_fields["type"].default)


def examples(stream: Stream) -> dict[str, Document]:
    """The golden messages of a stream, by name."""
    return {
        path.stem: json.loads(path.read_bytes()) for path in sorted((EXAMPLES / folder(stream)).glob("*.json"))
    }


def schema(stream: Stream) -> Document:
    """The JSON schema of everything that a stream carries."""
    parts, references = parts_of(stream.messages, "#/$defs/{model}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": folder(stream),
        "x-key": stream.key,
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {"propertyName": "type", "mapping": references},
        "$defs": parts,
    }


def parts_of(messages: Sequence[type[Message]], template: str) -> tuple[Document, dict[str, str]]:
    """The definitions that ``messages`` need, and the reference to each message by its ``type``."""
    found, definitions = models_json_schema([(each, "validation") for each in messages], ref_template=template)
    parts: Document = definitions["$defs"]
    references = {kind(each): str(found[each, "validation"]["$ref"]) for each in messages}
    for reference in references.values():
        part = parts[reference.rpartition("/")[2]]
        # A default in Python; on the wire it is what tells messages apart.
        del part["properties"]["type"]["default"]
        part["required"] = ["type", *part.get("required", ())]
    return parts, references


def documents(streams: Sequence[Stream] = STREAMS) -> dict[Path, str]:
    """The text of every generated file, by its path in the project."""
    texts = {SCHEMAS / f"{folder(stream)}.json": _json(schema(stream)) for stream in streams}
    messages = list(dict.fromkeys(message for stream in streams for message in stream.messages))
    parts, references = parts_of(messages, "#/components/schemas/{model}")
    texts[ROOT / "docs" / "asyncapi.json"] = _json(
        asyncapi(streams, parts, references, {stream.name: examples(stream) for stream in streams})
    )
    texts[ROOT / "docs" / "flow.md"] = flow(streams)
    return texts


def outdated(texts: Mapping[Path, str]) -> list[Path]:
    """Which files are missing or say something else, and which schemas belong to no stream."""
    different = [path for path, text in texts.items() if not path.exists() or path.read_text("utf-8") != text]
    return different + [path for path in sorted(SCHEMAS.glob("*.json")) if path not in texts]


def incompatible(streams: Sequence[Stream] = STREAMS, released: Path = SCHEMAS / "released") -> Iterator[str]:
    """One sentence for each change that some released schema does not allow."""
    current = {folder(stream): stream for stream in streams}
    for path in sorted(released.glob("*/*.json")):
        release, topic = path.parent.name, path.stem
        if topic not in current:
            yield f"{topic}: the stream of release {release} was removed."
            continue
        before = json.loads(path.read_bytes())
        relied_on = not current[topic].writers.isdisjoint(SERVICES)
        for refusal in refusals(before, schema(current[topic]), relied_on=relied_on):
            yield f"{topic}: {refusal} (Compared with release {release}; this needs a new topic.)"


def main(arguments: Sequence[str]) -> int:
    """Write the documents, or check them; returns the exit code."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m contracts.documents [--check]\n")
        return 2
    texts = documents()
    if not arguments:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return 0
    wrong = [f"{path.relative_to(ROOT)} is out of date: make docs" for path in outdated(texts)]
    wrong += incompatible()
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


def _json(document: Document) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
