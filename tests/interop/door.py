"""Who comes to a meeting of a walk, and who lets them in."""

import random
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aparte.core.policy.admission import LIFETIME_MS, Admission
from aparte.core.policy.charter import Charter
from aparte.core.policy.check import needs_admission
from aparte.core.policy.errors import PolicyError
from aparte.core.policy.person import Person
from aparte.core.policy.policy import Policy
from aparte.core.policy.rights import Rights
from aparte.e2ee.person import OwnPerson, SeedKey
from tests.charters import HouseKey


@dataclass(frozen=True)
class Someone:
    """A person, as it would say of any leaf, and what a driver is told to be the same one."""

    own: OwnPerson
    person: Person
    told: dict[str, Any]


def draw_person(draw: random.Random, number: int, house: HouseKey) -> Someone:
    """Draw somebody with an account, or a guest."""
    seed, name = draw.randbytes(32), f"Person {number}"
    key, label, certificate = SeedKey(seed), "", None
    if draw.random() < 0.5:
        label = f"Label {number}"
        certificate = house.certify(key.public, draw.randbytes(16), name, label, 2**62)
    encoded = "" if certificate is None else certificate.encoded.hex()
    told = {"person_seed": seed.hex(), "name": name, "label": label, "certificate": encoded}
    own = OwnPerson(key, name, label, certificate)
    return Someone(own, own.identity(bytes(32), bytes(16), bytes(16), bytes(32), bytes(12)), told)


@dataclass(frozen=True)
class Seated:
    """Somebody on a seat (16 bytes); ``seed`` (32) gives the leaf of those who are told their key."""

    person: Someone
    seat: bytes
    seed: bytes

    @cached_property
    def private(self) -> Ed25519PrivateKey:
        """The leaf's key."""
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @cached_property
    def leaf_key(self) -> bytes:
        """Its public half."""
        return self.private.public_key().public_bytes_raw()

    @property
    def pair(self) -> bytes:
        """Both halves, 64 bytes."""
        return self.seed + self.leaf_key


class Door:
    """What the policy says to those who come."""

    def __init__(self, charter: Charter, now: int) -> None:
        self._charter = charter
        self._now = now

    def may_admit(self, policy: Policy, subject: bytes) -> bool:
        """Say whether somebody may let people in."""
        return Rights.ADMIT in policy.rights(subject)

    def is_knocked_at(self, policy: Policy, person: Someone) -> bool:
        """Say whether somebody has to knock; who may not come at all does not."""
        try:
            return needs_admission(policy, person.person)
        except PolicyError:
            return False

    def lets_in(self, policy: Policy, person: Someone, *, admitted: bool) -> bool:
        """Say whether somebody may come in."""
        try:
            return not needs_admission(policy, person.person) or admitted
        except PolicyError:
            return False

    def sign(self, admitter: Seated, leaf: int, who: Seated, key: bytes) -> bytes:
        """Admit somebody in the name of one who has no interface for it."""
        subject, until = who.person.own.subject, self._now + LIFETIME_MS
        unsigned = Admission(self._charter.meeting, who.seat, subject, key, until, leaf, b"")
        return replace(unsigned, signature=admitter.private.sign(unsigned.content)).encoded
