"""What people compare, as thirty digits: the code of an epoch, and of somebody's person key (spec/keys.md)."""

from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand


def epoch_code(epoch_authenticator: bytes) -> str:
    """Return six groups of five digits with blanks between, from the MLS epoch authenticator (RFC 9420 section 8.7)."""
    return _digits(epoch_authenticator, b"aparte/1 epoch code")


def person_code(person_key: bytes) -> str:
    """Return the same form of a person key (Ed25519, 32 bytes): it stays when its owner leaves and comes back."""
    return _digits(person_key, b"aparte/1 person code")


def _digits(key: bytes, info: bytes) -> str:
    digest = HKDFExpand(SHA384(), 48, info=info).derive(key)
    numbers = (int.from_bytes(digest[at : at + 8]) for at in range(0, 48, 8))
    return " ".join(f"{number % 100_000:05}" for number in numbers)
