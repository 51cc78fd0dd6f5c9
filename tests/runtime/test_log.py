"""What is logged is written without what it may quote."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from runtime import log

WORD = "Quellwasser"


@pytest.fixture(autouse=True)
def logging_to_stderr(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Logs as a service writes them; afterwards as the tests have them."""
    log.configure("registry", "info")
    yield
    log.configure("tests", "critical")


def test_what_a_library_says_is_logged_without_its_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("aiokafka").warning("could not send %s", WORD)
    said = capsys.readouterr().err
    assert "could not send %s" in said
    assert WORD not in said


def test_an_error_is_logged_by_its_class_and_place_and_not_by_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        raise ValueError(WORD)
    except ValueError as error:
        structlog.get_logger().warning("trying again", exc_info=error)
        logging.getLogger("pymongo").warning("trying again", exc_info=error)
    said = capsys.readouterr().err
    assert said.count('"error":"ValueError"') == 2
    assert "test_log.py" in said
    assert WORD not in said
