"""Groups of one, leaves and KeyPackages (RFC 9420 sections 7.2, 10 and 11)."""

from dataclasses import dataclass, replace

from aparte.core.mls.context import GroupContext, interim_transcript_hash
from aparte.core.mls.credential import Credential
from aparte.core.mls.extensions import Extensions
from aparte.core.mls.keypackage import KeyPackage
from aparte.core.mls.leaf import ENDLESS, Capabilities, LeafNode, Source
from aparte.core.mls.public import Policy, PublicGroup
from aparte.core.mls.suites import VERSION
from aparte.core.mls.tree import Tree
from aparte.e2ee.mls.group import Group, first_epoch
from aparte.e2ee.mls.hpke import Random
from aparte.e2ee.mls.keyschedule import derive_epoch
from aparte.e2ee.mls.protect import confirmation_tag
from aparte.e2ee.mls.suite import SecretSuite


@dataclass(frozen=True, slots=True, repr=False)
class OwnLeaf:
    """A leaf of source ``key_package`` with its private keys."""

    node: LeafNode
    encryption_key: bytes
    signature_key: bytes


@dataclass(frozen=True, slots=True, repr=False)
class OwnKeyPackage:
    """A KeyPackage with the private keys that a Welcome needs."""

    package: KeyPackage
    init_key: bytes
    leaf: OwnLeaf


def new_leaf(
    suite: SecretSuite,
    credential: Credential,
    capabilities: Capabilities,
    signature_key: bytes,
    random: Random,
    extensions: Extensions = (),
) -> OwnLeaf:
    """Make a leaf with a fresh encryption key; ``signature_key`` is the private one. Its lifetime is without end."""
    pair = suite.key_pair(random(suite.size))
    public = suite.signature_key(signature_key)
    node = LeafNode(pair.public, public, credential, capabilities, Source.KEY_PACKAGE, ENDLESS, b"", extensions, b"")
    signature = suite.sign_with_label(signature_key, "LeafNodeTBS", node.body)
    return OwnLeaf(replace(node, signature=signature), pair.private, signature_key)


def new_key_package(suite: SecretSuite, leaf: OwnLeaf, random: Random) -> OwnKeyPackage:
    """Make a KeyPackage around a leaf."""
    pair = suite.key_pair(random(suite.size))
    unsigned = KeyPackage(VERSION, suite.public.id, pair.public, leaf.node, (), b"")
    signature = suite.sign_with_label(leaf.signature_key, "KeyPackageTBS", unsigned.body)
    return OwnKeyPackage(replace(unsigned, signature=signature), pair.private, leaf)


def create(
    suite: SecretSuite, policy: Policy, group_id: bytes, leaf: OwnLeaf, random: Random, extensions: Extensions = ()
) -> Group:
    """Return a group of one (section 11); raises ``MlsError`` when the policy refuses our own leaf."""
    policy.check_leaf(leaf.node, 0)
    tree = Tree(suite.public, (leaf.node,))
    context = GroupContext(VERSION, suite.public.id, group_id, 0, tree.hash(), b"", extensions)
    secrets = derive_epoch(suite, random(suite.size))
    tag = confirmation_tag(suite, secrets.confirmation, b"")
    public = PublicGroup(suite.public, context, tree, interim_transcript_hash(suite.public, b"", tag))
    return first_epoch(suite, policy, public, 0, leaf.signature_key, {0: leaf.encryption_key}, secrets, tag)
