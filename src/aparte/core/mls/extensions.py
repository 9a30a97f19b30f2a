"""Extensions (RFC 9420 section 13.4) and the two that a GroupContext may bring rules with."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from aparte.core.mls.codec import Reader, decode, u16, u16s, vector, vectors
from aparte.core.mls.credential import Credential
from aparte.core.mls.errors import Rule, require


class ExtensionType(IntEnum):
    """The types of RFC 9420; others may stand beside them as plain numbers."""

    APPLICATION_ID = 1
    RATCHET_TREE = 2
    REQUIRED_CAPABILITIES = 3
    EXTERNAL_PUB = 4
    EXTERNAL_SENDERS = 5


@dataclass(frozen=True)
class Extension:
    """A type and its octets."""

    type: int
    data: bytes

    @cached_property
    def encoded(self) -> bytes:
        """``Extension``."""
        return u16(self.type) + vector(self.data)

    @classmethod
    def read(cls, reader: Reader) -> "Extension":
        """Read an ``Extension``."""
        return cls(reader.u16(), reader.vector())


Extensions = tuple[Extension, ...]


def read_extensions(reader: Reader) -> Extensions:
    """Read ``Extension<V>``; a type may stand there once."""
    extensions = reader.items(Extension.read)
    require(len({extension.type for extension in extensions}) == len(extensions), Rule.EXTENSION_TWICE)
    return extensions


def find(extensions: Extensions, kind: int) -> bytes | None:
    """Return the octets of an extension, or ``None``."""
    return next((extension.data for extension in extensions if extension.type == kind), None)


@dataclass(frozen=True)
class RequiredCapabilities:
    """What every leaf must be able to do (section 11.1)."""

    extensions: tuple[int, ...] = ()
    proposals: tuple[int, ...] = ()
    credentials: tuple[int, ...] = ()

    @cached_property
    def encoded(self) -> bytes:
        """``RequiredCapabilities``."""
        return u16s(self.extensions) + u16s(self.proposals) + u16s(self.credentials)

    @classmethod
    def read(cls, reader: Reader) -> "RequiredCapabilities":
        """Read ``RequiredCapabilities``."""
        return cls(reader.u16s(), reader.u16s(), reader.u16s())


def required_capabilities(extensions: Extensions) -> RequiredCapabilities:
    """Return what a group's extensions demand of its leaves."""
    data = find(extensions, ExtensionType.REQUIRED_CAPABILITIES)
    return RequiredCapabilities() if data is None else decode(data, RequiredCapabilities.read)


@dataclass(frozen=True)
class ExternalSender:
    """Somebody outside the group who may propose (section 12.1.8.1)."""

    signature_key: bytes
    credential: Credential

    @cached_property
    def encoded(self) -> bytes:
        """``ExternalSender``."""
        return vector(self.signature_key) + self.credential.encoded

    @classmethod
    def read(cls, reader: Reader) -> "ExternalSender":
        """Read an ``ExternalSender``."""
        return cls(reader.vector(), Credential.read(reader))


def external_senders(extensions: Extensions) -> tuple[ExternalSender, ...]:
    """Return who may propose from outside."""
    data = find(extensions, ExtensionType.EXTERNAL_SENDERS)
    return () if data is None else decode(data, lambda reader: reader.items(ExternalSender.read))


def external_senders_data(senders: tuple[ExternalSender, ...]) -> bytes:
    """Return the octets of an ``external_senders`` extension."""
    return vectors(senders)
