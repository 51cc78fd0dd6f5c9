"""Sealing what is personal to the one service that may open it: X25519 sealed boxes, as base64 text."""

from __future__ import annotations

import base64
from pathlib import Path

import orjson
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox


class SealedError(Exception):
    """What was sealed cannot be opened: none of the keys fits, or it is damaged. Nothing of it is quoted."""


class Seal:
    """Seals to one public key (base64); whoever seals cannot open it again, nor tell two equal values by it."""

    def __init__(self, public_key: str) -> None:
        self._box = SealedBox(PublicKey(base64.b64decode(public_key)))

    def __call__(self, value: object) -> str:
        """The value, as JSON, sealed."""
        return base64.b64encode(self._box.encrypt(orjson.dumps(value))).decode()


class Opener:
    """Opens what was sealed to any of these private keys (base64): a new one is put before those it follows."""

    def __init__(self, private_keys: str) -> None:
        """``private_keys``: one a line; raises :class:`ValueError` where there is none, or a bad one."""
        try:
            self._boxes = [SealedBox(PrivateKey(base64.b64decode(each))) for each in private_keys.split()]
        except (CryptoError, ValueError, TypeError):
            self._boxes = []
        if not self._boxes:
            raise ValueError("X25519 private keys, base64, one a line")

    @classmethod
    def of(cls, file: Path) -> Opener:
        """With the keys in a secret file."""
        return cls(file.read_text())

    def __call__(self, sealed: str) -> bytes:
        """The JSON that was sealed; raises :class:`SealedError`."""
        for box in self._boxes:
            try:
                return box.decrypt(base64.b64decode(sealed, validate=True))
            except (CryptoError, ValueError):
                continue
        raise SealedError
