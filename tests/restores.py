"""Backing up and restoring a running Signpost, as its runbook tells."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from cli.output import Code
from deploy.stack import ROOT
from tests.docs.documents import commands
from tests.world import World

RUNBOOK = (ROOT / "docs/runbooks/restore.md").read_text()
Dump = dict[str, dict[str, list[dict[str, Any]]]]


def typed(world: World, wanted: str) -> None:
    """Type those of the runbook's commands that match, as they stand there; where it is one machine's, at ours."""
    found = [command for command in commands(RUNBOOK) if re.search(wanted, command)]
    assert found, wanted
    stack = world.stack
    here = {
        "INDEX": stack.endpoints.elasticsearch,
        "PREFIX": stack.prefix,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        **world.environment(),
    }
    for command in found:
        done = subprocess.run(
            ["bash", "-c", command], env={**os.environ, **here}, capture_output=True, text=True, check=False
        )
        assert done.returncode == Code.DONE, f"{command}\n{done.stdout}{done.stderr}"


def dumped(world: World) -> Dump:
    """What mongodump keeps of the services' stores."""
    stores = {name: world.database(name) for name in ("registry", "shielding", "audit")}
    return {
        name: {each: list(store[each].find()) for each in store.list_collection_names()}
        for name, store in stores.items()
    }


def restored(world: World, dump: Dump) -> None:
    """What mongorestore makes of it, with ``--drop``."""
    for name, collections in dump.items():
        store = world.database(name)
        for each in store.list_collection_names():
            store.drop_collection(each)
        for each, documents in collections.items():
            if documents:
                store[each].insert_many(documents)
