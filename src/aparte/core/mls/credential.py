"""Credentials (RFC 9420 section 5.3): basic, and X.509 in shape only."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from aparte.core.mls.codec import Reader, decode, u16, vector
from aparte.core.mls.errors import Rule, require

BASIC: Final = 1
X509: Final = 2


@dataclass(frozen=True)
class Credential:
    """``identity`` is opaque here: for X.509 the octets of the certificate vector."""

    type: int
    identity: bytes

    @cached_property
    def encoded(self) -> bytes:
        """``Credential``."""
        return u16(self.type) + vector(self.identity)

    @classmethod
    def read(cls, reader: Reader) -> "Credential":
        """Read a ``Credential``."""
        kind, begin = reader.u16(), reader.at
        require(kind in (BASIC, X509), Rule.CREDENTIAL_TYPE)
        if kind == BASIC:
            return cls(kind, reader.vector())
        reader.items(Reader.vector)
        return cls(kind, decode(reader.since(begin), Reader.vector))
