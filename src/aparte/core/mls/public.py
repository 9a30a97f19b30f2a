"""What everybody knows of one epoch, and how it is checked from outside."""

from dataclasses import dataclass
from typing import Protocol

from aparte.core.mls.codec import Reader, decode
from aparte.core.mls.context import GroupContext, GroupInfo, interim_transcript_hash
from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.extensions import ExtensionType, find
from aparte.core.mls.framing import AuthenticatedContent
from aparte.core.mls.leaf import LeafNode
from aparte.core.mls.suites import VERSION, Suite
from aparte.core.mls.tree import Tree
from aparte.core.mls.validity import check_tree


@dataclass(frozen=True, slots=True)
class PublicGroup:
    """One epoch as its GroupContext, its tree, and the interim transcript hash that the next commit continues."""

    suite: Suite
    context: GroupContext
    tree: Tree
    interim_transcript_hash: bytes

    def is_same(self, other: "PublicGroup") -> bool:
        """Whether this is the same epoch: its context names the tree and everything that led to it by their hashes."""
        return self is other or (
            self.context == other.context and self.interim_transcript_hash == other.interim_transcript_hash
        )


class Policy(Protocol):
    """What an application demands beyond RFC 9420. Every method raises ``MlsError`` or returns nothing."""

    def check_info(self, info: GroupInfo, tree: Tree) -> None:
        """Judge the description of a group that one is about to follow or to join."""

    def check_message(self, group: PublicGroup, message: AuthenticatedContent) -> None:
        """Judge a proposal or commit before anything else is done with it; its signature is not yet checked."""

    def check_leaf(self, leaf: LeafNode, index: int) -> None:
        """Judge one leaf that is, or is about to be, in the tree: who it is, and whether its lifetime matters here."""

    def check_successor(self, old: LeafNode, new: LeafNode) -> None:
        """Judge whether a member may replace its leaf by another."""

    def check_leaves(self, tree: Tree) -> None:
        """Judge all leaves together, after they were judged one by one."""


def check_group_info(suite: Suite, info: GroupInfo, policy: Policy, ratchet_tree: bytes | None = None) -> PublicGroup:
    """Check a GroupInfo and its tree (sections 12.4.3 and 12.4.3.1); ``ratchet_tree`` is the tree if it came apart.

    What nobody outside can check is the confirmation tag. Raises ``MlsError``.
    """
    context = info.context
    require(context.version == VERSION and context.suite == suite.id, Rule.INFO_SUITE)
    octets = find(info.extensions, ExtensionType.RATCHET_TREE)
    octets = ratchet_tree if octets is None else octets
    if octets is None:
        raise MlsError(Rule.INFO_TREE)
    tree = Tree.decode(suite, octets)
    policy.check_info(info, tree)
    for index, leaf in tree.leaves():
        policy.check_leaf(leaf, index)
    policy.check_leaves(tree)
    check_tree(tree, context)
    interim = interim_transcript_hash(suite, context.confirmed_transcript_hash, info.confirmation_tag)
    group = PublicGroup(suite, context, tree, interim)
    _check_signature(info, group)
    return group


def check_info_of(info: GroupInfo, group: PublicGroup, policy: Policy) -> None:
    """Check that a GroupInfo describes this epoch, whose tree has been checked before. Raises ``MlsError``."""
    policy.check_info(info, group.tree)
    context = info.context
    interim = interim_transcript_hash(group.suite, context.confirmed_transcript_hash, info.confirmation_tag)
    require(group.is_same(PublicGroup(group.suite, context, group.tree, interim)), Rule.INFO_TREE)
    _check_signature(info, group)


def _check_signature(info: GroupInfo, group: PublicGroup) -> None:
    signer = group.tree.leaf(info.signer)
    if signer is None:
        raise MlsError(Rule.INFO_SIGNATURE)
    key = signer.signature_key
    group.suite.verify_with_label(key, "GroupInfoTBS", info.body, info.signature, Rule.INFO_SIGNATURE)


def external_pub(info: GroupInfo, suite: Suite) -> bytes:
    """Return the key that a newcomer encapsulates its init secret to; raises ``MlsError``."""
    data = find(info.extensions, ExtensionType.EXTERNAL_PUB)
    if data is None:
        raise MlsError(Rule.INFO_EXTERNAL_PUB)
    key = decode(data, Reader.vector)
    require(suite.is_public_key(key), Rule.PUBLIC_KEY)
    return key
