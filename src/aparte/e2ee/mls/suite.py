"""The secret half of a cipher suite: deriving, sealing and signing with labels (RFC 9420 sections 5.1 and 8)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aparte.core.mls import suites
from aparte.core.mls.codec import u16, u32, vector
from aparte.core.mls.commit import HpkeCiphertext
from aparte.core.mls.suites import Suite, signed
from aparte.e2ee.mls.aead import AES_256_GCM, Aead
from aparte.e2ee.mls.hkdf import HKDF_SHA384, Kdf
from aparte.e2ee.mls.hpke import HpkeSuite, Kem, KeyPair, Random, setup_receiver, setup_sender
from aparte.e2ee.mls.xwing import XWING


@lru_cache
def _label(label: str) -> bytes:
    return vector(b"MLS 1.0 " + label.encode())


@dataclass(frozen=True, slots=True)
class SecretSuite:
    """A suite with everything that its members do. Keys are octets; ``sign(private key, message)`` signs."""

    public: Suite
    hpke: HpkeSuite
    sign: Callable[[bytes, bytes], bytes]
    signature_key: Callable[[bytes], bytes]

    @property
    def kem(self) -> Kem:
        """The key encapsulation mechanism."""
        return self.hpke.kem

    @property
    def kdf(self) -> Kdf:
        """HKDF, HMAC and hash."""
        return self.hpke.kdf

    @property
    def aead(self) -> Aead:
        """The authenticated encryption of messages."""
        return self.hpke.aead

    @property
    def size(self) -> int:
        """Octets of a secret: the KDF's hash size."""
        return self.hpke.kdf.size

    def expand_with_label(self, secret: bytes, label: str, context: bytes, size: int) -> bytes:
        """Return ExpandWithLabel; ``label`` is without "MLS 1.0 "."""
        return self.kdf.expand(secret, u16(size) + _label(label) + vector(context), size)

    def derive_secret(self, secret: bytes, label: str) -> bytes:
        """Return DeriveSecret."""
        return self.expand_with_label(secret, label, b"", self.size)

    def derive_tree_secret(self, secret: bytes, label: str, generation: int, size: int) -> bytes:
        """Return DeriveTreeSecret (section 9)."""
        return self.expand_with_label(secret, label, u32(generation), size)

    def key_pair(self, secret: bytes) -> KeyPair:
        """Return the KEM key pair that a secret determines."""
        return self.kem.derive_key_pair(secret)

    def sign_with_label(self, key: bytes, label: str, content: bytes) -> bytes:
        """Return SignWithLabel."""
        return self.sign(key, signed(label, content))

    def encrypt_with_label(
        self, public: bytes, label: str, context: bytes, plaintext: bytes, random: Random
    ) -> HpkeCiphertext:
        """Return EncryptWithLabel; raises ``ValueError`` for a key that nobody can encapsulate to."""
        encapsulation, sender = setup_sender(self.hpke, public, _label(label) + vector(context), random)
        return HpkeCiphertext(encapsulation, sender.seal(b"", plaintext))

    def decrypt_with_label(self, private: bytes, label: str, context: bytes, sealed: HpkeCiphertext) -> bytes:
        """Return DecryptWithLabel; raises ``ValueError`` for what does not open."""
        info = _label(label) + vector(context)
        return setup_receiver(self.hpke, sealed.kem_output, private, info).open(b"", sealed.ciphertext)


def sign_ed25519(private: bytes, message: bytes) -> bytes:
    """Sign as RFC 8032 says with a seed of 32 octets."""
    return Ed25519PrivateKey.from_private_bytes(private).sign(message)


def ed25519_key(private: bytes) -> bytes:
    """Return the public half of an Ed25519 seed."""
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


APARTE: Final = SecretSuite(suites.APARTE, HpkeSuite(XWING, HKDF_SHA384, AES_256_GCM), sign_ed25519, ed25519_key)
"""The one suite of the product (spec/mls.md section 1)."""
