"""Run the registry: ``python -m services.registry``; or one of its commands, of which each has its own ``--help``.

``first-load`` loads a whole authority into it; ``decided-pairs`` writes what weights are learnt from.
"""

import sys

import uvloop

from runtime import log, service
from runtime.settings import read
from services.registry.app import build
from services.registry.settings import Settings

if __name__ == "__main__":
    match sys.argv[1:]:
        case ["first-load", *typed]:
            # Its dependencies are an extra of their own: the service does without them.
            from services.registry.firstload.command import arguments, first_load

            asked = arguments(typed)
            settings = read(Settings)
            log.configure("registry", settings.log_level)
            uvloop.run(first_load(settings, asked))
        case ["decided-pairs", *typed]:
            from services.registry import exporting

            asked = exporting.arguments(typed)
            settings = read(Settings)
            log.configure("registry", settings.log_level)
            uvloop.run(exporting.decided_pairs(settings, asked))
        case _:
            settings = read(Settings)
            service.run(build(settings), settings, "registry")
