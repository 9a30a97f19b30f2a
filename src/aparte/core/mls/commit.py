"""Commits and update paths (RFC 9420 sections 7.6 and 12.4)."""

from dataclasses import dataclass
from functools import cached_property

from aparte.core.mls.codec import Reader, optional, vector, vectors
from aparte.core.mls.leaf import LeafNode
from aparte.core.mls.proposals import Inline, Reference, read_proposal_or_ref


@dataclass(frozen=True)
class HpkeCiphertext:
    """Something sealed to a public key."""

    kem_output: bytes
    ciphertext: bytes

    @cached_property
    def encoded(self) -> bytes:
        """``HPKECiphertext``."""
        return vector(self.kem_output) + vector(self.ciphertext)

    @classmethod
    def read(cls, reader: Reader) -> "HpkeCiphertext":
        """Read an ``HPKECiphertext``."""
        return cls(reader.vector(), reader.vector())


@dataclass(frozen=True)
class UpdatePathNode:
    """A parent's new key, and its path secret for everybody under the copath child."""

    encryption_key: bytes
    encrypted_path_secret: tuple[HpkeCiphertext, ...]

    @cached_property
    def encoded(self) -> bytes:
        """``UpdatePathNode``."""
        return vector(self.encryption_key) + vectors(self.encrypted_path_secret)

    @classmethod
    def read(cls, reader: Reader) -> "UpdatePathNode":
        """Read an ``UpdatePathNode``."""
        return cls(reader.vector(), reader.items(HpkeCiphertext.read))


@dataclass(frozen=True)
class UpdatePath:
    """The committer's new leaf, and the parents above it from below."""

    leaf: LeafNode
    nodes: tuple[UpdatePathNode, ...]

    @cached_property
    def encoded(self) -> bytes:
        """``UpdatePath``."""
        return self.leaf.encoded + vectors(self.nodes)

    @classmethod
    def read(cls, reader: Reader) -> "UpdatePath":
        """Read an ``UpdatePath``."""
        return cls(LeafNode.read(reader), reader.items(UpdatePathNode.read))


@dataclass(frozen=True)
class Commit:
    """What changes with the next epoch."""

    proposals: tuple[Inline | Reference, ...]
    path: UpdatePath | None

    @cached_property
    def encoded(self) -> bytes:
        """``Commit``."""
        return vectors(self.proposals) + optional(self.path)

    @classmethod
    def read(cls, reader: Reader) -> "Commit":
        """Read a ``Commit``."""
        return cls(reader.items(read_proposal_or_ref), reader.optional(UpdatePath.read))
