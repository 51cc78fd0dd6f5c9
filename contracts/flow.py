"""The flow page: one picture of services and streams, and a table of every declaration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contracts.base import Reader, Stream

_HEADINGS = ("stream", "about", "key", "owner", "writers", "readers (group)", "kept", "partitions", "messages")
_INTRODUCTION = """\
# How messages flow

Generated from `contracts/` by `make docs`; do not edit. The messages field by field are in
[`contracts/schemas`](../contracts/schemas), examples in [`contracts/examples`](../contracts/examples), and the
same for tools in [`asyncapi.json`](asyncapi.json).
"""


def flow(streams: Sequence[Stream]) -> str:
    """The page, as Markdown."""
    rows = ["| " + " | ".join(row) + " |" for row in (_HEADINGS, ("---",) * len(_HEADINGS), *map(_row, streams))]
    return "\n".join(
        [
            _INTRODUCTION,
            "```mermaid",
            *_picture(streams),
            "```",
            "",
            *rows,
            "",
            "*Whole stream*: every process reads it from its beginning, in no group. Dead letters, one stream a",
            "service, are drawn once.",
            "",
        ]
    )


def kept(stream: Stream) -> str:
    """How long Kafka keeps a message, in words."""
    if stream.compacted:
        return "the last of each key, for ever" if stream.retention is None else "the last of each key"
    return "for ever" if stream.retention is None else f"{stream.retention.days} days"


def _picture(streams: Sequence[Stream]) -> Iterator[str]:
    people = dict.fromkeys(
        who for stream in streams for who in (*sorted(stream.writers), *(each.service for each in stream.readers))
    )
    yield "flowchart LR"
    yield from (f"    {who}([{who}])" for who in people)
    yield from dict.fromkeys(f"    {_node(stream)}[/{_label(stream)}/]" for stream in streams)
    yield from dict.fromkeys(edge for stream in streams for edge in _edges(stream))


def _edges(stream: Stream) -> Iterator[str]:
    readers = list(dict.fromkeys(each.service for each in stream.readers))
    for who in sorted(stream.writers):
        # Both ways is one line with two heads.
        arrow = "<-->" if who in readers else "-->"
        yield f"    {who} {arrow} {_node(stream)}"
    yield from (f"    {_node(stream)} --> {who}" for who in readers if who not in stream.writers)


def _node(stream: Stream) -> str:
    return "dead-letters" if stream.name.endswith(".dead-letters.v1") else stream.name.replace(".", "-")


def _label(stream: Stream) -> str:
    return '"#lt;service#gt;.dead-letters.v1"' if _node(stream) == "dead-letters" else f'"{stream.name}"'


def _row(stream: Stream) -> tuple[str, ...]:
    return (
        f"`{stream.name}`",
        stream.about,
        stream.key,
        stream.owner,
        ", ".join(sorted(stream.writers)),
        "<br>".join(map(_reader, stream.readers)),
        kept(stream),
        str(stream.partitions),
        ", ".join(f"`{message.__name__}`" for message in stream.messages),
    )


def _reader(reader: Reader) -> str:
    return f"{reader.service} (`{reader.group}`)" if reader.group else f"{reader.service} (whole stream)"
