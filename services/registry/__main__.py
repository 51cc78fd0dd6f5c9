"""Run the registry service: ``python -m services.registry``, settings from the environment."""

from runtime import service
from runtime.settings import read
from services.registry.app import build
from services.registry.settings import Settings

if __name__ == "__main__":
    settings = read(Settings)
    service.run(build(settings), settings, "registry")
