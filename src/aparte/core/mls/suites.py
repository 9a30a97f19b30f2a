"""The public half of a cipher suite (RFC 9420 section 5.1). The product knows one; nothing is negotiated."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey

from aparte.core.mls.codec import vector
from aparte.core.mls.errors import MlsError, Rule

VERSION: Final = 1
"""mls10, the one protocol version."""

KEM_KEY_SIZE: Final = 1_184
XWING_KEY_SIZE: Final = 1_216


@dataclass(frozen=True, slots=True)
class Suite:
    """What everybody can do with a suite: hash, verify a signature, judge a public key of its KEM.

    ``verify(public_key, signature, message)`` raises ``InvalidSignature``, or ``ValueError`` for a key that is none.
    ``is_public_key`` says whether everybody could encapsulate to a key. ``kem_output_size`` is in octets.
    """

    id: int
    hash_name: str
    hash_size: int
    verify: Callable[[bytes, bytes, bytes], None]
    is_public_key: Callable[[bytes], bool]
    kem_output_size: int

    def hash(self, data: bytes) -> bytes:
        """Hash octets."""
        return hashlib.new(self.hash_name, data).digest()

    def ref_hash(self, label: str, value: bytes) -> bytes:
        """Return RefHash (section 5.2); ``label`` is the whole label."""
        return self.hash(vector(label.encode()) + vector(value))

    def verify_with_label(self, key: bytes, label: str, content: bytes, signature: bytes, rule: Rule) -> None:
        """VerifyWithLabel (section 5.1.2); raises ``MlsError(rule)``."""
        try:
            self.verify(key, signature, signed(label, content))
        except (InvalidSignature, ValueError):
            raise MlsError(rule) from None


def signed(label: str, content: bytes) -> bytes:
    """Return the SignContent that a signature is made over (section 5.1.2); ``label`` is without "MLS 1.0 "."""
    return vector(b"MLS 1.0 " + label.encode()) + vector(content)


def verify_ed25519(public_key: bytes, signature: bytes, message: bytes) -> None:
    """Verify as RFC 8032 says; raises ``InvalidSignature``, or ``ValueError`` for a key of another size."""
    Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)


_FIELD: Final = 2**255 - 19
_SMALL_ORDER_Y: Final = frozenset(
    {
        0,
        1,
        _FIELD - 1,
        2707385501144840649318225287225658788936804267575313519463743609750303402022,
        55188659117513257062467267217118295137698188065244968500265048394206261417927,
    }
)
"""The y-coordinates of the points of order 1, 2, 4 and 8 on edwards25519."""


def is_ed25519_key(public_key: bytes) -> bool:
    """Say whether a signature by this key binds its holder to what was signed, whoever verifies.

    32 octets, y below the field's size, and no point of small order: under such a point signatures hold for any text,
    and verifiers differ about them (Chalkias, Garillot, Nikolaenko: Taming the many EdDSAs).
    """
    y = int.from_bytes(public_key, "little") & (2**255 - 1)
    return len(public_key) == 32 and y < _FIELD and y not in _SMALL_ORDER_Y


# The u-coordinates of the points of order 1, 2, 4 and 8 on Curve25519 and on its twist.
_SMALL_ORDER: Final = frozenset(
    {
        0,
        1,
        _FIELD - 1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
    }
)


def is_x25519_key(public_key: bytes) -> bool:
    """Say whether an X25519 exchange with this key gives a secret: 32 octets, and no point of small order."""
    if len(public_key) != 32:
        return False
    # RFC 7748 section 5: the top bit is ignored and the rest taken modulo the field.
    return (int.from_bytes(public_key, "little") & (2**255 - 1)) % _FIELD not in _SMALL_ORDER


def is_xwing_key(public_key: bytes) -> bool:
    """Say whether everybody could encapsulate to an X-Wing key: ML-KEM-768 (FIPS 203 section 7.2), then X25519."""
    if len(public_key) != XWING_KEY_SIZE or not is_x25519_key(public_key[KEM_KEY_SIZE:]):
        return False
    try:
        MLKEM768PublicKey.from_public_bytes(public_key[:KEM_KEY_SIZE])
    except ValueError:
        return False
    return True


APARTE: Final = Suite(
    id=0xF0A1,
    hash_name="sha384",
    hash_size=48,
    verify=verify_ed25519,
    is_public_key=is_xwing_key,
    kem_output_size=1_120,
)
"""X-Wing, HKDF-SHA-384, AES-256-GCM, SHA-384, Ed25519, under a private-use id (spec/mls.md section 1)."""
