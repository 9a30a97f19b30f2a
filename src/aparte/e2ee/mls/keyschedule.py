"""The key schedule (RFC 9420 section 8) with pre-shared keys (8.4), external init (8.3) and exporter (8.5)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aparte.core.mls.codec import u16
from aparte.core.mls.context import GroupContext
from aparte.core.mls.proposals import PreSharedKeyId
from aparte.e2ee.mls.hpke import KeyPair, Random, setup_receiver, setup_sender
from aparte.e2ee.mls.suite import SecretSuite

_EXTERNAL_INIT = b"MLS 1.0 external init secret"


@dataclass(frozen=True, slots=True, repr=False)
class EpochSecrets:
    """The secrets of an epoch; those that a member does not need any longer are empty."""

    sender_data: bytes
    encryption: bytes
    exporter: bytes
    external: bytes
    confirmation: bytes
    membership: bytes
    resumption: bytes
    authenticator: bytes
    init: bytes

    def kept(self) -> "EpochSecrets":
        """Return it without what the secret tree and the confirmation tag have used up."""
        return replace(self, encryption=b"", confirmation=b"")


def derive_epoch(suite: SecretSuite, epoch_secret: bytes) -> EpochSecrets:
    """Return what an epoch secret gives (table 4)."""
    labels = (
        "sender data",
        "encryption",
        "exporter",
        "external",
        "confirm",
        "membership",
        "resumption",
        "authentication",
        "init",
    )
    return EpochSecrets(*(suite.derive_secret(epoch_secret, label) for label in labels))


def joiner_secret(suite: SecretSuite, init_secret: bytes, commit_secret: bytes, context: GroupContext) -> bytes:
    """Return what those need who are welcomed into an epoch."""
    secret = suite.kdf.extract(init_secret, commit_secret)
    return suite.expand_with_label(secret, "joiner", context.encoded, suite.size)


def welcome_secret(suite: SecretSuite, joiner: bytes, psk_secret: bytes) -> bytes:
    """Return what seals the GroupInfo of a Welcome."""
    return suite.derive_secret(suite.kdf.extract(joiner, psk_secret), "welcome")


def epoch_secrets(suite: SecretSuite, joiner: bytes, psk_secret: bytes, context: GroupContext) -> EpochSecrets:
    """Return the secrets of the epoch of ``context``."""
    member = suite.kdf.extract(joiner, psk_secret)
    return derive_epoch(suite, suite.expand_with_label(member, "epoch", context.encoded, suite.size))


def psk_secret(suite: SecretSuite, psks: Sequence[tuple[PreSharedKeyId, bytes]]) -> bytes:
    """Return the secret of all pre-shared keys of a commit; of none, zeros (section 8.4)."""
    zero = bytes(suite.size)
    secret = zero
    for index, (name, psk) in enumerate(psks):
        extracted = suite.kdf.extract(zero, psk)
        label = name.encoded + u16(index) + u16(len(psks))
        secret = suite.kdf.extract(suite.expand_with_label(extracted, "derived psk", label, suite.size), secret)
    return secret


def external_key_pair(suite: SecretSuite, secrets: EpochSecrets) -> KeyPair:
    """Return the pair whose public half newcomers encapsulate to."""
    return suite.key_pair(secrets.external)


def new_external_init(suite: SecretSuite, external_pub: bytes, random: Random) -> tuple[bytes, bytes]:
    """Return ``(KEM output, init secret)`` of a newcomer; raises ``ValueError``."""
    encapsulation, context = setup_sender(suite.hpke, external_pub, b"", random)
    return encapsulation, context.export(_EXTERNAL_INIT, suite.size)


def external_init(suite: SecretSuite, private: bytes, kem_output: bytes) -> bytes:
    """Return the init secret that a newcomer chose; raises ``ValueError``."""
    return setup_receiver(suite.hpke, kem_output, private, b"").export(_EXTERNAL_INIT, suite.size)


def export(suite: SecretSuite, exporter_secret: bytes, label: str, context: bytes, size: int) -> bytes:
    """Return MLS-Exporter (section 8.5): at most 255 times the hash's size."""
    derived = suite.derive_secret(exporter_secret, label)
    return suite.expand_with_label(derived, "exported", suite.kdf.hash(context), size)
