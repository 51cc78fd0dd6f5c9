"""Programs that a test makes up."""

from __future__ import annotations

from pathlib import Path


def tool(folder: Path, name: str, script: str) -> None:
    """Put a program into a folder that is on the PATH."""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
