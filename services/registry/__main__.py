"""Run the registry: ``python -m services.registry``; or, with ``first-load``, load a whole authority into it."""

import sys

import uvloop

from runtime import log, service
from runtime.settings import read
from services.registry.app import build
from services.registry.settings import Settings

if __name__ == "__main__":
    if sys.argv[1:2] == ["first-load"]:
        # Its dependencies are an extra of their own: the service does without them.
        from services.registry.firstload.command import arguments, first_load

        asked = arguments(sys.argv[2:])
        settings = read(Settings)
        log.configure("registry", settings.log_level)
        uvloop.run(first_load(settings, asked))
    else:
        settings = read(Settings)
        service.run(build(settings), settings, "registry")
