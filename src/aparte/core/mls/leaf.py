"""Leaf nodes (RFC 9420 section 7.2)."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from aparte.core.mls.codec import Reader, u16s, u32, u64, vector, vectors
from aparte.core.mls.credential import Credential
from aparte.core.mls.errors import MlsError, Rule
from aparte.core.mls.extensions import Extensions, read_extensions
from aparte.core.mls.suites import Suite


class Source(IntEnum):
    """Where a leaf node comes from."""

    KEY_PACKAGE = 1
    UPDATE = 2
    COMMIT = 3


@dataclass(frozen=True)
class Capabilities:
    """What a leaf says it can do; numbers that nobody knows are kept."""

    versions: tuple[int, ...]
    suites: tuple[int, ...]
    extensions: tuple[int, ...]
    proposals: tuple[int, ...]
    credentials: tuple[int, ...]

    @cached_property
    def encoded(self) -> bytes:
        """``Capabilities``."""
        lists = (self.versions, self.suites, self.extensions, self.proposals, self.credentials)
        return b"".join(map(u16s, lists))

    @classmethod
    def read(cls, reader: Reader) -> "Capabilities":
        """Read ``Capabilities``."""
        return cls(reader.u16s(), reader.u16s(), reader.u16s(), reader.u16s(), reader.u16s())


@dataclass(frozen=True)
class Lifetime:
    """Seconds since 1970, both ends included."""

    not_before: int
    not_after: int

    @cached_property
    def encoded(self) -> bytes:
        """``Lifetime``."""
        return u64(self.not_before) + u64(self.not_after)

    @classmethod
    def read(cls, reader: Reader) -> "Lifetime":
        """Read a ``Lifetime``."""
        return cls(reader.u64(), reader.u64())


ENDLESS = Lifetime(0, 2**64 - 1)


@dataclass(frozen=True)
class LeafNode:
    """A leaf: ``lifetime`` belongs to the source ``key_package`` alone, ``parent_hash`` to ``commit`` alone."""

    encryption_key: bytes
    signature_key: bytes
    credential: Credential
    capabilities: Capabilities
    source: Source
    lifetime: Lifetime | None
    parent_hash: bytes
    extensions: Extensions
    signature: bytes

    @cached_property
    def body(self) -> bytes:
        """Everything but the signature."""
        match self.source:
            case Source.KEY_PACKAGE:
                origin = (self.lifetime or ENDLESS).encoded
            case Source.UPDATE:
                origin = b""
            case Source.COMMIT:
                origin = vector(self.parent_hash)
        return b"".join(
            (
                vector(self.encryption_key),
                vector(self.signature_key),
                self.credential.encoded,
                self.capabilities.encoded,
                self.source.to_bytes(1),
                origin,
                vectors(self.extensions),
            )
        )

    @cached_property
    def encoded(self) -> bytes:
        """``LeafNode``."""
        return self.body + vector(self.signature)

    def to_be_signed(self, group_id: bytes, leaf: int) -> bytes:
        """Return ``LeafNodeTBS``; a leaf of source ``key_package`` is bound to no place."""
        if self.source is Source.KEY_PACKAGE:
            return self.body
        return self.body + vector(group_id) + u32(leaf)

    def verify(self, suite: Suite, group_id: bytes, leaf: int) -> None:
        """Check the signature for a place in a group; raises ``MlsError``."""
        content = self.to_be_signed(group_id, leaf)
        suite.verify_with_label(self.signature_key, "LeafNodeTBS", content, self.signature, Rule.LEAF_SIGNATURE)

    @classmethod
    def read(cls, reader: Reader) -> "LeafNode":
        """Read a ``LeafNode``."""
        begin = reader.at
        encryption_key, signature_key = reader.vector(), reader.vector()
        credential, capabilities = Credential.read(reader), Capabilities.read(reader)
        lifetime, parent_hash = None, b""
        match reader.u8():
            case Source.KEY_PACKAGE:
                source, lifetime = Source.KEY_PACKAGE, Lifetime.read(reader)
            case Source.UPDATE:
                source = Source.UPDATE
            case Source.COMMIT:
                source, parent_hash = Source.COMMIT, reader.vector()
            case _:
                raise MlsError(Rule.ENCODING)
        extensions, body = read_extensions(reader), reader.since(begin)
        signature = reader.vector()
        leaf = cls(
            encryption_key,
            signature_key,
            credential,
            capabilities,
            source,
            lifetime,
            parent_hash,
            extensions,
            signature,
        )
        # There is one spelling only, so what was read is what encoding would give. A tree has hundreds of these.
        vars(leaf).update(body=body, encoded=reader.since(begin))
        return leaf
