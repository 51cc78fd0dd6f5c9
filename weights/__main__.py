"""``python -m weights estimate`` writes the policy file; ``python -m weights diff OLD NEW`` shows what changed."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from weights.differences import differences
from weights.files import Document, estimated, re_estimated, text_of
from weights.labelled import labelled
from weights.pairs import made_up

_FILE = Path("services/registry/policy.json")


def arguments(typed: list[str] | None = None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m weights", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    estimate = commands.add_parser(
        "estimate", help="estimate by Splink, from made-up children's truth or from decided pairs"
    )
    estimate.add_argument("--children", type=int, default=4000, help="in each area (4000)")
    estimate.add_argument(
        "--seeds", type=int, nargs="+", default=[101, 102, 103], help="an area each (101 102 103)"
    )
    estimate.add_argument("--strangers", type=int, default=500_000, help="pairs of strangers (500000)")
    estimate.add_argument(
        "--pairs", type=Path, help="instead of made-up children: decided pairs, as a registry exports them"
    )
    estimate.add_argument(
        "--base", type=Path, default=_FILE, help=f"the policy that says what decided pairs cannot ({_FILE})"
    )
    estimate.add_argument("--version", required=True, help="the new policy's version, such as 2026-11-1")
    estimate.add_argument("--out", type=Path, default=_FILE, help=f"({_FILE})")
    diff = commands.add_parser("diff", help="what another policy file says otherwise")
    diff.add_argument("old", type=Path)
    diff.add_argument("new", type=Path)
    return parser.parse_args(typed)


def main(typed: list[str] | None = None) -> int:
    chosen = arguments(typed)
    if chosen.command == "diff":
        old, new = (json.loads(path.read_text(encoding="utf-8")) for path in (chosen.old, chosen.new))
        print("\n".join(differences(old, new)) or "no difference")
        return 0
    document, what = (_of_pairs if chosen.pairs else _of_made_up)(chosen)
    chosen.out.write_text(text_of(document), encoding="utf-8")
    print(f"{chosen.out}: {what}")
    return 0


def _of_made_up(chosen: argparse.Namespace) -> tuple[Document, str]:
    records = list(made_up(chosen.children, chosen.seeds))
    seeds = " ".join(map(str, chosen.seeds))
    source = (
        f"python -m weights estimate --children {chosen.children} --seeds {seeds} --strangers {chosen.strangers}"
    )
    document = estimated(records, chosen.strangers, chosen.version, source)
    return document, f"{len(records)} source records of made-up children"


def _of_pairs(chosen: argparse.Namespace) -> tuple[Document, str]:
    base = json.loads(chosen.base.read_text(encoding="utf-8"))
    try:
        with chosen.pairs.open("rb") as lines:
            found = labelled(lines, chosen.strangers)
    except ValueError as error:
        raise SystemExit(f"{chosen.pairs}: {error}") from None
    source = (
        f"python -m weights estimate --pairs {chosen.pairs.name} --strangers {chosen.strangers}; "
        f"kept is what {base['version']} says"
    )
    return re_estimated(found, base, chosen.version, source), f"{len(found.records)} source records"


if __name__ == "__main__":
    sys.exit(main())
