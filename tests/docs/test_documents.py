"""The documents say what is so: their links lead somewhere, and what they name exists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from prometheus_client.metrics import MetricWrapperBase
from pydantic import BaseModel

from bench import __main__ as bench
from cli.app import app
from cli.typed import SEEN
from contracts import STREAMS
from runtime import metrics
from services.audit.settings import Settings as Audit
from services.registry import exporting
from services.registry.firstload import command as first_load
from services.registry.settings import Settings as Registry
from services.search.settings import Settings as Search
from services.shielding.settings import Settings as Shielding
from tests.docs.documents import ROOT, anchors, commands, documents, files, inline, links, words
from weights import __main__ as weights

DOCUMENTS = {str(path.relative_to(ROOT)): path.read_text() for path in documents()}
each_document = pytest.mark.parametrize("name", DOCUMENTS)

_PATH = re.compile(r"[\w*-][\w.*-]*(/[\w.*-]+)*/?")
_FILE = re.compile(r".+\.(py|md|toml|yaml|yml|xml|lock|json|jsonl)|Makefile|LICENSE")


@each_document
def test_every_link_leads_somewhere(name: str) -> None:
    for link in links(DOCUMENTS[name]):
        target, _, anchor = link.partition("#")
        path = ((ROOT / name).parent / target).resolve() if target else ROOT / name
        assert path.exists(), link
        if anchor:
            assert anchor in anchors(path.read_text()), link


@each_document
def test_every_command_is_understood(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    signpost, targets = _signpost(), _targets()
    written = [*commands(DOCUMENTS[name]), *(each for each in inline(DOCUMENTS[name]) if _is_command(each))]
    for command in written:
        for simple in words(command):
            match [Path(word).name if not at else word for at, word in enumerate(simple)]:
                case ["signpost", *arguments]:
                    for file in (each for each in arguments if _FILE.fullmatch(each)):
                        Path(file).touch()
                    assert signpost.main(arguments, standalone_mode=False) in {None, 0}, command
                case ["make", *asked]:
                    assert {each for each in asked if "=" not in each} <= targets, command
                case ["python", "-m", module, *arguments] if module in PARSERS:
                    assert _parsed(PARSERS[module], arguments), command
                case ["python" | "pytest", *arguments]:
                    assert all((ROOT / each).exists() for each in arguments if each.startswith("tests/")), command


@each_document
def test_no_command_says_of_a_child_what_other_users_of_the_machine_could_read(name: str) -> None:
    seen = {
        option
        for parameter in _signpost().commands["search"].params
        if getattr(parameter, "rich_help_panel", None) == SEEN
        for option in parameter.opts
    }
    assert "--family" in seen
    for command in [*commands(DOCUMENTS[name]), *inline(DOCUMENTS[name])]:
        assert not [
            word for simple in words(command) if simple[:1] == ["signpost"] for word in simple if word in seen
        ]


@each_document
def test_every_file_and_module_exists(name: str) -> None:
    made = set(files(DOCUMENTS[name])) | set(re.findall(r"--out (\S+)", DOCUMENTS[name]))
    for text in inline(DOCUMENTS[name]):
        if _is_path(text) and text not in made:
            assert _exists(text), text
    for module in re.findall(r"python -m ([\w.]+)", DOCUMENTS[name]):
        assert _exists(f"{module.replace('.', '/')}.py") or _exists(f"{module.replace('.', '/')}/"), module


@each_document
def test_every_metric_setting_and_stream_exists(name: str) -> None:
    text = DOCUMENTS[name]
    assert set(re.findall(r"\bsignpost_[a-z_]+", text)) <= _metrics()
    assert set(re.findall(r"\bSIGNPOST_[A-Z_]+", text)) <= _settings() | _environment()
    streams = {stream.name for stream in STREAMS}
    assert set(re.findall(r"(?<![\w<.>-])[a-z]+\.[a-z-]+\.v\d\b", text)) <= streams


def test_a_name_that_does_not_exist_is_noticed() -> None:
    assert not _exists("services/registry/no_such_file.py")
    with pytest.raises(Exception, match="No such option"):
        _signpost().main(["status", "--no-such-option"], standalone_mode=False)
    assert "no-such-target" not in _targets()
    assert not _parsed(PARSERS["weights"], ["estimate", "--version", "1", "--no-such-option"])
    assert not _parsed(PARSERS["bench"], ["no-such-measure"])


def test_commands_are_taken_from_console_blocks_in_order() -> None:
    text = "Text\n```console\n$ signpost a \\\n    --b c\nanswer\n$ make d\n```\n\n```sh\n$ not this\n```\n"
    assert commands(text) == ["signpost a      --b c", "make d"]
    here = "```console\n$ cat > a.json <<'END'\n{}\nEND\nanswer\n$ signpost b\n```\n"
    assert commands(here) == ["cat > a.json <<'END'\n{}\nEND", "signpost b"]
    assert list(words("signpost a --b 'c d' | jq . # why")) == [["signpost", "a", "--b", "c d"], ["jq", "."]]


def test_a_json_block_is_the_file_that_the_text_before_it_names() -> None:
    assert files("Put this into `a.json`:\n\n```json\n{}\n```\n\nAn answer:\n\n```json\n[]\n```\n") == {
        "a.json": "{}\n"
    }


def _signpost() -> Any:
    """The command line, which reads its arguments as ever and then does nothing."""
    root: Any = typer.main.get_command(app)
    for command in _all(root):
        command.callback = lambda **_: None
    return root


def _parsed(parser: Callable[[list[str]], object], arguments: list[str]) -> bool:
    """Whether a module's own parser understands its arguments, or shows its help as they ask."""
    try:
        parser(arguments)
    except SystemExit as ended:
        return not ended.code
    return True


def _registry(arguments: list[str]) -> None:
    first, *rest = arguments
    {"first-load": first_load.arguments, "decided-pairs": exporting.arguments}[first](rest)


PARSERS = {"bench": bench.arguments, "weights": weights.arguments, "services.registry": _registry}


def _all(command: Any) -> Iterator[Any]:
    for each in getattr(command, "commands", {}).values():
        yield from _all(each)
        if not hasattr(each, "commands"):
            yield each


def _targets() -> set[str]:
    lines = re.findall(r"^(\w[\w -]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return {target for line in lines for target in line.split()}


def _is_command(text: str) -> bool:
    return re.match(r"(signpost|make|python -m) [a-z-]", text) is not None and "..." not in text


def _is_path(text: str) -> bool:
    """Whether it looks like a path of the project: a file by its ending, or something below one of its folders."""
    first, slash, _ = text.partition("/")
    if _PATH.fullmatch(text) is None:
        return False
    return _FILE.fullmatch(text) is not None or (bool(slash) and (ROOT / first).is_dir())


def _exists(path: str) -> bool:
    """Whether a path of the project, or a file of that bare name, exists."""
    if "/" in path or "*" in path:
        return any(ROOT.glob(path.rstrip("/")))
    rooms = (each for each in ROOT.iterdir() if each.is_dir() and not each.name.startswith("."))
    return (ROOT / path).exists() or any(found for room in rooms for found in room.rglob(path))


def _metrics() -> set[str]:
    """The metrics' names, with and without what Prometheus puts behind them."""
    collectors = [each for each in vars(metrics).values() if isinstance(each, MetricWrapperBase)]
    names = {metric.name for collector in collectors for metric in collector.describe()}
    return names | {f"{name}_total" for name in names}


def _settings() -> set[str]:
    found: set[str] = set()
    for settings in (Audit, Registry, Search, Shielding):
        for name, field in settings.model_fields.items():
            full = f"SIGNPOST_{name.upper()}"
            found.add(full)
            part: Any = field.annotation
            if isinstance(part, type) and issubclass(part, BaseModel):
                found |= {f"{full}__{inner.upper()}" for inner in part.model_fields}
    return found


def _environment() -> set[str]:
    """What the command line and the engines read."""
    sources = [path.read_text() for room in ("cli", "deploy") for path in (ROOT / room).rglob("*.py")]
    return {name for source in sources for name in re.findall(r'"(SIGNPOST_[A-Z_]+)"', source)}
