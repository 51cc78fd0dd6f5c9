"""What is sealed is opened by whoever has the key, and by nobody else."""

from __future__ import annotations

import base64
import json
import traceback
from pathlib import Path

import pytest
from nacl.public import PrivateKey

from runtime.sealing import Opener, Seal, SealedError

OLD, NEW, STRANGE = PrivateKey.generate(), PrivateKey.generate(), PrivateKey.generate()
TYPED = {"family": "Zzyzx7Planted"}


def text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def seal(key: PrivateKey) -> Seal:
    return Seal(text(bytes(key.public_key)))


def opener(*keys: PrivateKey) -> Opener:
    return Opener("\n".join(text(bytes(key)) for key in keys) + "\n")


def test_whoever_has_the_key_reads_what_was_sealed_and_equal_values_do_not_look_equal() -> None:
    sealed = seal(NEW)(TYPED)
    assert json.loads(opener(NEW)(sealed)) == TYPED
    assert sealed != seal(NEW)(TYPED)
    assert "Zzyzx7Planted" not in base64.b64decode(sealed).decode(errors="replace")


def test_what_was_sealed_to_a_key_of_before_is_opened_while_that_one_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{text(bytes(NEW))}\n{text(bytes(OLD))}\n")
    for key in (OLD, NEW):
        assert json.loads(Opener.of(file)(seal(key)(TYPED))) == TYPED
    with pytest.raises(SealedError):
        opener(NEW)(seal(OLD)(TYPED))


@pytest.mark.parametrize(
    "sealed",
    [seal(STRANGE)(TYPED), "Zzyzx7Planted", "", seal(NEW)(TYPED)[:-8]],
    ids=["by a stranger", "no seal", "nothing", "cut off"],
)
def test_what_cannot_be_opened_is_not_quoted(sealed: str) -> None:
    with pytest.raises(SealedError) as refused:
        opener(OLD, NEW)(sealed)
    assert not sealed or sealed not in "".join(traceback.format_exception_only(refused.value))


@pytest.mark.parametrize("keys", ["", "\n", "Zzyzx7Planted", text(b"too short")])
def test_keys_that_are_none_are_refused_and_not_quoted(keys: str) -> None:
    with pytest.raises(ValueError, match="X25519 private keys") as refused:
        Opener(keys)
    assert "Zzyzx7" not in str(refused.value)
