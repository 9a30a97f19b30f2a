"""KeyPackages (RFC 9420 section 10)."""

from dataclasses import dataclass
from functools import cached_property

from aparte.core.mls.codec import Reader, u16, vector, vectors
from aparte.core.mls.errors import Rule, require
from aparte.core.mls.extensions import Extensions, read_extensions
from aparte.core.mls.leaf import LeafNode
from aparte.core.mls.suites import VERSION, Suite


@dataclass(frozen=True)
class KeyPackage:
    """What somebody publishes so that others can add it to a group."""

    version: int
    suite: int
    init_key: bytes
    leaf: LeafNode
    extensions: Extensions
    signature: bytes

    @cached_property
    def body(self) -> bytes:
        """``KeyPackageTBS``."""
        head = u16(self.version) + u16(self.suite) + vector(self.init_key)
        return head + self.leaf.encoded + vectors(self.extensions)

    @cached_property
    def encoded(self) -> bytes:
        """``KeyPackage``."""
        return self.body + vector(self.signature)

    def reference(self, suite: Suite) -> bytes:
        """Return the KeyPackageRef (section 5.2)."""
        return suite.ref_hash("MLS 1.0 KeyPackage Reference", self.encoded)

    def verify(self, suite: Suite) -> None:
        """Check all of section 10.1 but the leaf itself; raises ``MlsError``."""
        require(self.version == VERSION and self.suite == suite.id, Rule.PACKAGE_SUITE)
        require(self.init_key != self.leaf.encryption_key, Rule.PACKAGE_KEYS)
        require(suite.is_public_key(self.init_key), Rule.PUBLIC_KEY)
        key = self.leaf.signature_key
        suite.verify_with_label(key, "KeyPackageTBS", self.body, self.signature, Rule.PACKAGE_SIGNATURE)

    @classmethod
    def read(cls, reader: Reader) -> "KeyPackage":
        """Read a ``KeyPackage``."""
        version, suite, init_key = reader.u16(), reader.u16(), reader.vector()
        return cls(version, suite, init_key, LeafNode.read(reader), read_extensions(reader), reader.vector())
