"""What the documents say that a machine can check: links, commands, and names of files, settings and metrics."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```[ ]*$", re.MULTILINE | re.DOTALL
)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_INLINE = re.compile(r"`([^`\n]+)`")
_NAMED = re.compile(r"`([\w.-]+\.jsonl?)`")
_HERE = re.compile(r"<<\s*['\"]?(\w+)")
_OPERATORS = frozenset("();<>|&")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what it holds, and the paragraph before it."""

    language: str
    body: str
    before: str


def documents() -> list[Path]:
    """Every document of the project."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(text: str) -> list[Block]:
    """The fenced blocks, in order."""
    found = []
    for fence in _FENCE.finditer(text):
        indent = fence["indent"]
        body = "\n".join(line.removeprefix(indent) for line in fence["body"].splitlines())
        before = text[: fence.start()].rstrip().rsplit("\n\n", 1)[-1]
        found.append(Block(fence["info"].partition(" ")[0], body, before))
    return found


def commands(text: str) -> list[str]:
    """What a reader types, in order: what stands behind a prompt in console blocks.

    Continued lines are joined; a here-document belongs to its command.
    """
    found: list[str] = []
    for block in blocks(text):
        if block.language == "console":
            lines = iter(block.body.replace("\\\n", " ").splitlines())
            found += [
                "\n".join([line.removeprefix("$ ").strip(), *_here_document(line, lines)])
                for line in lines
                if line.startswith("$ ")
            ]
    return found


def _here_document(line: str, following: Iterator[str]) -> Iterator[str]:
    if end := _HERE.search(line):
        for each in following:
            yield each
            if each == end[1]:
                return


def inline(text: str) -> list[str]:
    """What stands between backticks outside of blocks."""
    return _INLINE.findall(_FENCE.sub("", text))


def words(command: str) -> Iterator[list[str]]:
    """The words of each simple command in a line of shell; a comment at its end is none."""
    lexer = shlex.shlex(command.partition("\n")[0], posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    simple: list[str] = []
    for word in lexer:
        if set(word) <= _OPERATORS:
            yield simple
            simple = []
        else:
            simple.append(word)
    yield simple


def links(text: str) -> list[str]:
    """The targets of links that lead to other places of the project."""
    return [link for link in _LINK.findall(_FENCE.sub("", text)) if not re.match(r"[a-z]+:", link)]


def anchors(text: str) -> set[str]:
    """What a link may name behind ``#``."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def files(text: str) -> dict[str, str]:
    """The files that a guide has its reader write: JSON blocks, by the name at the end of the text before."""
    named = {}
    for block in blocks(text):
        names = _NAMED.findall(block.before)
        if block.language in {"json", "jsonl"} and names:
            named[names[-1]] = block.body + "\n"
    return named
