"""Wycheproof's edge cases for every primitive that the group rests on, through the code that uses it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from aparte.core.mls.suites import is_x25519_key, is_xwing_key, verify_ed25519
from aparte.e2ee.mls.aead import AES_256_GCM
from aparte.e2ee.mls.hkdf import HKDF_SHA384, Kdf
from tests.e2ee.mls.suites import SHA256, SHA512

unhex = bytes.fromhex
Case = tuple[dict[str, Any], dict[str, Any]]
Load = Callable[[str], Iterator[Case]]
POINT = X25519PrivateKey.from_private_bytes(bytes(range(32))).public_key().public_bytes_raw()


@pytest.fixture
def load(official_vectors: Callable[[str], Path]) -> Load:
    def read(name: str) -> Iterator[Case]:
        data = json.loads(official_vectors(f"wycheproof/{name}_test.json").read_text("utf-8"))
        cases = [(group, case) for group in data["testGroups"] for case in group["tests"]]
        assert len(cases) == data["numberOfTests"]
        yield from cases

    return read


def test_aes_gcm(load: Load) -> None:
    """Of the key and tag sizes of the file; ours are 256 and 128 bits, nonces 96."""
    seen: Counter[str] = Counter()
    for group, case in load("aes_gcm"):
        if group["ivSize"] < 64 or group["ivSize"] > 1024:
            # The library takes nonces of 8 to 128 octets and refuses the others.
            with pytest.raises(ValueError, match="Nonce"):
                AES_256_GCM.open(unhex(case["key"]), unhex(case["iv"]), b"", bytes(16))
            seen["refused nonce"] += 1
            continue
        key, nonce, aad = unhex(case["key"]), unhex(case["iv"]), unhex(case["aad"])
        sealed = unhex(case["ct"]) + unhex(case["tag"])
        if case["result"] == "valid":
            assert AES_256_GCM.open(key, nonce, aad, sealed) == unhex(case["msg"])
            assert AES_256_GCM.seal(key, nonce, aad, unhex(case["msg"])) == sealed
        else:
            with pytest.raises(ValueError, match="authenticate"):
                AES_256_GCM.open(key, nonce, aad, sealed)
        seen.update([case["result"], *case["flags"]])
    assert seen["ModifiedTag"] > 0


def test_ed25519(load: Load) -> None:
    for group, case in load("ed25519"):
        key, message, signature = unhex(group["publicKey"]["pk"]), unhex(case["msg"]), unhex(case["sig"])
        if case["result"] == "valid":
            verify_ed25519(key, signature, message)
        else:
            with pytest.raises((InvalidSignature, ValueError)):
                verify_ed25519(key, signature, message)


@pytest.mark.parametrize(
    ("name", "kdf"), [("hkdf_sha256", SHA256), ("hkdf_sha384", HKDF_SHA384), ("hkdf_sha512", SHA512)]
)
def test_hkdf(load: Load, name: str, kdf: Kdf) -> None:
    for _, case in load(name):
        prk = kdf.extract(unhex(case["salt"]), unhex(case["ikm"]))
        if case["result"] == "valid":
            assert kdf.expand(prk, unhex(case["info"]), case["size"]).hex() == case["okm"]
        else:
            with pytest.raises(ValueError, match="derive"):
                kdf.expand(prk, unhex(case["info"]), case["size"])


def test_mlkem_keys(load: Load) -> None:
    for _, case in load("mlkem_768_keygen_seed"):
        key = MLKEM768PrivateKey.from_seed_bytes(unhex(case["seed"])).public_key().public_bytes_raw()
        assert key.hex() == case["ek"]


def test_mlkem_public_keys(load: Load) -> None:
    """A key with a coefficient over the modulus, or of another length, never gets into a tree."""
    seen: Counter[str] = Counter()
    for _, case in load("mlkem_768_encaps"):
        assert is_xwing_key(unhex(case["ek"]) + POINT) == (case["result"] == "valid")
        seen.update([case["result"], *case["flags"]])
    assert min(seen["valid"], seen["invalid"], seen["ModulusOverflow"]) > 0


def test_x25519(load: Load) -> None:
    """A point of small order gives no secret, and never gets into a tree."""
    seen: Counter[str] = Counter()
    for _, case in load("x25519"):
        private, public = X25519PrivateKey.from_private_bytes(unhex(case["private"])), unhex(case["public"])
        if set(unhex(case["shared"])) == {0}:
            assert not is_x25519_key(public)
            with pytest.raises(ValueError, match=r"shared key"):
                private.exchange(X25519PublicKey.from_public_bytes(public))
        else:
            assert is_x25519_key(public)
            assert private.exchange(X25519PublicKey.from_public_bytes(public)).hex() == case["shared"]
        seen.update(case["flags"])
    assert seen["ZeroSharedSecret"] > 0


def test_mlkem(load: Load) -> None:
    """Seeds and ciphertexts of a wrong size are refused; a wrong ciphertext gives a secret that nobody else has."""
    seen: Counter[str] = Counter()
    for _, case in load("mlkem_768"):
        seen.update([case["result"]])
        if case["result"] == "valid":
            key = MLKEM768PrivateKey.from_seed_bytes(unhex(case["seed"]))
            assert key.public_key().public_bytes_raw().hex() == case["ek"]
            assert key.decapsulate(unhex(case["c"])).hex() == case["K"]
        else:
            with pytest.raises(ValueError, match=r"."):
                MLKEM768PrivateKey.from_seed_bytes(unhex(case["seed"])).decapsulate(unhex(case["c"]))
    assert min(seen["valid"], seen["invalid"]) > 0
