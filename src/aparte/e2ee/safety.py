"""The epoch code: thirty digits that are the same on every screen of one epoch (spec/keys.md)."""

from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand


def epoch_code(epoch_authenticator: bytes) -> str:
    """Return six groups of five digits with blanks between, from the MLS epoch authenticator (RFC 9420 section 8.7)."""
    digest = HKDFExpand(SHA384(), 48, info=b"aparte/1 epoch code").derive(epoch_authenticator)
    numbers = (int.from_bytes(digest[at : at + 8]) for at in range(0, 48, 8))
    return " ".join(f"{number % 100_000:05}" for number in numbers)
