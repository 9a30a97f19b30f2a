"""Framing of handshake and application messages (RFC 9420 section 6)."""

from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from typing import Final

from aparte.core.mls.codec import Reader, u16, u32, u64, vector
from aparte.core.mls.commit import Commit
from aparte.core.mls.context import GroupContext
from aparte.core.mls.errors import MlsError, Rule
from aparte.core.mls.proposals import Proposal, read_proposal
from aparte.core.mls.suites import VERSION, Suite


class WireFormat(IntEnum):
    """What an MLSMessage contains."""

    PUBLIC_MESSAGE = 1
    PRIVATE_MESSAGE = 2
    WELCOME = 3
    GROUP_INFO = 4
    KEY_PACKAGE = 5


class ContentType(IntEnum):
    """What a framed content is."""

    APPLICATION = 1
    PROPOSAL = 2
    COMMIT = 3


class SenderType(IntEnum):
    """Who speaks."""

    MEMBER = 1
    EXTERNAL = 2
    NEW_MEMBER_PROPOSAL = 3
    NEW_MEMBER_COMMIT = 4


@dataclass(frozen=True)
class Sender:
    """``index`` is a member's leaf, or a place in the group's list of external senders; otherwise 0."""

    type: SenderType
    index: int = 0

    @cached_property
    def encoded(self) -> bytes:
        """``Sender``."""
        kind = self.type.to_bytes(1)
        return kind + u32(self.index) if self.type in (SenderType.MEMBER, SenderType.EXTERNAL) else kind

    @classmethod
    def read(cls, reader: Reader) -> "Sender":
        """Read a ``Sender``."""
        match reader.u8():
            case 1 | 2 as kind:
                return cls(SenderType(kind), reader.u32())
            case 3 | 4 as kind:
                return cls(SenderType(kind))
            case _:
                raise MlsError(Rule.ENCODING)


def member(leaf: int) -> Sender:
    """Return the member at a leaf as a sender."""
    return Sender(SenderType.MEMBER, leaf)


NEW_MEMBER: Final = Sender(SenderType.NEW_MEMBER_COMMIT)

Content = bytes | Proposal | Commit
"""The octets of an application message, a proposal, or a commit."""


def content_type(content: Content) -> ContentType:
    """Return which kind a content is."""
    if isinstance(content, bytes):
        return ContentType.APPLICATION
    return ContentType.COMMIT if isinstance(content, Commit) else ContentType.PROPOSAL


def encode_content(content: Content) -> bytes:
    """Return a content without its type."""
    return vector(content) if isinstance(content, bytes) else content.encoded


def read_content_type(reader: Reader) -> ContentType:
    """Read a ``ContentType``."""
    kind = reader.u8()
    if kind not in (1, 2, 3):
        raise MlsError(Rule.ENCODING)
    return ContentType(kind)


def read_content(reader: Reader, kind: ContentType) -> Content:
    """Read a content of a known kind."""
    match kind:
        case ContentType.APPLICATION:
            return reader.vector()
        case ContentType.PROPOSAL:
            return read_proposal(reader)
        case ContentType.COMMIT:
            return Commit.read(reader)


@dataclass(frozen=True)
class FramedContent:
    """A content with where it belongs and who says it."""

    group_id: bytes
    epoch: int
    sender: Sender
    authenticated_data: bytes
    content: Content

    @cached_property
    def encoded(self) -> bytes:
        """``FramedContent``."""
        return b"".join(
            (
                vector(self.group_id),
                u64(self.epoch),
                self.sender.encoded,
                vector(self.authenticated_data),
                content_type(self.content).to_bytes(1),
                encode_content(self.content),
            )
        )

    @classmethod
    def read(cls, reader: Reader) -> "FramedContent":
        """Read a ``FramedContent``."""
        group_id, epoch, sender, data = reader.vector(), reader.u64(), Sender.read(reader), reader.vector()
        return cls(group_id, epoch, sender, data, read_content(reader, read_content_type(reader)))


@dataclass(frozen=True)
class AuthenticatedContent:
    """A content with its signature, and a commit's confirmation tag (otherwise empty)."""

    wire_format: WireFormat
    framed: FramedContent
    signature: bytes = b""
    confirmation_tag: bytes = b""

    @cached_property
    def encoded(self) -> bytes:
        """``AuthenticatedContent``."""
        return u16(self.wire_format) + self.framed.encoded + self.auth

    @cached_property
    def auth(self) -> bytes:
        """``FramedContentAuthData``."""
        signature = vector(self.signature)
        return signature + vector(self.confirmation_tag) if isinstance(self.framed.content, Commit) else signature

    def to_be_signed(self, context: GroupContext) -> bytes:
        """Return ``FramedContentTBS``; who is outside the group signs no context."""
        content = u16(VERSION) + u16(self.wire_format) + self.framed.encoded
        inside = self.framed.sender.type in (SenderType.MEMBER, SenderType.NEW_MEMBER_COMMIT)
        return content + context.encoded if inside else content

    def to_be_tagged(self, context: GroupContext) -> bytes:
        """Return ``AuthenticatedContentTBM``."""
        return self.to_be_signed(context) + self.auth

    @cached_property
    def transcript_input(self) -> bytes:
        """``ConfirmedTranscriptHashInput``."""
        return u16(self.wire_format) + self.framed.encoded + vector(self.signature)

    def proposal_reference(self, suite: Suite) -> bytes:
        """Return the ProposalRef (section 5.2)."""
        return suite.ref_hash("MLS 1.0 Proposal Reference", self.encoded)

    def verify(self, suite: Suite, context: GroupContext, key: bytes) -> None:
        """Check the signature; raises ``MlsError``."""
        content = self.to_be_signed(context)
        suite.verify_with_label(key, "FramedContentTBS", content, self.signature, Rule.CONTENT_SIGNATURE)

    def signed_with(self, signature: bytes) -> "AuthenticatedContent":
        """Return it with a signature."""
        return replace(self, signature=signature)

    def confirmed_with(self, tag: bytes) -> "AuthenticatedContent":
        """Return it with a confirmation tag."""
        return replace(self, confirmation_tag=tag)

    @classmethod
    def read(cls, reader: Reader) -> "AuthenticatedContent":
        """Read an ``AuthenticatedContent``."""
        kind = reader.u16()
        if kind not in (WireFormat.PUBLIC_MESSAGE, WireFormat.PRIVATE_MESSAGE):
            raise MlsError(Rule.ENCODING)
        return _read_authenticated(reader, WireFormat(kind), FramedContent.read(reader))


def _read_authenticated(reader: Reader, wire_format: WireFormat, framed: FramedContent) -> AuthenticatedContent:
    signature, tag = read_auth(reader, content_type(framed.content))
    return AuthenticatedContent(wire_format, framed, signature, tag)


def read_auth(reader: Reader, kind: ContentType) -> tuple[bytes, bytes]:
    """Read ``FramedContentAuthData``: signature, and confirmation tag of a commit."""
    return reader.vector(), reader.vector() if kind is ContentType.COMMIT else b""


@dataclass(frozen=True)
class PublicMessage:
    """A message in clear (section 6.2); members add a tag that only members can make."""

    authenticated: AuthenticatedContent
    membership_tag: bytes = b""

    @cached_property
    def encoded(self) -> bytes:
        """``PublicMessage``."""
        content = self.authenticated.framed.encoded + self.authenticated.auth
        tagged = self.authenticated.framed.sender.type is SenderType.MEMBER
        return content + vector(self.membership_tag) if tagged else content

    @classmethod
    def read(cls, reader: Reader) -> "PublicMessage":
        """Read a ``PublicMessage``."""
        content = _read_authenticated(reader, WireFormat.PUBLIC_MESSAGE, FramedContent.read(reader))
        tagged = content.framed.sender.type is SenderType.MEMBER
        return cls(content, reader.vector() if tagged else b"")


@dataclass(frozen=True)
class PrivateMessage:
    """A sealed message (section 6.3): the envelope that everybody sees."""

    group_id: bytes
    epoch: int
    content_type: ContentType
    authenticated_data: bytes
    encrypted_sender_data: bytes
    ciphertext: bytes

    @cached_property
    def place(self) -> bytes:
        """``SenderDataAAD``: group, epoch and kind."""
        return vector(self.group_id) + u64(self.epoch) + self.content_type.to_bytes(1)

    @cached_property
    def aad(self) -> bytes:
        """``PrivateContentAAD``."""
        return self.place + vector(self.authenticated_data)

    @cached_property
    def encoded(self) -> bytes:
        """``PrivateMessage``."""
        return self.aad + vector(self.encrypted_sender_data) + vector(self.ciphertext)

    @classmethod
    def read(cls, reader: Reader) -> "PrivateMessage":
        """Read a ``PrivateMessage``."""
        group_id, epoch, kind = reader.vector(), reader.u64(), read_content_type(reader)
        return cls(group_id, epoch, kind, reader.vector(), reader.vector(), reader.vector())
