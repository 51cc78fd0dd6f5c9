"""A token issuer for development: anybody may ask for any role, so it starts in no other profile."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Literal

import jwt
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from jwt.algorithms import OKPAlgorithm
from pydantic import BaseModel, ConfigDict, Field

from runtime import clock

Role = Literal["practitioner", "data-manager", "shield-officer", "override-holder", "auditor"]
AUDIENCE = "signpost"
_KEY_ID = "development-1"


class Wanted(BaseModel):
    """What the token should say."""

    model_config = ConfigDict(extra="forbid")
    role: Role
    subject: str = "dev-user"
    organisation: str | None = None
    authority: str | None = None
    acr: str = "level-2"
    seconds: int = Field(default=8 * 3600, ge=1, le=24 * 3600)


def signing_key(file: Path) -> Ed25519PrivateKey:
    """The key kept in ``file``, made on first use."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        made = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.touch(mode=0o600)
        file.write_bytes(made)
    key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)  # noqa: S101 - we wrote it
    return key


def build(key: Ed25519PrivateKey, issuer: str) -> FastAPI:
    """The issuer, as its one key and its own address make it."""
    app = FastAPI(title="Signpost development issuer", docs_url=None, redoc_url=None)
    public: dict[str, Any] = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    jwks = {"keys": [{**public, "kid": _KEY_ID, "use": "sig", "alg": "EdDSA"}]}

    @app.get("/.well-known/jwks.json")
    async def keys() -> dict[str, Any]:
        return jwks

    @app.post("/token")
    async def token(wanted: Wanted) -> dict[str, Any]:
        now = int(clock.now().timestamp())
        claims = {
            "iss": issuer,
            "aud": AUDIENCE,
            "sub": wanted.subject,
            "iat": now,
            "exp": now + wanted.seconds,
            "roles": [wanted.role],
            "organisation": wanted.organisation,
            "authority": wanted.authority,
            "acr": wanted.acr,
        }
        signed = jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": _KEY_ID})
        return {"access_token": signed, "token_type": "Bearer", "expires_in": wanted.seconds}

    return app


def main() -> None:
    """Serve on loopback; refuse outside the development profile."""
    if os.environ.get("SIGNPOST_PROFILE") != "development":
        sys.exit(
            "The development issuer gives any role to anybody: it starts only with SIGNPOST_PROFILE=development."
        )
    port = int(os.environ["SIGNPOST_ISSUER_PORT"])
    key = signing_key(Path(os.environ["SIGNPOST_ISSUER_KEY"]))
    app = build(key, f"http://127.0.0.1:{port}")
    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
