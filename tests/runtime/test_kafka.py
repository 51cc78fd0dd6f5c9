"""How services are let in to Kafka: what was asked for and cannot be had is refused, and never left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import certifi
import pytest
from pydantic import ValidationError

from runtime import kafka
from runtime.settings import KafkaSettings

CA = {"ca_file": Path(certifi.where())}
LOGIN = {"username": "registry", "password": "a-password"}


@pytest.mark.parametrize(
    ("given", "protocol"),
    [({}, None), (CA, "SSL"), (LOGIN, "SASL_PLAINTEXT"), ({**CA, **LOGIN}, "SASL_SSL")],
)
def test_a_login_and_encryption_are_used_wherever_they_are_set(
    given: dict[str, Any], protocol: str | None
) -> None:
    settings = KafkaSettings(**given)
    options, security = kafka.connection(settings), kafka.security(settings)
    assert options.get("security_protocol") == protocol
    assert bool(options.get("ssl_context")) is ("ca_file" in given)
    assert options.get("sasl_plain_username") == given.get("username")
    assert (security is None) is (protocol is None)
    if security is not None:
        assert security.use_ssl is ("ca_file" in given)


@pytest.mark.parametrize("given", [{"username": "registry"}, {"password": "a-password"}, {"ca_file": "/nowhere"}])
def test_half_a_login_and_a_file_that_is_not_there_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        KafkaSettings(**given)
    assert "a-password" not in str(refused.value)
