"""Oneself: a person key, and what the house says of it (spec/policy.md section 3)."""

from dataclasses import dataclass
from typing import Protocol, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aparte.core.policy.person import Certificate, Person, guest_subject, leaf_content
from aparte.e2ee.keys import seal_name


class PersonKey(Protocol):
    """A private Ed25519 key that says which leaves are its owner's."""

    @property
    def public(self) -> bytes:
        """The public half, 32 octets."""

    def sign(self, content: bytes) -> bytes:
        """Return a signature of 64 octets."""


class SeedKey:
    """A person key in this process's memory."""

    __slots__ = ("_key", "public")

    def __init__(self, seed: bytes) -> None:
        """``seed``: 32 random octets."""
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()

    def sign(self, content: bytes) -> bytes:
        """Return a signature of 64 octets."""
        return self._key.sign(content)


@dataclass(frozen=True, slots=True, repr=False)
class OwnPerson:
    """Who one is wherever one goes: name and label, which for an account are those of the certificate."""

    key: PersonKey
    name: str
    label: str = ""
    certificate: Certificate | None = None

    @classmethod
    def guest(cls, seed: bytes, name: str) -> Self:
        """Return somebody without an account; ``seed``: 32 random octets."""
        return cls(SeedKey(seed), name)

    @property
    def subject(self) -> bytes:
        """What rights are given to: 16 octets."""
        return guest_subject(self.key.public) if self.certificate is None else self.certificate.account

    def identity(self, name_key: bytes, meeting: bytes, seat: bytes, leaf_key: bytes, nonce: bytes) -> Person:
        """Return the identity of a leaf of ours, whose signature key is ``leaf_key``; ``nonce`` is 12 random octets.

        Raises ``KeysError(bad-name)``, and ``ValueError`` for a label that nobody may have.
        """
        public = self.key.public
        endorsement = self.key.sign(leaf_content(meeting, seat, leaf_key))
        sealed = seal_name(name_key, meeting, seat, public, nonce, self.name, self.label)
        return Person(seat, public, endorsement, self.certificate, sealed)
