"""``python -m weights estimate`` writes the policy file; ``python -m weights diff OLD NEW`` shows what changed."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from weights.differences import differences
from weights.files import estimated, text_of
from weights.pairs import made_up

_FILE = Path("services/registry/policy.json")


def arguments(typed: list[str] | None = None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m weights", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    estimate = commands.add_parser("estimate", help="estimate from made-up children, by Splink from their truth")
    estimate.add_argument("--children", type=int, default=4000, help="in each area (4000)")
    estimate.add_argument(
        "--seeds", type=int, nargs="+", default=[101, 102, 103], help="an area each (101 102 103)"
    )
    estimate.add_argument("--strangers", type=int, default=500_000, help="pairs of strangers (500000)")
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
    records = list(made_up(chosen.children, chosen.seeds))
    seeds = " ".join(map(str, chosen.seeds))
    source = (
        f"python -m weights estimate --children {chosen.children} --seeds {seeds} --strangers {chosen.strangers}"
    )
    chosen.out.write_text(text_of(estimated(records, chosen.strangers, chosen.version, source)), encoding="utf-8")
    print(f"{chosen.out}: {len(records)} source records of made-up children")
    return 0


if __name__ == "__main__":
    sys.exit(main())
