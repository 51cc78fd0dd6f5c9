"""What is logged is written without what it may quote."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import structlog

from runtime import log

WORD = "Quellwasser"


class Unprintable:
    """A message that nobody can write down."""

    def __str__(self) -> str:
        raise ValueError(WORD)


def fail() -> int:
    """Fail with words that nobody may read."""
    raise ValueError(WORD)


@dataclass
class Failing:
    """Fails from within code that is in no file, as the constructor of every dataclass is."""

    value: int = field(default_factory=fail)


@contextmanager
def logging_as_a_service_does() -> Iterator[None]:
    """Lines go to standard error, and afterwards where they go in tests."""
    log.configure("registry", "info")
    try:
        yield
    finally:
        log.configure("tests", "critical")


def test_what_a_library_says_is_logged_without_its_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_as_a_service_does():
        logging.getLogger("aiokafka").warning("could not send %s", WORD)
    said = capsys.readouterr().err
    assert "could not send %s" in said
    assert WORD not in said


def test_an_error_is_logged_by_its_class_and_place_not_by_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_as_a_service_does():
        try:
            Failing()
        except ValueError as error:
            structlog.get_logger().warning("trying again", exc_info=error)
            logging.getLogger("pymongo").warning("trying again", exc_info=error)
    said = capsys.readouterr().err
    assert said.count('"error":"ValueError"') == 2
    assert "runtime/test_log.py" in said
    assert WORD not in said


def test_what_cannot_be_logged_is_not_quoted_either(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_as_a_service_does():
        logging.getLogger("aiokafka").warning(Unprintable(), WORD)
    assert WORD not in capsys.readouterr().err
