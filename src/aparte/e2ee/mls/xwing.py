"""X-Wing, the hybrid of ML-KEM-768 and X25519 (draft-connolly-cfrg-xwing-kem), as HPKE KEM 0x647a (hpke-pq).

A private key is the 32-octet seed from which both parts are expanded. The randomness of ML-KEM's encapsulation is
drawn by `cryptography` itself, which offers no other way; that of X25519 is an argument like all randomness here.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from aparte.core.mls.suites import KEM_KEY_SIZE, XWING_KEY_SIZE
from aparte.e2ee.mls.hpke import KeyPair, Random

SEED_SIZE: Final = 32
ENCAPSULATION_SIZE: Final = 1_120
_KEM_CIPHERTEXT_SIZE: Final = 1_088
_LABEL: Final = b"\\.//^\\"
_KEM_ID: Final = 0x647A
_DERIVE: Final = b"HPKE-v1KEM" + _KEM_ID.to_bytes(2) + b"\0\x0dDeriveKeyPair" + SEED_SIZE.to_bytes(2)


def _expand(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    if len(seed) != SEED_SIZE:
        raise ValueError("a private key has 32 octets")
    expanded = hashlib.shake_256(seed).digest(96)
    return MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])


def _combine(kem_secret: bytes, dh_secret: bytes, dh_ciphertext: bytes, dh_public: bytes) -> bytes:
    return hashlib.sha3_256(kem_secret + dh_secret + dh_ciphertext + dh_public + _LABEL).digest()


@dataclass(frozen=True, slots=True)
class XWing:
    """The KEM; every failure is a ``ValueError``."""

    id: int = _KEM_ID

    def private_key(self, ikm: bytes) -> bytes:
        """Return the seed that is SHAKE256's LabeledDerive of ``ikm``."""
        return hashlib.shake_256(ikm + _DERIVE).digest(SEED_SIZE)

    def derive_key_pair(self, ikm: bytes) -> KeyPair:
        """Return the pair whose seed ``ikm`` determines."""
        seed = self.private_key(ikm)
        return KeyPair(seed, self.public_key(seed))

    def public_key(self, private: bytes) -> bytes:
        """Return the public half of a seed: ML-KEM-768 (1,184 octets), then X25519 (32)."""
        kem, dh = _expand(private)
        return kem.public_key().public_bytes_raw() + dh.public_key().public_bytes_raw()

    def encapsulate(self, public: bytes, random: Random) -> tuple[bytes, bytes]:
        """Return ``(shared secret, encapsulation)``: 32 and 1,120 octets."""
        if len(public) != XWING_KEY_SIZE:
            raise ValueError("a public key has 1,216 octets")
        dh_public = public[KEM_KEY_SIZE:]
        kem_secret, kem_ciphertext = MLKEM768PublicKey.from_public_bytes(public[:KEM_KEY_SIZE]).encapsulate()
        ephemeral = X25519PrivateKey.from_private_bytes(random(32))
        dh_ciphertext = ephemeral.public_key().public_bytes_raw()
        dh_secret = ephemeral.exchange(X25519PublicKey.from_public_bytes(dh_public))
        return _combine(kem_secret, dh_secret, dh_ciphertext, dh_public), kem_ciphertext + dh_ciphertext

    def decapsulate(self, private: bytes, encapsulation: bytes) -> bytes:
        """Return the shared secret; an encapsulation for somebody else gives another one, and no error."""
        if len(encapsulation) != ENCAPSULATION_SIZE:
            raise ValueError("an encapsulation has 1,120 octets")
        kem, dh = _expand(private)
        kem_ciphertext, dh_ciphertext = encapsulation[:_KEM_CIPHERTEXT_SIZE], encapsulation[_KEM_CIPHERTEXT_SIZE:]
        kem_secret = kem.decapsulate(kem_ciphertext)
        dh_secret = dh.exchange(X25519PublicKey.from_public_bytes(dh_ciphertext))
        return _combine(kem_secret, dh_secret, dh_ciphertext, dh.public_key().public_bytes_raw())


XWING: Final = XWing()
