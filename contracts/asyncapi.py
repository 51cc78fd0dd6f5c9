"""The AsyncAPI 3.0 document of all streams, for tools that draw, browse or generate code from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.base import Stream

Document = dict[str, Any]

_BINDING = "0.5.0"


def asyncapi(
    streams: Sequence[Stream],
    parts: Mapping[str, Any],
    references: Mapping[str, str],
    examples: Mapping[str, Mapping[str, Document]],
) -> Document:
    """The document; ``parts`` and ``references`` are the messages' schemas, ``examples`` go by stream and name."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Signpost",
            "version": "1",
            "description": "Messages between Signpost's services and from source systems.",
        },
        "defaultContentType": "application/json",
        "channels": {stream.name: _channel(stream) for stream in streams},
        "operations": {name: each for stream in streams for name, each in _operations(stream).items()},
        "components": {
            "messages": {
                kind: _message(
                    kind, stream, references[kind], _part(references[kind], parts), examples[stream.name]
                )
                for stream in streams
                for kind in _kinds(stream)
            },
            "schemas": dict(parts),
        },
    }


def _part(reference: str, parts: Mapping[str, Any]) -> Mapping[str, Any]:
    part: Mapping[str, Any] = parts[reference.rpartition("/")[2]]
    return part


def _kinds(stream: Stream) -> list[str]:
    return [message.model_fields["type"].default for message in stream.messages]


def _channel(stream: Stream) -> Document:
    topic: Document = {"cleanup.policy": ["compact" if stream.compacted else "delete"]}
    if stream.retention is not None:
        topic["retention.ms"] = int(stream.retention.total_seconds() * 1000)
    return {
        "address": stream.name,
        "description": stream.about,
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in _kinds(stream)},
        "bindings": {
            "kafka": {"partitions": stream.partitions, "topicConfiguration": topic, "bindingVersion": _BINDING}
        },
    }


def _operations(stream: Stream) -> dict[str, Document]:
    kinds = _kinds(stream)
    channel = f"#/channels/{stream.name}"
    common: Document = {
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{kind}"} for kind in kinds],
    }
    found: dict[str, Document] = {}
    for writer in sorted(stream.writers):
        found[f"{writer}-writes-{stream.name}"] = {"action": "send", **common}
    for reader in stream.readers:
        operation = {"action": "receive", **common}
        if reader.group is None:
            operation["summary"] = "Every process reads the whole stream from its beginning, in no group."
        else:
            group = {"type": "string", "enum": [reader.group]}
            operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": _BINDING}}
        found[f"{reader.group or reader.service + '-whole'}-reads-{stream.name}"] = operation
    return found


def _message(
    kind: str, stream: Stream, reference: str, part: Mapping[str, Any], shown: Mapping[str, Document]
) -> Document:
    summary, _, rest = str(part["description"]).partition("\n\n")
    message: Document = {"name": kind, "title": part["title"], "summary": summary}
    if rest:
        message["description"] = rest
    return {
        **message,
        "contentType": "application/json",
        "payload": {"$ref": reference},
        "bindings": {"kafka": {"key": {"type": "string", "description": stream.key}, "bindingVersion": _BINDING}},
        "examples": [
            {"name": name, "payload": payload} for name, payload in shown.items() if payload["type"] == kind
        ],
    }
