"""Proposals (RFC 9420 section 12.1) and the names of pre-shared keys (section 8.4)."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from aparte.core.mls.codec import Reader, u16, u32, u64, vector, vectors
from aparte.core.mls.errors import MlsError, Rule
from aparte.core.mls.extensions import Extensions, read_extensions
from aparte.core.mls.keypackage import KeyPackage
from aparte.core.mls.leaf import LeafNode


class PskType(IntEnum):
    """Where a pre-shared key comes from."""

    EXTERNAL = 1
    RESUMPTION = 2


class PskUsage(IntEnum):
    """What a resumption key is for."""

    APPLICATION = 1
    REINIT = 2
    BRANCH = 3


@dataclass(frozen=True)
class PreSharedKeyId:
    """``id`` names an external key; ``usage``, ``group_id`` and ``epoch`` one of a past epoch."""

    type: PskType
    nonce: bytes
    id: bytes = b""
    usage: PskUsage = PskUsage.APPLICATION
    group_id: bytes = b""
    epoch: int = 0

    @cached_property
    def name(self) -> bytes:
        """Everything but the nonce."""
        if self.type is PskType.EXTERNAL:
            return b"\1" + vector(self.id)
        return b"\2" + self.usage.to_bytes(1) + vector(self.group_id) + u64(self.epoch)

    @cached_property
    def encoded(self) -> bytes:
        """``PreSharedKeyID``."""
        return self.name + vector(self.nonce)

    @classmethod
    def read(cls, reader: Reader) -> "PreSharedKeyId":
        """Read a ``PreSharedKeyID``."""
        match reader.u8():
            case PskType.EXTERNAL:
                name = reader.vector()
                return cls(PskType.EXTERNAL, reader.vector(), id=name)
            case PskType.RESUMPTION:
                usage = reader.u8()
                if usage not in (1, 2, 3):
                    raise MlsError(Rule.ENCODING)
                group_id, epoch = reader.vector(), reader.u64()
                return cls(PskType.RESUMPTION, reader.vector(), b"", PskUsage(usage), group_id, epoch)
            case _:
                raise MlsError(Rule.ENCODING)


@dataclass(frozen=True)
class Add:
    """Somebody comes in."""

    key_package: KeyPackage

    @cached_property
    def encoded(self) -> bytes:
        """``Proposal``."""
        return u16(1) + self.key_package.encoded


@dataclass(frozen=True)
class Update:
    """The sender's leaf gets other keys."""

    leaf: LeafNode

    @cached_property
    def encoded(self) -> bytes:
        """``Proposal``."""
        return u16(2) + self.leaf.encoded


@dataclass(frozen=True)
class Remove:
    """The leaf with this index goes."""

    removed: int

    @cached_property
    def encoded(self) -> bytes:
        """``Proposal``."""
        return u16(3) + u32(self.removed)


@dataclass(frozen=True)
class PreSharedKey:
    """A key from elsewhere enters the next epoch."""

    psk: PreSharedKeyId

    @cached_property
    def encoded(self) -> bytes:
        """``Proposal``."""
        return u16(4) + self.psk.encoded


@dataclass(frozen=True)
class ReInit:
    """The group ends and begins anew; read, and always refused."""

    group_id: bytes
    version: int
    suite: int
    extensions: Extensions

    @cached_property
    def encoded(self) -> bytes:
        """``Proposal``."""
        return u16(5) + vector(self.group_id) + u16(self.version) + u16(self.suite) + vectors(self.extensions)


@dataclass(frozen=True)
class ExternalInit:
    """A newcomer's init secret, encapsulated to the group's external key."""

    kem_output: bytes

    @cached_property
    def encoded(self) -> bytes:
        """``Proposal``."""
        return u16(6) + vector(self.kem_output)


@dataclass(frozen=True)
class GroupContextExtensions:
    """The group's extensions become these."""

    extensions: Extensions

    @cached_property
    def encoded(self) -> bytes:
        """``Proposal``."""
        return u16(7) + vectors(self.extensions)


Proposal = Add | Update | Remove | PreSharedKey | ReInit | ExternalInit | GroupContextExtensions


def read_proposal(reader: Reader) -> Proposal:
    """Read a ``Proposal``; an unknown type has no end that anybody could find."""
    match reader.u16():
        case 1:
            return Add(KeyPackage.read(reader))
        case 2:
            return Update(LeafNode.read(reader))
        case 3:
            return Remove(reader.u32())
        case 4:
            return PreSharedKey(PreSharedKeyId.read(reader))
        case 5:
            return ReInit(reader.vector(), reader.u16(), reader.u16(), read_extensions(reader))
        case 6:
            return ExternalInit(reader.vector())
        case 7:
            return GroupContextExtensions(read_extensions(reader))
        case _:
            raise MlsError(Rule.PROPOSAL_TYPE)


@dataclass(frozen=True)
class Reference:
    """A proposal that was sent before, by its hash (section 5.2)."""

    hash: bytes

    @cached_property
    def encoded(self) -> bytes:
        """``ProposalOrRef``."""
        return b"\2" + vector(self.hash)


@dataclass(frozen=True)
class Inline:
    """A proposal in the commit itself."""

    proposal: Proposal

    @cached_property
    def encoded(self) -> bytes:
        """``ProposalOrRef``."""
        return b"\1" + self.proposal.encoded


def read_proposal_or_ref(reader: Reader) -> Inline | Reference:
    """Read a ``ProposalOrRef``."""
    match reader.u8():
        case 1:
            return Inline(read_proposal(reader))
        case 2:
            return Reference(reader.vector())
        case _:
            raise MlsError(Rule.ENCODING)
