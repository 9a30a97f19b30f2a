"""Authenticated encryption (RFC 5116), in the form that HPKE and MLS use it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Algorithm(Protocol):
    """A keyed AEAD of `cryptography`."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Seal octets."""

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Open octets; raises ``InvalidTag``."""


@dataclass(frozen=True, slots=True)
class Aead:
    """``id`` is HPKE's number of it; sizes in octets."""

    id: int
    key_size: int
    keyed: Callable[[bytes], Algorithm]
    nonce_size: int = 12

    def seal(self, key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
        """Return ciphertext and tag."""
        return self.keyed(key).encrypt(nonce, plaintext, aad)

    def open(self, key: bytes, nonce: bytes, aad: bytes, ciphertext: bytes) -> bytes:
        """Return the plaintext; raises ``ValueError`` for what does not authenticate."""
        try:
            return self.keyed(key).decrypt(nonce, ciphertext, aad)
        except InvalidTag:
            raise ValueError("does not authenticate") from None


AES_256_GCM: Final = Aead(0x0002, 32, AESGCM)
