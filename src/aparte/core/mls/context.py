"""GroupContext and GroupInfo (RFC 9420 sections 8.1 and 12.4.3), and the transcript hashes (section 8.2)."""

from dataclasses import dataclass
from functools import cached_property

from aparte.core.mls.codec import Reader, u16, u32, u64, vector, vectors
from aparte.core.mls.extensions import Extensions, read_extensions
from aparte.core.mls.suites import Suite


@dataclass(frozen=True)
class GroupContext:
    """What everybody in an epoch agrees on."""

    version: int
    suite: int
    group_id: bytes
    epoch: int
    tree_hash: bytes
    confirmed_transcript_hash: bytes
    extensions: Extensions

    @cached_property
    def encoded(self) -> bytes:
        """``GroupContext``."""
        return b"".join(
            (
                u16(self.version),
                u16(self.suite),
                vector(self.group_id),
                u64(self.epoch),
                vector(self.tree_hash),
                vector(self.confirmed_transcript_hash),
                vectors(self.extensions),
            )
        )

    @classmethod
    def read(cls, reader: Reader) -> "GroupContext":
        """Read a ``GroupContext``."""
        return cls(
            reader.u16(),
            reader.u16(),
            reader.vector(),
            reader.u64(),
            reader.vector(),
            reader.vector(),
            read_extensions(reader),
        )


@dataclass(frozen=True)
class GroupInfo:
    """What a newcomer is told of a group, signed by the member at leaf ``signer``."""

    context: GroupContext
    extensions: Extensions
    confirmation_tag: bytes
    signer: int
    signature: bytes

    @cached_property
    def body(self) -> bytes:
        """``GroupInfoTBS``."""
        tag = vector(self.confirmation_tag)
        return self.context.encoded + vectors(self.extensions) + tag + u32(self.signer)

    @cached_property
    def encoded(self) -> bytes:
        """``GroupInfo``."""
        return self.body + vector(self.signature)

    @classmethod
    def read(cls, reader: Reader) -> "GroupInfo":
        """Read a ``GroupInfo``."""
        context, extensions = GroupContext.read(reader), read_extensions(reader)
        return cls(context, extensions, reader.vector(), reader.u32(), reader.vector())


def confirmed_transcript_hash(suite: Suite, interim: bytes, confirmed_input: bytes) -> bytes:
    """Return the confirmed transcript hash after a commit; ``confirmed_input`` is its ConfirmedTranscriptHashInput."""
    return suite.hash(interim + confirmed_input)


def interim_transcript_hash(suite: Suite, confirmed: bytes, confirmation_tag: bytes) -> bytes:
    """Return the interim transcript hash of an epoch."""
    return suite.hash(confirmed + vector(confirmation_tag))
