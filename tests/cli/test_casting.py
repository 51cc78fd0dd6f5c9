"""The girl of the demo's story is one whom a school and others work with."""

from __future__ import annotations

from pathlib import Path

import generator
from cli.casting import candidates


def test_the_made_up_children_have_girls_for_the_story(tmp_path: Path) -> None:
    made = generator.write(600, 1, tmp_path / "changes.jsonl")
    girls = candidates(tmp_path / "changes.jsonl", made.truth)
    assert girls
    assert all(girl.kinds >= 3 and girl.school and girl.postcode for girl in girls)
    assert [girl.kinds for girl in girls] == sorted((girl.kinds for girl in girls), reverse=True)
