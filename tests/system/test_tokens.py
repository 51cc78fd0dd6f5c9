"""A token that is not to be trusted opens nothing, and its refusal teaches nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.issuer import signing_key
from tests.world import ORGANISATION, World, await_

SEARCH = {"reason": {"code": "safeguarding"}, "criteria": {"family": "Okafor", "date_of_birth": "2015-04-09"}}


def key_of(world: World) -> Ed25519PrivateKey:
    """The issuer's own key."""
    return signing_key(world.stack.state / "services" / "issuer.pem")


def claims(world: World, **changed: Any) -> dict[str, Any]:
    """Good claims with some replaced; those set to ``None`` are left out."""
    now = int(time.time())
    good = {
        "iss": world.stack.url("issuer"),
        "aud": "signpost",
        "sub": "somebody",
        "iat": now,
        "exp": now + 600,
        "roles": ["practitioner"],
        "organisation": ORGANISATION,
        **changed,
    }
    return {name: value for name, value in good.items() if value is not None}


def signed(world: World, **changed: Any) -> str:
    """A token of the issuer's."""
    return jwt.encode(claims(world, **changed), key_of(world), algorithm="EdDSA", headers={"kid": "development-1"})


def hs256_with_the_public_key(world: World) -> str:
    """The classic confusion: the published key used as a shared secret."""
    public = (
        key_of(world)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )

    def part(value: dict[str, Any]) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    body = part({"alg": "HS256", "typ": "JWT", "kid": "development-1"}) + b"." + part(claims(world))
    seal = base64.urlsafe_b64encode(hmac.new(public, body, hashlib.sha256).digest()).rstrip(b"=")
    return (body + b"." + seal).decode()


BAD: dict[str, Callable[[World], str | None]] = {
    "absent": lambda _: None,
    "not a token": lambda _: "hello",
    "expired": lambda w: signed(w, exp=int(time.time()) - 1),
    "without expiry": lambda w: signed(w, exp=None),
    "wrong issuer": lambda w: signed(w, iss="http://elsewhere.example"),
    "wrong audience": lambda w: signed(w, aud="another-product"),
    "without audience": lambda w: signed(w, aud=None),
    "alg none": lambda w: jwt.encode(claims(w), None, algorithm="none", headers={"kid": "development-1"}),
    "HS256 signed with the public key": hs256_with_the_public_key,
    "another's key": lambda w: jwt.encode(
        claims(w), Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": "development-1"}
    ),
    "unknown key": lambda w: jwt.encode(
        claims(w), Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": "another"}
    ),
    "without subject": lambda w: signed(w, sub=None),
    "roles that are no list": lambda w: signed(w, roles="practitioner"),
}


def ask(world: World, token: str | None) -> Any:
    """A search with a given token."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return world.http.post(world.stack.url("search") + "/v1/searches", json=SEARCH, headers=headers)


def test_a_good_token_is_let_in(world: World) -> None:
    assert ask(world, signed(world)).status_code == 200


@pytest.mark.parametrize("name", BAD)
def test_a_bad_token_is_refused_in_the_same_words_as_any_other(world: World, name: str) -> None:
    refused = ask(world, BAD[name](world))
    assert refused.status_code == 401
    assert refused.json() == ask(world, None).json()
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["cache-control"] == "no-store"


BODIES = {
    "/v1/searches": SEARCH,
    "/v1/views": {"reason": {"code": "safeguarding"}, "child_number": "9434765919"},
    "/v1/shields": {"child_number": "9434765919", "ground": "adoption", "review_on": "2099-01-01"},
}


@pytest.mark.parametrize(
    ("service", "method", "path"),
    [
        ("search", "POST", "/v1/searches"),
        ("search", "POST", "/v1/views"),
        ("registry", "GET", "/v1/records/9434765919"),
        ("shielding", "POST", "/v1/shields"),
        ("shielding", "GET", "/v1/shields/x"),
        ("audit", "GET", "/v1/entries"),
        ("audit", "GET", "/v1/children/9434765919/accesses"),
    ],
)
def test_a_role_that_is_missing_is_refused_everywhere(world: World, service: str, method: str, path: str) -> None:
    body = BODIES.get(path)
    answer = world.call(service, method, path, "override-holder", body)
    assert answer.status_code == 403
    nobody = world.http.request(method, world.stack.url(service) + path, json=body)
    assert nobody.status_code == 401


@pytest.mark.parametrize(
    ("service", "method", "path", "role"),
    [
        ("search", "POST", "/v1/searches", "practitioner"),
        ("registry", "GET", "/v1/records/9434765919", "data-manager"),
        ("shielding", "POST", "/v1/shields", "shield-officer"),
        ("audit", "GET", "/v1/entries", "auditor"),
    ],
)
def test_who_asked_without_the_role_is_on_record(
    world: World, service: str, method: str, path: str, role: str
) -> None:
    curious = f"curious-{service}"
    refused = world.call(service, method, path, "override-holder", BODIES.get(path), subject=curious)
    assert refused.status_code == 403

    def look() -> list[Any] | None:
        answer = world.call("audit", "GET", f"/v1/entries?actor={curious}", "auditor")
        return list(answer.raise_for_status().json()["entries"]) or None

    [entry] = await_(look)
    assert (entry["action"], entry["outcome"], entry["role"]) == ("refused", "role-missing", role)
