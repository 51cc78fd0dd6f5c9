"""Write made-up changes and the truth: ``python -m generator --children N --seed S --out FILE``."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from generator import write


def main() -> None:
    parser = argparse.ArgumentParser(prog="generator", description=__doc__)
    parser.add_argument("--children", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--truth", type=Path, help="by default beside --out, as .truth.jsonl")
    chosen = parser.parse_args()
    summary = write(chosen.children, chosen.seed, chosen.out, chosen.truth)
    for name, value in asdict(summary).items():
        sys.stdout.write(f"{name.replace('_', ' ')}: {value}\n")


if __name__ == "__main__":
    main()
