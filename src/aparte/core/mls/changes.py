"""Which proposals may stand together (RFC 9420 section 12.2), and the tree that they make (section 12.3)."""

from dataclasses import dataclass

from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.extensions import Extensions
from aparte.core.mls.framing import Sender, SenderType
from aparte.core.mls.leaf import LeafNode, Source
from aparte.core.mls.proposals import (
    Add,
    ExternalInit,
    GroupContextExtensions,
    PreSharedKey,
    PreSharedKeyId,
    Proposal,
    PskType,
    PskUsage,
    ReInit,
    Remove,
    Update,
)
from aparte.core.mls.public import Policy, PublicGroup
from aparte.core.mls.suites import Suite
from aparte.core.mls.tree import Tree
from aparte.core.mls.validity import check_leaf


@dataclass(frozen=True, slots=True)
class Pending:
    """A proposal and who made it."""

    proposal: Proposal
    sender: Sender


@dataclass(frozen=True, slots=True)
class Applied:
    """The tree after proposals, the leaves that they added, and the group's extensions from now on."""

    tree: Tree
    added: tuple[int, ...]
    extensions: Extensions


def check_member_proposals(group: PublicGroup, committer: int, proposals: tuple[Pending, ...]) -> None:
    """Check the proposals of a member's commit against each other (section 12.2); raises ``MlsError``."""
    touched: list[int] = []
    for entry in proposals:
        match entry.proposal:
            case Update():
                require(entry.sender.type is SenderType.MEMBER, Rule.UPDATE_SENDER)
                require(entry.sender.index != committer, Rule.OWN_UPDATE)
                touched.append(entry.sender.index)
            case Remove(removed):
                require(removed != committer, Rule.OWN_REMOVAL)
                require(group.tree.leaf(removed) is not None, Rule.REMOVED_LEAF)
                touched.append(removed)
            case ReInit():
                raise MlsError(Rule.REINIT)
            case ExternalInit():
                raise MlsError(Rule.EXTERNAL_INIT)
            case _:
                pass
    require(len(set(touched)) == len(touched), Rule.LEAF_TWICE)
    extensions = [entry for entry in proposals if isinstance(entry.proposal, GroupContextExtensions)]
    require(len(extensions) <= 1, Rule.ONE_EXTENSIONS)


def check_psks(suite: Suite, proposals: tuple[Pending, ...]) -> tuple[PreSharedKeyId, ...]:
    """Check the pre-shared keys of a commit, and return their names in order."""
    psks = tuple(entry.proposal.psk for entry in proposals if isinstance(entry.proposal, PreSharedKey))
    check_psk_ids(suite, psks)
    return psks


def check_psk_ids(suite: Suite, psks: tuple[PreSharedKeyId, ...]) -> None:
    """Check names of pre-shared keys (section 8.4): nonces of the hash's size, no name twice, no other usage."""
    for psk in psks:
        require(len(psk.nonce) == suite.hash_size, Rule.PSK_NONCE)
        require(psk.type is PskType.EXTERNAL or psk.usage is PskUsage.APPLICATION, Rule.PSK_USAGE)
    require(len({psk.encoded for psk in psks}) == len(psks), Rule.PSK_TWICE)


def apply(group: PublicGroup, proposals: tuple[Pending, ...], policy: Policy) -> Applied:
    """Apply proposals in the order of section 12.3, checking every leaf that they bring; raises ``MlsError``."""
    extensions = group.context.extensions
    for entry in proposals:
        if isinstance(entry.proposal, GroupContextExtensions):
            extensions = entry.proposal.extensions
    tree = group.tree
    for entry in proposals:
        if isinstance(entry.proposal, Update):
            index = entry.sender.index
            _check_update(group, index, entry.proposal.leaf, extensions, policy)
            tree = tree.update(index, entry.proposal.leaf)
    for entry in proposals:
        if isinstance(entry.proposal, Remove):
            tree = tree.remove(entry.proposal.removed)
    added: list[int] = []
    for entry in proposals:
        if isinstance(entry.proposal, Add):
            package = entry.proposal.key_package
            package.verify(group.suite)
            require(package.leaf.source is Source.KEY_PACKAGE, Rule.LEAF_SOURCE)
            check_leaf(tree, package.leaf, extensions)
            tree, index = tree.add(package.leaf)
            policy.check_leaf(package.leaf, index)
            package.leaf.verify(group.suite, group.context.group_id, index)
            added.append(index)
    return Applied(tree, tuple(added), extensions)


def _check_update(group: PublicGroup, index: int, leaf: LeafNode, extensions: Extensions, policy: Policy) -> None:
    old = group.tree.leaf(index)
    if old is None:
        raise MlsError(Rule.SENDER)
    require(leaf.source is Source.UPDATE, Rule.LEAF_SOURCE)
    require(leaf.encryption_key != old.encryption_key, Rule.UPDATE_KEY)
    policy.check_successor(old, leaf)
    policy.check_leaf(leaf, index)
    check_leaf(group.tree, leaf, extensions)
    leaf.verify(group.suite, group.context.group_id, index)
