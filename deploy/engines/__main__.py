"""python -m deploy.engines up | down [--wipe] | status."""

import argparse
import os
import sys
from pathlib import Path

from deploy.engines import EngineError, Engines, choose


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.engines", description="Run the engines.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("up", help="start them, and return when they are ready")
    verbs.add_parser("down", help="stop them").add_argument("--wipe", action="store_true", help="and remove data")
    verbs.add_parser("status", help="tell which are ready; fails unless all are")
    asked = parser.parse_args(arguments)
    state = Path(os.environ.get("SIGNPOST_STATE", ".signpost")) / "engines"
    try:
        return _do(choose(state), asked)
    except EngineError as error:
        print(error, file=sys.stderr)
        return 1


def _do(engines: Engines, asked: argparse.Namespace) -> int:
    match asked.verb:
        case "up":
            engines.start(lambda line: print(line, flush=True))
            found = engines.endpoints
            print(f"Kafka {found.kafka}\nDocuments {found.mongo}\nElasticsearch {found.elasticsearch}")
        case "down" if asked.wipe:
            engines.wipe()
        case "down":
            engines.stop()
        case _:
            status = engines.status()
            for name, ready in status.items():
                print(f"{name}: {'ready' if ready else 'not ready'}")
            return 0 if all(status.values()) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
