"""HPKE: RFC 9180's vectors in base mode, and hpke-pq's and the draft's for X-Wing (KEM 0x647a)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aparte.core.mls.suites import is_xwing_key
from aparte.e2ee.mls.aead import AES_256_GCM, Aead
from aparte.e2ee.mls.hkdf import HKDF_SHA384
from aparte.e2ee.mls.hpke import Context, HpkeSuite, Random, key_schedule, setup_receiver, setup_sender
from aparte.e2ee.mls.xwing import XWING
from tests.e2ee.mls.random import seeded
from tests.e2ee.mls.suites import AES_128_GCM, CHACHA, P256, P521, SHA256, SHA512, EcKem, X25519Kem

unhex = bytes.fromhex
KDFS = {1: SHA256, 2: HKDF_SHA384, 3: SHA512}
# Export only: no message is sealed, so the size of the key does not matter.
AEADS = {1: AES_128_GCM, 2: AES_256_GCM, 3: CHACHA, 0xFFFF: Aead(0xFFFF, 16, AESGCM)}
DH_KEMS = {0x10: EcKem(0x10, SHA256, P256), 0x12: EcKem(0x12, SHA512, P521), 0x20: X25519Kem(0x20, SHA256)}


def read(path: Path) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return cases


def given(octets: bytes) -> Random:
    """Randomness that a vector fixes."""
    return lambda _size: octets


def check(receiver: Context, sender: Context, case: dict[str, Any]) -> None:
    for x in case["encryptions"] if case["aead_id"] != 0xFFFF else []:
        aad, plaintext, ciphertext = unhex(x["aad"]), unhex(x["pt"]), unhex(x["ct"])
        assert receiver.open(aad, ciphertext) == plaintext
        assert sender.seal(aad, plaintext) == ciphertext
    for x in case["exports"]:
        for context in (receiver, sender):
            assert context.export(unhex(x["exporter_context"]), x["L"]).hex() == x["exported_value"]


@pytest.mark.promise("P4")
def test_base_mode(official_vectors: Callable[[str], Path]) -> None:
    cases = read(official_vectors("hpke/rfc9180-base-mode-trimmed.json"))
    assert len(cases) == 24
    for case in cases:
        kem = DH_KEMS[case["kem_id"]]
        suite = HpkeSuite(kem, KDFS[case["kdf_id"]], AEADS[case["aead_id"]])
        pair = kem.derive_key_pair(unhex(case["ikmR"]))
        # P-521 keys are written with all their octets, numbers without the leading zeros.
        assert (pair.private, pair.public) == (unhex(case["skRm"]), unhex(case["pkRm"]))
        info, ikm = unhex(case["info"]), unhex(case["ikmE"])
        encapsulation, sender = setup_sender(suite, pair.public, info, given(ikm))
        assert encapsulation.hex() == case["enc"]
        check(setup_receiver(suite, encapsulation, pair.private, info), sender, case)


@pytest.mark.promise("P4")
@pytest.mark.shows("B26")
def test_xwing_of_hpke_pq(official_vectors: Callable[[str], Path]) -> None:
    cases = [x for x in read(official_vectors("hpke/hpke-pq-test-vectors.json")) if x["kem_id"] == XWING.id]
    assert len(cases) == 2
    for case in cases:
        pair = XWING.derive_key_pair(unhex(case["ikmR"]))
        assert (pair.private, pair.public) == (unhex(case["skRm"]), unhex(case["pkRm"]))
        assert is_xwing_key(pair.public)
        shared = XWING.decapsulate(pair.private, unhex(case["enc"]))
        assert shared.hex() == case["shared_secret"]
    # The other vector takes a KDF of one step that no suite of ours has.
    (case,) = [x for x in cases if x["kdf_id"] in KDFS]
    suite = HpkeSuite(XWING, KDFS[case["kdf_id"]], AEADS[case["aead_id"]])
    info, secret = unhex(case["info"]), unhex(case["shared_secret"])
    receiver = setup_receiver(suite, unhex(case["enc"]), unhex(case["skRm"]), info)
    check(receiver, key_schedule(suite, secret, info), case)


@pytest.mark.promise("P4")
@pytest.mark.shows("B26")
def test_xwing_of_the_draft(official_vectors: Callable[[str], Path]) -> None:
    """The randomness of an encapsulation is the library's: ours is shown by opening it, theirs by its secret."""
    cases = read(official_vectors("xwing/test-vectors.json"))
    assert len(cases) == 3
    for case in cases:
        private, public = unhex(case["sk"]), unhex(case["pk"])
        assert private == unhex(case["seed"])
        assert XWING.public_key(private) == public
        assert XWING.decapsulate(private, unhex(case["ct"])).hex() == case["ss"]
        shared, encapsulation = XWING.encapsulate(public, seeded(1))
        assert XWING.decapsulate(private, encapsulation) == shared
