"""Bearer tokens: who is asking, in what role, for which organisation, as the deployer's issuer says."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

import jwt
from fastapi import Depends, Request

from runtime import clock
from runtime.problems import ProblemError
from runtime.settings import TokenSettings

# Asymmetric only: an issuer's public key must never pass for a shared secret.
ALGORITHMS = ("RS256", "ES256", "EdDSA")
_REFRESH_AT_MOST_EVERY = 10.0


@dataclass(frozen=True)
class Caller:
    """A person, as their token describes them."""

    subject: str
    roles: frozenset[str]
    organisation: str | None
    authority: str | None
    acr: str | None


class Tokens:
    """Checks tokens against the issuer's published keys, which are fetched when an unknown one turns up."""

    def __init__(self, settings: TokenSettings) -> None:
        self._settings = settings
        self._client = jwt.PyJWKClient(settings.jwks_url, cache_keys=False, timeout=5)
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = float("-inf")
        self._fetching = asyncio.Lock()

    async def caller(self, token: str) -> Caller:
        """Who the token speaks for; raises a 401 problem, always the same one, when it is not to be trusted."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise jwt.InvalidAlgorithmError
            claims = jwt.decode(
                token,
                await self._key(str(header.get("kid"))),
                algorithms=list(ALGORITHMS),
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
            return _caller(claims)
        except (jwt.PyJWTError, ValueError, TypeError):
            raise unauthorised() from None

    async def _key(self, kid: str) -> jwt.PyJWK:
        if kid not in self._keys:
            async with self._fetching:
                if kid not in self._keys and clock.monotonic() - self._fetched > _REFRESH_AT_MOST_EVERY:
                    self._fetched = clock.monotonic()
                    await self._fetch()
        if kid not in self._keys:
            raise jwt.InvalidKeyError
        return self._keys[kid]

    async def _fetch(self) -> None:
        try:
            keys = await asyncio.to_thread(self._client.get_signing_keys, True)
        except jwt.PyJWKClientConnectionError:
            # Keys already known go on serving; a token of an unknown key cannot be checked now.
            self._fetched = float("-inf")
            raise ProblemError(503, "issuer-unreachable", "The token cannot be checked right now.") from None
        self._keys = {key.key_id: key for key in keys if key.key_id}


def _caller(claims: dict[str, Any]) -> Caller:
    roles = claims.get("roles", [])
    if not isinstance(roles, list) or not claims["sub"]:
        raise TypeError
    texts = {name: claims.get(name) for name in ("organisation", "authority", "acr")}
    if any(value is not None and not isinstance(value, str) for value in texts.values()):
        raise TypeError
    return Caller(subject=str(claims["sub"]), roles=frozenset(map(str, roles)), **texts)


def unauthorised() -> ProblemError:
    """The one answer to a missing or bad token: it does not say what was wrong with it."""
    return ProblemError(401, "unauthorised", "Send a valid bearer token of this installation's issuer.")


def caller_with(*roles: str) -> Any:
    """A FastAPI dependency: the caller, who must hold one of the ``roles``; who does not is on record."""

    async def check(request: Request) -> Caller:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise unauthorised()
        tokens: Tokens = request.app.state.tokens
        caller = await tokens.caller(token.strip())
        if caller.roles.isdisjoint(roles):
            await request.app.state.turned_away(caller, roles[0])
            raise ProblemError(403, "role-missing", f"This needs the role {' or '.join(roles)}.")
        return caller

    return Depends(check)


Practitioner = Annotated[Caller, caller_with("practitioner")]
Finder = Annotated[Caller, caller_with("practitioner", "shield-officer")]
"""Who may look for a child: shield officers must find whom they are to shield."""
DataManager = Annotated[Caller, caller_with("data-manager")]
Decider = Annotated[Caller, caller_with("data-manager", "shield-officer")]
"""Who may say whether two children are one: of two who are shielded, and not one authority's, shield officers."""
ShieldOfficer = Annotated[Caller, caller_with("shield-officer")]
OverrideHolder = Annotated[Caller, caller_with("override-holder")]
Auditor = Annotated[Caller, caller_with("auditor")]
