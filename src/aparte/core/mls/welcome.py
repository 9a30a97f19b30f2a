"""Welcome messages (RFC 9420 section 12.4.3.1): the sealed form."""

from dataclasses import dataclass
from functools import cached_property

from aparte.core.mls.codec import Reader, u16, vector, vectors
from aparte.core.mls.commit import HpkeCiphertext


@dataclass(frozen=True)
class EncryptedGroupSecrets:
    """The secrets for the owner of one KeyPackage."""

    new_member: bytes
    secrets: HpkeCiphertext

    @cached_property
    def encoded(self) -> bytes:
        """``EncryptedGroupSecrets``."""
        return vector(self.new_member) + self.secrets.encoded

    @classmethod
    def read(cls, reader: Reader) -> "EncryptedGroupSecrets":
        """Read ``EncryptedGroupSecrets``."""
        return cls(reader.vector(), HpkeCiphertext.read(reader))


@dataclass(frozen=True)
class Welcome:
    """What those whom a commit adds are sent."""

    suite: int
    secrets: tuple[EncryptedGroupSecrets, ...]
    encrypted_group_info: bytes

    @cached_property
    def encoded(self) -> bytes:
        """``Welcome``."""
        return u16(self.suite) + vectors(self.secrets) + vector(self.encrypted_group_info)

    @classmethod
    def read(cls, reader: Reader) -> "Welcome":
        """Read a ``Welcome``."""
        return cls(reader.u16(), reader.items(EncryptedGroupSecrets.read), reader.vector())
