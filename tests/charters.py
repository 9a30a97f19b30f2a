"""Charters and persons for tests: what a meeting's maker fixes, and who comes to it."""

import os
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aparte.core.policy.charter import TAG_SIZE, Charter, Door, Opens
from aparte.core.policy.names import details_of
from aparte.core.policy.person import Certificate, account_content, guest_subject
from aparte.core.policy.rights import SENDING, Rights
from aparte.e2ee.charter import seal_charter
from aparte.e2ee.keys import derive_link_keys
from aparte.e2ee.person import OwnPerson, SeedKey

EQUALS: Final = SENDING | Rights.ADMIT | Rights.REMOVE | Rights.DOOR
"""What everybody may do in a meeting that nobody directs."""
NOBODY: Final = (sha256(b"a person key that was thrown away").digest()[:16],)
"""Organisers of whom none ever comes."""


def charter_for(
    meeting: bytes,
    secret: bytes,
    house_key: bytes = b"",
    organisers: tuple[bytes, ...] = NOBODY,
    door: Door = Door.OPEN,
    opens: Opens = Opens.ANYBODY,
    everybody: Rights = EQUALS,
    level: int = 1,
) -> Charter:
    """Give the charter of a meeting (16 bytes) under its link's secret (32 bytes); organisers are put in order."""
    rising = tuple(sorted(set(organisers)))
    bare = Charter(meeting, house_key, level, door, opens, everybody, rising, bytes(TAG_SIZE))
    return seal_charter(derive_link_keys(secret, meeting).charter_key, bare)


def own_person(
    name: str, label: str = "", certificate: Certificate | None = None, key: bytes | None = None
) -> OwnPerson:
    """Give somebody with a person key of their own (``key``: its 32 private bytes); without a certificate a guest."""
    return OwnPerson(SeedKey(os.urandom(32) if key is None else key), name, label, certificate)


def certificate_of(octets: bytes) -> Certificate:
    """Give the certificate that is encoded in 120 octets."""
    return Certificate.read(octets)


def guest_key(text: str) -> bytes:
    """Give the private person key (32 bytes) of the guest whom a test calls so."""
    return sha256(b"person key of " + text.encode()).digest()


def guest(text: str, name: str = "") -> OwnPerson:
    """Give the guest whom a test calls so, always with the same person key."""
    return own_person(name or text, key=guest_key(text))


def subject_of(text: str) -> bytes:
    """Give the subject (16 bytes) of the guest whom a test calls so."""
    return guest_subject(SeedKey(guest_key(text)).public)


class HouseKey:
    """Says whose account a person key is, as a server does."""

    def __init__(self, seed: bytes = bytes(range(100, 132))) -> None:
        """``seed``: 32 bytes."""
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key: Final = self._private.public_key().public_bytes_raw()

    def certify(self, person_key: bytes, account: bytes, name: str, label: str, until: int) -> Certificate:
        """Certify a public person key (32 bytes) for an account (16 bytes), until then (ms since 1970)."""
        details = details_of(name, label)
        content = account_content(person_key, account, until, details)
        return Certificate(account, until, details, self._private.sign(content))

    def person(self, text: str, account: bytes, until: int = 2**62, label: str = "") -> OwnPerson:
        """Give somebody with an account, and with the person key that ``guest(text)`` has."""
        key = SeedKey(guest_key(text))
        return OwnPerson(key, text, label, self.certify(key.public, account, text, label, until))
