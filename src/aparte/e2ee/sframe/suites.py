"""Cipher suites of RFC 9605 section 4.5. The product knows one; nothing is negotiated."""

from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA512, HashAlgorithm


@dataclass(frozen=True, slots=True)
class Suite:
    """An AES-GCM suite with a 16-byte tag and a 12-byte nonce; ``key_size`` in bytes."""

    id: int
    hash: HashAlgorithm
    key_size: int


NONCE_SIZE: Final = 12
TAG_SIZE: Final = 16

AES_256_GCM_SHA512_128: Final = Suite(id=5, hash=SHA512(), key_size=32)
