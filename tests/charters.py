"""Charters and persons for tests: what a meeting's maker fixes, and who comes to it."""

import os
from hashlib import sha256
from typing import Final

from aparte.core.policy.charter import TAG_SIZE, Charter, Door, Opens
from aparte.core.policy.person import CERTIFICATE_SIZE, Certificate
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
    assert len(octets) == CERTIFICATE_SIZE
    return Certificate(octets[:16], int.from_bytes(octets[16:24]), octets[24:56], octets[56:])
