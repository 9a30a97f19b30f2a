"""Who holds a leaf: a seat, a person key that endorses the leaf, and perhaps an account (spec/policy.md section 3).

The name is sealed and not read here: those who hold the link open it (``e2ee.keys``).
"""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature

from aparte.core.mls.codec import u64
from aparte.core.mls.suites import is_ed25519_key, verify_ed25519
from aparte.core.policy.charter import KEY_SIZE, SUBJECT_SIZE
from aparte.core.policy.errors import PolicyError, Reason, demand
from aparte.core.policy.names import MAX_LABEL_BYTES, MAX_NAME_BYTES
from aparte.core.wire.limits import SEAT_SIZE

VERSION: Final = 2
SIGNATURE_SIZE: Final = 64
DETAILS_SIZE: Final = 32
CERTIFICATE_SIZE: Final = SUBJECT_SIZE + 8 + DETAILS_SIZE + SIGNATURE_SIZE
SEALED_SIZE: Final = 12 + MAX_NAME_BYTES + MAX_LABEL_BYTES + 16
"""A nonce, a name, a label, and the tag of both."""
GUEST_SIZE: Final = 1 + SEAT_SIZE + KEY_SIZE + SIGNATURE_SIZE + 1 + SEALED_SIZE
ACCOUNT_SIZE: Final = GUEST_SIZE + CERTIFICATE_SIZE
_LEAF: Final = b"aparte/1 leaf\0"
_ACCOUNT: Final = b"aparte/1 account\0"


@dataclass(frozen=True)
class Certificate:
    """The house's word that a person key is an account's.

    ``account`` 16 octets; ``until`` milliseconds since 1970; ``details`` the SHA-256 of the name and label that the
    account has; ``signature`` by the house key.
    """

    account: bytes
    until: int
    details: bytes
    signature: bytes

    @cached_property
    def encoded(self) -> bytes:
        """``Certificate``."""
        return self.account + u64(self.until) + self.details + self.signature

    @classmethod
    def read(cls, octets: bytes) -> "Certificate":
        """Read a certificate of 120 octets; raises ``PolicyError(malformed)``. Nothing vouches for it yet."""
        demand(len(octets) == CERTIFICATE_SIZE, Reason.MALFORMED)
        rest = _Parts(octets, 0)
        account, until = rest.take(SUBJECT_SIZE), int.from_bytes(rest.take(8))
        return cls(account, until, rest.take(DETAILS_SIZE), rest.take(SIGNATURE_SIZE))

    def verify(self, house_key: bytes, person_key: bytes) -> None:
        """Check that the house says it of a person key; raises ``PolicyError``."""
        _verify(house_key, self.signature, account_content(person_key, self.account, self.until, self.details))

    def check_time(self, now: int, skew: int) -> None:
        """Check that it is not over at ``now``, give or take ``skew`` (ms); raises ``PolicyError``."""
        demand(now <= self.until + skew, Reason.EXPIRED)


@dataclass(frozen=True)
class Person:
    """What the identity of a leaf says in clear. ``sealed`` is the name and label, for holders of the link."""

    seat: bytes
    key: bytes
    endorsement: bytes
    certificate: Certificate | None
    sealed: bytes

    @property
    def subject(self) -> bytes:
        """What rights are given to: the account, or the first 16 octets of SHA-256 of the person key."""
        return guest_subject(self.key) if self.certificate is None else self.certificate.account

    @cached_property
    def encoded(self) -> bytes:
        """The identity of a leaf."""
        head = bytes([VERSION]) + self.seat + self.key + self.endorsement
        if self.certificate is None:
            return head + b"\0" + self.sealed
        return head + b"\1" + self.certificate.encoded + self.sealed

    @classmethod
    def read(cls, octets: bytes) -> "Person":
        """Read the identity of a leaf; raises ``PolicyError(malformed)``. Nothing vouches for it yet."""
        demand(len(octets) in (GUEST_SIZE, ACCOUNT_SIZE) and octets[0] == VERSION, Reason.MALFORMED)
        rest = _Parts(octets, 1)
        seat, key, endorsement, flag = (rest.take(size) for size in (SEAT_SIZE, KEY_SIZE, SIGNATURE_SIZE, 1))
        demand(flag == (b"\1" if len(octets) == ACCOUNT_SIZE else b"\0"), Reason.MALFORMED)
        demand(is_ed25519_key(key), Reason.MALFORMED)
        certificate = None
        if flag == b"\1":
            certificate = Certificate.read(rest.take(CERTIFICATE_SIZE))
        return cls(seat, key, endorsement, certificate, rest.take(SEALED_SIZE))

    def verify(self, meeting: bytes, leaf_key: bytes, house_key: bytes) -> None:
        """Check that the person is the leaf's, and the account the person's; raises ``PolicyError``.

        Whether a certificate is over is asked when somebody comes in, and apart.
        """
        _verify(self.key, self.endorsement, leaf_content(meeting, self.seat, leaf_key))
        if self.certificate is not None:
            # A meeting without a house key has no accounts: nobody in it could say what a certificate is worth.
            demand(house_key != b"", Reason.NOT_AUTHENTIC)
            self.certificate.verify(house_key, self.key)


def guest_subject(person_key: bytes) -> bytes:
    """Return the subject of somebody without an account, 16 octets."""
    return sha256(person_key).digest()[:SUBJECT_SIZE]


def leaf_content(meeting: bytes, seat: bytes, leaf_key: bytes) -> bytes:
    """Return what a person key signs to say that a leaf is its owner's."""
    return _LEAF + meeting + seat + leaf_key


def account_content(person_key: bytes, account: bytes, until: int, details: bytes) -> bytes:
    """Return what the house key signs to say that a person key is an account's."""
    return _ACCOUNT + person_key + account + u64(until) + details


def _verify(key: bytes, signature: bytes, content: bytes) -> None:
    try:
        verify_ed25519(key, signature, content)
    except (InvalidSignature, ValueError):
        raise PolicyError(Reason.NOT_AUTHENTIC) from None


class _Parts:
    """Octets of a known size, part by part."""

    def __init__(self, octets: bytes, at: int) -> None:
        self._octets = octets
        self._at = at

    def take(self, size: int) -> bytes:
        """Read ``size`` octets."""
        self._at += size
        return self._octets[self._at - size : self._at]
