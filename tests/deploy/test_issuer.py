"""The development issuer gives any role to anybody, so it must not run anywhere else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from deploy.stack import ROOT


@pytest.mark.parametrize("profile", ["production", "", "Development"])
def test_the_issuer_refuses_to_start_outside_the_development_profile(profile: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "deploy.issuer"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "SIGNPOST_PROFILE": profile, "SIGNPOST_ISSUER_PORT": "1"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert "SIGNPOST_PROFILE=development" in ended.stderr
