"""HKDF (RFC 5869) and HMAC over one hash."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA384, HashAlgorithm
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand


@dataclass(frozen=True, slots=True)
class Kdf:
    """``id`` is HPKE's number of it; ``size`` is the hash's in octets."""

    id: int
    algorithm: HashAlgorithm

    @property
    def size(self) -> int:
        """Octets of the hash."""
        return self.algorithm.digest_size

    def hash(self, data: bytes) -> bytes:
        """Hash octets."""
        return hashlib.new(self.algorithm.name, data).digest()

    def extract(self, salt: bytes, ikm: bytes) -> bytes:
        """HKDF-Extract."""
        return HKDF.extract(self.algorithm, salt, ikm)

    def expand(self, prk: bytes, info: bytes, size: int) -> bytes:
        """HKDF-Expand; ``ValueError`` from 255 times the hash's size on."""
        return HKDFExpand(self.algorithm, size, info).derive(prk)

    def mac(self, key: bytes, data: bytes) -> bytes:
        """HMAC."""
        return hmac.digest(key, data, self.algorithm.name)


HKDF_SHA384: Final = Kdf(0x0002, SHA384())
