"""Welcomes: sealing the secrets of an epoch to those whom its commit adds (RFC 9420 section 12.4.3.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from aparte.core.mls.codec import Reader, decode, optional, vector, vectors
from aparte.core.mls.context import GroupInfo
from aparte.core.mls.errors import MlsError, Rule
from aparte.core.mls.keypackage import KeyPackage
from aparte.core.mls.proposals import PreSharedKeyId
from aparte.core.mls.welcome import EncryptedGroupSecrets, Welcome
from aparte.e2ee.mls.hpke import Random
from aparte.e2ee.mls.suite import SecretSuite


@dataclass(frozen=True, repr=False)
class PathSecret:
    """The path secret of the lowest node that a newcomer shares with the committer."""

    secret: bytes

    @cached_property
    def encoded(self) -> bytes:
        """``PathSecret``."""
        return vector(self.secret)

    @classmethod
    def read(cls, reader: Reader) -> "PathSecret":
        """Read a ``PathSecret``."""
        return cls(reader.vector())


@dataclass(frozen=True, repr=False)
class GroupSecrets:
    """What one newcomer is told."""

    joiner_secret: bytes
    path_secret: PathSecret | None
    psks: tuple[PreSharedKeyId, ...]

    @cached_property
    def encoded(self) -> bytes:
        """``GroupSecrets``."""
        return vector(self.joiner_secret) + optional(self.path_secret) + vectors(self.psks)

    @classmethod
    def read(cls, reader: Reader) -> "GroupSecrets":
        """Read ``GroupSecrets``."""
        return cls(reader.vector(), reader.optional(PathSecret.read), reader.items(PreSharedKeyId.read))


def _info_key(suite: SecretSuite, welcome_secret: bytes) -> tuple[bytes, bytes]:
    key = suite.expand_with_label(welcome_secret, "key", b"", suite.aead.key_size)
    return key, suite.expand_with_label(welcome_secret, "nonce", b"", suite.aead.nonce_size)


def seal_welcome(
    suite: SecretSuite,
    info: GroupInfo,
    welcome_secret: bytes,
    joiner_secret: bytes,
    psks: tuple[PreSharedKeyId, ...],
    newcomers: Sequence[tuple[KeyPackage, bytes | None]],
    random: Random,
) -> Welcome:
    """Seal to each newcomer, given with its path secret (``None`` when the commit has no path)."""
    key, nonce = _info_key(suite, welcome_secret)
    sealed_info = suite.aead.seal(key, nonce, b"", info.encoded)
    secrets: list[EncryptedGroupSecrets] = []
    for package, path_secret in newcomers:
        path = None if path_secret is None else PathSecret(path_secret)
        plain = GroupSecrets(joiner_secret, path, psks).encoded
        sealed = suite.encrypt_with_label(package.init_key, "Welcome", sealed_info, plain, random)
        secrets.append(EncryptedGroupSecrets(package.reference(suite.public), sealed))
    return Welcome(suite.public.id, tuple(secrets), sealed_info)


def open_group_secrets(suite: SecretSuite, welcome: Welcome, package: KeyPackage, init_key: bytes) -> GroupSecrets:
    """Open what is for the owner of a KeyPackage; raises ``MlsError``."""
    reference = package.reference(suite.public)
    found: Mapping[bytes, EncryptedGroupSecrets] = {entry.new_member: entry for entry in welcome.secrets}
    if reference not in found:
        raise MlsError(Rule.WELCOME_FOR_US)
    sealed = found[reference].secrets
    try:
        plain = suite.decrypt_with_label(init_key, "Welcome", welcome.encrypted_group_info, sealed)
    except ValueError:
        raise MlsError(Rule.WELCOME_OPENS) from None
    return decode(plain, GroupSecrets.read)


def open_group_info(suite: SecretSuite, welcome: Welcome, welcome_secret: bytes) -> GroupInfo:
    """Open the GroupInfo of a Welcome; raises ``MlsError``."""
    key, nonce = _info_key(suite, welcome_secret)
    try:
        plain = suite.aead.open(key, nonce, b"", welcome.encrypted_group_info)
    except ValueError:
        raise MlsError(Rule.WELCOME_OPENS) from None
    return decode(plain, GroupInfo.read)
