"""Opening authorities of a development stack, as their data managers would: stage by stage, with a sign-off."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Collection
from typing import Any

DEVELOPERS = "developers"
"""The organisation of whoever signs in without naming one, in development."""


def open_authority(issuer: str, registry: str, authority: str, admit: Collection[str] = ()) -> None:
    """Bring an authority to live, whatever stage it is in, and admit organisations and the developers.

    ``issuer`` and ``registry`` are base URLs.
    """
    wanted = {"role": "data-manager", "subject": "dev-data-manager", "authority": authority}
    token = _asked(f"{issuer}/token", wanted)["access_token"]
    home = f"{registry}/v1/authorities/{authority}"
    present = _asked(home, None, token)
    for stage in {"loading": ("shielding", "live"), "shielding": ("live",)}.get(present["stage"], ()):
        _asked(f"{home}/stages", {"stage": stage, "sign_off": "a development installation"}, token)
    for each in {DEVELOPERS, *admit} - set(present["organisations"]):
        _asked(f"{home}/organisations", {"organisation": each, "reason": "a development installation"}, token)


def _asked(url: str, body: dict[str, Any] | None, token: str = "") -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310
        document: dict[str, Any] = json.load(answer)
    return document
