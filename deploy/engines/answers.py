"""Whether an engine answers, asked in its own protocol with nothing but the standard library.

A port that accepts connections is not enough: Kafka listens before it takes part in its cluster, and
Elasticsearch before it has found its shards.
"""

import http.client
import json
import socket
import struct

PATIENCE = 2.0  # seconds for one answer; whoever waits for readiness asks again

Document = dict[str, "int | str | Document | list[Document]"]


def accepts(host: str, port: int) -> bool:
    """Whether anything accepts connections there."""
    try:
        socket.create_connection((host, port), timeout=PATIENCE).close()
    except OSError:
        return False
    return True


def kafka_ready(port: int) -> bool:
    """Whether a broker takes part in its cluster: a fenced one is left out of the metadata."""
    # Metadata, version 5, from a client without a name, for no topics, creating none.
    answer = _exchange(port, struct.pack(">ihhihi?", 15, 3, 5, 1, -1, 0, False), prefix=">i")
    if answer is None or len(answer) < 12:
        return False
    _correlation, _throttled_for, brokers = struct.unpack_from(">iii", answer)
    return bool(brokers > 0)


def elasticsearch_ready(port: int) -> bool:
    """Whether every index can be read and written, if not on every copy."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/_cluster/health?filter_path=status")
        response = connection.getresponse()
        return response.status == 200 and json.load(response)["status"] in {"green", "yellow"}
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return False
    finally:
        connection.close()


def mongo_ready(port: int) -> bool:
    """Whether the document store takes writes."""
    answer = mongo_command(port, {"hello": 1, "$db": "admin"})
    return answer is not None and b"\x08isWritablePrimary\x00\x01" in answer


def mongo_command(port: int, command: Document) -> bytes | None:
    """The undecoded reply to one command, or None without one."""
    body = struct.pack("<iiiIx", 1, 0, 2013, 0) + bson(command)
    return _exchange(port, struct.pack("<i", len(body) + 4) + body, prefix="<i", counts_itself=True)


def bson(document: Document) -> bytes:
    """A document as the protocol carries it, of the few types that commands here need."""
    body = b""
    for name, value in document.items():
        key = name.encode() + b"\0"
        match value:
            case int():
                body += b"\x10" + key + struct.pack("<i", value)
            case str():
                text = value.encode() + b"\0"
                body += b"\x02" + key + struct.pack("<i", len(text)) + text
            case list():
                body += b"\x04" + key + bson({str(place): item for place, item in enumerate(value)})
            case _:
                body += b"\x03" + key + bson(value)
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def _exchange(port: int, request: bytes, *, prefix: str, counts_itself: bool = False) -> bytes | None:
    """Send a request and return its reply; both protocols put a reply's length before it."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
            connection.sendall(request)
            with connection.makefile("rb") as replies:
                (length,) = struct.unpack(prefix, replies.read(4))
                return replies.read(length - 4 if counts_itself else length)
    except (OSError, struct.error):
        return None
