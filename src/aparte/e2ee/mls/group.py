"""One epoch of a group as one of its members has it. Immutable: whatever changes it returns another one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aparte.core.mls.changes import Pending
from aparte.core.mls.codec import vector
from aparte.core.mls.context import GroupInfo
from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.extensions import Extension, ExtensionType
from aparte.core.mls.leaf import LeafNode
from aparte.core.mls.proposals import PreSharedKeyId, PskType
from aparte.core.mls.public import Policy, PublicGroup
from aparte.e2ee.mls import keyschedule
from aparte.e2ee.mls.keyschedule import EpochSecrets, external_key_pair
from aparte.e2ee.mls.secrettree import SecretTree, secret_tree
from aparte.e2ee.mls.suite import SecretSuite
from aparte.e2ee.mls.treekem import PrivateKeys

Psks = Mapping[bytes, bytes]
"""External pre-shared keys by their ids."""


@dataclass(frozen=True, slots=True, repr=False)
class Group:
    """``leaf`` is our own; ``pending`` are proposals heard in this epoch, ``updates`` our own keys proposed in it.

    ``resumptions`` are resumption secrets of past epochs; the newest ``keeps_resumptions`` of them stay.
    """

    suite: SecretSuite
    policy: Policy
    public: PublicGroup
    leaf: int
    signature_key: bytes
    keys: PrivateKeys
    secrets: EpochSecrets
    messages: SecretTree
    confirmation_tag: bytes
    pending: Mapping[bytes, Pending] = field(default_factory=dict)
    updates: Mapping[bytes, bytes] = field(default_factory=dict)
    resumptions: Mapping[int, bytes] = field(default_factory=dict)
    keeps_resumptions: int = 0

    @property
    def group_id(self) -> bytes:
        """The name of the group."""
        return self.public.context.group_id

    @property
    def epoch(self) -> int:
        """The number of this epoch."""
        return self.public.context.epoch

    @property
    def epoch_authenticator(self) -> bytes:
        """The same octets at every member of this epoch, and at nobody else."""
        return self.secrets.authenticator

    def members(self) -> tuple[tuple[int, LeafNode], ...]:
        """Return every member's leaf index and leaf, rising."""
        return tuple(self.public.tree.leaves())

    def export(self, label: str, context: bytes, size: int) -> bytes:
        """Return MLS-Exporter (section 8.5): at most 255 times the hash's size in octets."""
        return keyschedule.export(self.suite, self.secrets.exporter, label, context, size)

    def own_leaf(self) -> LeafNode:
        """Return our own leaf."""
        leaf = self.public.tree.leaf(self.leaf)
        if leaf is None:
            raise MlsError(Rule.WE_ARE_REMOVED)
        return leaf

    def info(self, *, with_tree: bool = True) -> GroupInfo:
        """Return a signed GroupInfo with what a newcomer needs (section 12.4.3); its tree may travel apart."""
        external = external_key_pair(self.suite, self.secrets).public
        extensions = [Extension(ExtensionType.EXTERNAL_PUB, vector(external))]
        if with_tree:
            extensions.append(Extension(ExtensionType.RATCHET_TREE, self.public.tree.encoded))
        return sign_info(self, tuple(extensions))

    def find_psk(self, name: PreSharedKeyId, psks: Psks) -> bytes:
        """Return a pre-shared key by its name; raises ``MlsError`` for one that we do not have."""
        if name.type is PskType.EXTERNAL:
            return find_external_psk(name, psks)
        found = self.resumptions.get(name.epoch) if name.group_id == self.group_id else None
        if name.group_id == self.group_id and name.epoch == self.epoch:
            found = self.secrets.resumption
        if found is None:
            raise MlsError(Rule.PSK_KNOWN)
        return found


def sign_info(group: Group, extensions: tuple[Extension, ...]) -> GroupInfo:
    """Return a GroupInfo of the group with these extensions, signed by our leaf."""
    unsigned = GroupInfo(group.public.context, extensions, group.confirmation_tag, group.leaf, b"")
    signature = group.suite.sign_with_label(group.signature_key, "GroupInfoTBS", unsigned.body)
    return GroupInfo(unsigned.context, extensions, unsigned.confirmation_tag, unsigned.signer, signature)


def find_external_psk(name: PreSharedKeyId, psks: Psks) -> bytes:
    """Return an external pre-shared key by its name; raises ``MlsError``."""
    require(name.type is PskType.EXTERNAL, Rule.PSK_KNOWN)
    found = psks.get(name.id)
    if found is None:
        raise MlsError(Rule.PSK_KNOWN)
    return found


def first_epoch(
    suite: SecretSuite,
    policy: Policy,
    public: PublicGroup,
    leaf: int,
    signature_key: bytes,
    keys: PrivateKeys,
    secrets: EpochSecrets,
    confirmation_tag: bytes,
) -> Group:
    """Return a group as its newest member has it; the encryption secret goes into the secret tree."""
    messages = secret_tree(suite, public.tree.size, secrets.encryption)
    return Group(suite, policy, public, leaf, signature_key, keys, secrets.kept(), messages, confirmation_tag)


def next_epoch(
    group: Group, public: PublicGroup, keys: PrivateKeys, secrets: EpochSecrets, confirmation_tag: bytes
) -> Group:
    """Return the epoch after ``group``; nothing of it is taken along but what ``keeps_resumptions`` says."""
    resumptions = {**group.resumptions, group.epoch: group.secrets.resumption}
    return Group(
        group.suite,
        group.policy,
        public,
        group.leaf,
        group.signature_key,
        keys,
        secrets.kept(),
        secret_tree(group.suite, public.tree.size, secrets.encryption),
        confirmation_tag,
        resumptions=dict(list(resumptions.items())[len(resumptions) - group.keeps_resumptions :])
        if group.keeps_resumptions
        else {},
        keeps_resumptions=group.keeps_resumptions,
    )
