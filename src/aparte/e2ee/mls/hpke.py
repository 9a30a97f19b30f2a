"""Hybrid public key encryption in base mode (RFC 9180) over any KEM, with HKDF and an AEAD."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

from aparte.e2ee.mls.aead import Aead
from aparte.e2ee.mls.hkdf import Kdf

Random = Callable[[int], bytes]
"""Gives that many octets of cryptographically strong randomness: the shell's, so that this ring stays pure."""

_VERSION: Final = b"HPKE-v1"


@dataclass(frozen=True, slots=True, repr=False)
class KeyPair:
    """Octets of a private key and its public half."""

    private: bytes
    public: bytes


class Kem(Protocol):
    """A key encapsulation mechanism; keys are octets. Failures are ``ValueError``."""

    @property
    def id(self) -> int:
        """The number of the mechanism."""

    def private_key(self, ikm: bytes) -> bytes:
        """Return the private key that ``ikm`` determines."""

    def derive_key_pair(self, ikm: bytes) -> KeyPair:
        """Return the pair that ``ikm`` determines (DeriveKeyPair)."""

    def public_key(self, private: bytes) -> bytes:
        """Return the public half of a private key."""

    def encapsulate(self, public: bytes, random: Random) -> tuple[bytes, bytes]:
        """Return ``(shared secret, encapsulation)``."""

    def decapsulate(self, private: bytes, encapsulation: bytes) -> bytes:
        """Return the shared secret."""


@dataclass(frozen=True, slots=True)
class HpkeSuite:
    """A KEM, a KDF and an AEAD."""

    kem: Kem
    kdf: Kdf
    aead: Aead

    @property
    def id(self) -> bytes:
        """``suite_id`` (section 5.1)."""
        return _suite_id(self.kem.id, self.kdf.id, self.aead.id)

    def labeled_extract(self, salt: bytes, label: bytes, ikm: bytes) -> bytes:
        """Return LabeledExtract (section 4)."""
        return self.kdf.extract(salt, _VERSION + self.id + label + ikm)

    def labeled_expand(self, prk: bytes, label: bytes, info: bytes, size: int) -> bytes:
        """Return LabeledExpand (section 4)."""
        return self.kdf.expand(prk, size.to_bytes(2) + _VERSION + self.id + label + info, size)


@lru_cache
def _suite_id(*parts: int) -> bytes:
    return b"HPKE" + b"".join(part.to_bytes(2) for part in parts)


class Context:
    """One direction of one exchange: seals or opens messages in order, and exports secrets (sections 5.2 and 5.3)."""

    __slots__ = ("_exporter_secret", "_key", "_nonce", "_sequence", "_suite")

    def __init__(self, suite: HpkeSuite, key: bytes, nonce: bytes, exporter_secret: bytes) -> None:
        self._suite = suite
        self._key = key
        self._nonce = nonce
        self._exporter_secret = exporter_secret
        self._sequence = 0

    def _next_nonce(self) -> bytes:
        number = int.from_bytes(self._nonce) ^ self._sequence
        self._sequence += 1
        return number.to_bytes(len(self._nonce))

    def seal(self, aad: bytes, plaintext: bytes) -> bytes:
        """Seal the next message."""
        return self._suite.aead.seal(self._key, self._next_nonce(), aad, plaintext)

    def open(self, aad: bytes, ciphertext: bytes) -> bytes:
        """Open the next message; raises ``ValueError`` for what does not authenticate."""
        return self._suite.aead.open(self._key, self._next_nonce(), aad, ciphertext)

    def export(self, context: bytes, size: int) -> bytes:
        """Return a secret of ``size`` octets that both sides have."""
        return self._suite.labeled_expand(self._exporter_secret, b"sec", context, size)


def key_schedule(suite: HpkeSuite, shared_secret: bytes, info: bytes) -> Context:
    """Return what a shared secret gives in base mode (section 5.1)."""
    psk_id_hash = suite.labeled_extract(b"", b"psk_id_hash", b"")
    info_hash = suite.labeled_extract(b"", b"info_hash", info)
    context = b"\0" + psk_id_hash + info_hash
    secret = suite.labeled_extract(shared_secret, b"secret", b"")
    return Context(
        suite,
        suite.labeled_expand(secret, b"key", context, suite.aead.key_size),
        suite.labeled_expand(secret, b"base_nonce", context, suite.aead.nonce_size),
        suite.labeled_expand(secret, b"exp", context, suite.kdf.size),
    )


def setup_sender(suite: HpkeSuite, public: bytes, info: bytes, random: Random) -> tuple[bytes, Context]:
    """Return the encapsulation and the context of SetupBaseS; raises ``ValueError``."""
    shared, encapsulation = suite.kem.encapsulate(public, random)
    return encapsulation, key_schedule(suite, shared, info)


def setup_receiver(suite: HpkeSuite, encapsulation: bytes, private: bytes, info: bytes) -> Context:
    """Return the context of SetupBaseR; raises ``ValueError``."""
    return key_schedule(suite, suite.kem.decapsulate(private, encapsulation), info)
