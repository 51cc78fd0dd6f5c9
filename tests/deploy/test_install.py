"""What is installed into the cache is installed once, whoever asks for it at the same moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from deploy.engines import EngineError, install
from deploy.engines.engine import quiet
from tests.deploy.tools import tool


def test_two_checkouts_install_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNPOST_CACHE", str(tmp_path / "cache"))
    other_waits = threading.Event()
    fetched: list[Path] = []

    def fetch(place: Path) -> None:
        assert other_waits.wait(60)
        (place / "file").touch()
        fetched.append(place)

    def hear(line: str) -> None:
        if "waiting" in line:
            other_waits.set()

    both = [threading.Thread(target=install.installed, args=("engine", hear, fetch)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(fetched) == 1
    assert (tmp_path / "cache" / "engine" / "file").exists()


def test_who_comes_while_the_document_store_is_being_built_waits_and_takes_it_for_no_failure(
    tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNPOST_CACHE", str(tmp_path / "cache"))
    go_on = tmp_path / "go-on"
    tool(tools, "cargo", f"until [ -e {go_on} ]; do :; done")

    def hear(line: str) -> None:
        if "waiting" in line:
            go_on.touch()

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(install.secantus_rust, hear) for _ in range(2)]
        wait(both, return_when="FIRST_COMPLETED")
        go_on.touch()
    assert both[0].result() == both[1].result()


def test_a_build_that_failed_is_not_tried_again_until_its_log_is_removed(
    tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNPOST_CACHE", str(tmp_path / "cache"))
    tool(tools, "cargo", "exit 1")
    for when in ("could not be built:", "could not be built earlier:", "could not be built earlier:"):
        with pytest.raises(EngineError, match=when):
            install.secantus_rust(quiet)


def test_a_build_that_somebody_stopped_is_tried_again(
    tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNPOST_CACHE", str(tmp_path / "cache"))
    tool(tools, "cargo", "kill -TERM $$")
    for _ in range(2):
        with pytest.raises(EngineError, match="somebody stopped it: start again"):
            install.secantus_rust(quiet)
