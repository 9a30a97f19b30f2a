"""The official vectors of RFC 9605: all headers, and suites 4 and 5."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from aparte.e2ee.sframe.cipher import Cipher
from aparte.e2ee.sframe.header import build_sframe_header, parse_sframe_header
from aparte.e2ee.sframe.suites import AES_256_GCM_SHA512_128, TAG_SIZE, Suite

# Suite 4 shows that the frame format is right for both hashes; the product itself has no way to it.
AES_128_GCM_SHA256_128 = Suite(id=4, hash=SHA256(), key_size=16)


@pytest.fixture
def vectors(official_vectors: Callable[[str], Path]) -> dict[str, list[dict[str, Any]]]:
    data: dict[str, list[dict[str, Any]]] = json.loads(official_vectors("sframe/test-vectors.json").read_text("utf-8"))
    return data


@pytest.mark.promise("P4")
def test_every_header(vectors: dict[str, list[dict[str, Any]]]) -> None:
    assert len(vectors["header"]) == 289
    for case in vectors["header"]:
        encoded = bytes.fromhex(case["encoded"])
        assert build_sframe_header(case["kid"], case["ctr"]) == encoded
        parsed = parse_sframe_header(encoded + b"behind")
        assert (parsed.kid, parsed.ctr, parsed.size) == (case["kid"], case["ctr"], len(encoded))


@pytest.mark.promise("P4")
@pytest.mark.parametrize("suite", [AES_128_GCM_SHA256_128, AES_256_GCM_SHA512_128], ids=lambda suite: str(suite.id))
def test_suite(vectors: dict[str, list[dict[str, Any]]], suite: Suite) -> None:
    (case,) = [case for case in vectors["sframe"] if case["cipher_suite"] == suite.id]
    metadata, plaintext, expected = (bytes.fromhex(case[name]) for name in ("metadata", "pt", "ct"))
    cipher = Cipher(bytes.fromhex(case["base_key"]), case["kid"], suite)
    message = cipher.encrypt(case["ctr"], metadata, plaintext)
    assert message == metadata + expected
    size = parse_sframe_header(expected).size
    assert cipher.decrypt(case["ctr"], expected[:size], metadata, expected[size:]) == plaintext
    assert cipher.decrypt(case["ctr"], expected[:size], metadata + b"\0", expected[size:]) is None
    assert len(expected) == size + len(plaintext) + TAG_SIZE
