"""Starts the engines Signpost stands on, Apache Kafka, Elasticsearch and a document store, on one machine."""

from deploy.engines.choose import choose
from deploy.engines.local import LocalEngines
from deploy.engines.model import Endpoints, EngineError, Engines, Ports, Progress

__all__ = ["Endpoints", "EngineError", "Engines", "LocalEngines", "Ports", "Progress", "choose"]
