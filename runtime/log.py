"""Structured logs that cannot carry personal data: exceptions are reduced to their class and place."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

_QUIET = ("aiokafka", "elastic_transport", "faststream", "pymongo", "uvicorn", "asyncio")


def configure(service: str, level: str) -> None:
    """Send JSON lines to standard error, one event a line; libraries speak from WARNING on only."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_service(service),
        _reduce_exception,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(serializer=_dumps),
            # Arguments of a library's message are not interpolated: they may quote a message's body.
            foreign_pre_chain=[*shared, _reduce_foreign],
            keep_exc_info=False,
        )
    )
    # A line that cannot be written would be printed with its arguments.
    logging.raiseExceptions = False
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        library = logging.getLogger(name)
        library.handlers = []
        library.propagate = True
        library.setLevel(logging.WARNING)


def _dumps(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=lambda unknown: f"<{type(unknown).__name__}>").decode()


def _add_service(service: str) -> Any:
    def add(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    return add


def _reduce_exception(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    info = event.pop("exc_info", None)
    error = info if isinstance(info, BaseException) else (sys.exc_info()[1] if info else None)
    if error is not None:
        event["error"] = type(error).__name__
        event["at"] = [
            f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}:{frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-6:]
        ]
    return event


def _reduce_foreign(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    record = event.get("_record")
    if record is not None:
        event["logger"] = record.name
        event["event"] = str(record.msg)
        if record.exc_info and record.exc_info[1]:
            event["error"] = type(record.exc_info[1]).__name__
        record.exc_info = record.exc_text = None
        record.args = ()
    return event
