"""Run the registry service: ``python -m services.registry``, settings from the environment."""

from runtime import service
from services.registry.app import build
from services.registry.settings import Settings

if __name__ == "__main__":
    settings = Settings()
    service.run(build(settings), settings, "registry")
