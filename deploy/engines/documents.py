"""The document store: mongod where there is one, else SecantusDB, which speaks the same protocol.

SecantusDB is a separate program for development, tests and demonstrations, and no part of the product.
"""

import glob
import os
import shutil
from pathlib import Path

from deploy.engines import answers, install
from deploy.engines.engine import Engine
from deploy.engines.model import EngineError, Ports, Progress
from deploy.engines.process import Command

# What the build asks for, and Debian's package of it.
TOOLS = {"cmake": "cmake", "ninja": "ninja-build", "swig": "swig", "c++": "g++"}
LIBCLANG = (
    "/usr/lib/llvm-*/lib/libclang*.so*",
    "/usr/lib/*/libclang*.so*",
    "/usr/lib64/libclang*.so*",
    "/Library/Developer/CommandLineTools/usr/lib/libclang.dylib",
    "/opt/homebrew/opt/llvm/lib/libclang.dylib",
)

MONGOD, RUST, PYTHON = "mongod", "secantus-rust", "secantus-python"
"""The programs, each by the folder of its data."""

TRANSACTION_LIMIT = 10
"""Seconds after which a transaction is aborted: what a killed process wrote is kept from others till then."""


class Documents(Engine):
    name = "Document store"

    def __init__(self, home: Path, ports: Ports) -> None:
        super().__init__(home, ports.mongo)

    def ready(self) -> bool:
        return answers.mongo_ready(self.ports[0])

    def _command(self, progress: Progress) -> Command:
        flavour, argv = self._program(progress)
        # Each program keeps its files in its own way, so each has its own folder.
        data = self.home / flavour
        data.mkdir(exist_ok=True)
        port = str(self.ports[0])
        if flavour == MONGOD:
            options = ["--bind_ip", "127.0.0.1", "--port", port, "--dbpath", str(data), "--replSet", "signpost"]
        else:
            options = ["--host", "127.0.0.1", "--port", port, "--storage-path", str(data)]
            # At most; it takes what its data need. With less a transaction waits too long where there is much.
            options += ["--cache-size", "4G", "--sync-on-commit"]
        # SecantusDB looks for a file of settings at home and in the current folder: there shall be none.
        return Command([*argv, *options], self.home, {"HOME": str(self.home)})

    def _settled(self) -> bool:
        if (self.home / MONGOD).exists() and not self.ready():
            members: list[answers.Document] = [{"_id": 0, "host": f"127.0.0.1:{self.ports[0]}"}]
            config: answers.Document = {"_id": "signpost", "members": members}
            # One that has been initiated before says so, and nothing changes.
            answers.mongo_command(self.ports[0], {"replSetInitiate": config, "$db": "admin"})
        if not self.ready():
            return False
        limit: answers.Document = {"setParameter": 1, "transactionLifetimeLimitSeconds": TRANSACTION_LIMIT}
        answers.mongo_command(self.ports[0], {**limit, "$db": "admin"})
        return True

    def _program(self, progress: Progress) -> tuple[str, list[str]]:
        """The program that has the data already, whatever else there is by now: another would begin with none."""
        kept = next((each for each in (MONGOD, RUST, PYTHON) if (self.home / each).exists()), None)
        mongod = shutil.which("mongod")
        if kept == MONGOD and mongod is None:
            raise EngineError(f"The data in {self.home} is mongod's: put it back on the PATH, or wipe the data.")
        if mongod is not None and kept in {MONGOD, None}:
            return MONGOD, [mongod]
        if kept != PYTHON:
            try:
                _need_tools()
                return RUST, [str(install.secantus_rust(progress))]
            except EngineError as reason:
                if kept is not None:
                    raise
                progress(f"{self.name}: {reason} Until then it is the Python one, 10 to 20 times slower.")
        python = install.secantus_wheel(progress)
        return PYTHON, [str(python), "-c", "from secantus.cli import main; main()"]


def _need_tools() -> None:
    """Raise EngineError if SecantusDB is neither built nor can be."""
    if (install.cache() / f"secantusdb-{install.SECANTUS_RUST}").exists():
        return
    if shutil.which("cargo") is None:
        raise EngineError("A quick document store needs Rust's cargo to be built: install Rust 1.95 or newer.")
    missing = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    if "LIBCLANG_PATH" not in os.environ and not any(map(glob.glob, LIBCLANG)):
        missing.append("libclang-dev")
    if missing:
        raise EngineError(f"A quick document store needs tools to be built: apt install {' '.join(missing)}.")
