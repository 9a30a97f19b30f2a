"""What a proposal or commit would do, and whether it may (RFC 9420 sections 6.1, 12.2 and 12.4). No secret is needed.

What is left to those who have the secrets: the membership tag, opening the path, and the confirmation tag.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from aparte.core.mls.changes import Applied, Pending, apply, check_member_proposals, check_psks
from aparte.core.mls.commit import Commit, UpdatePath
from aparte.core.mls.context import GroupContext, confirmed_transcript_hash, interim_transcript_hash
from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.extensions import external_senders
from aparte.core.mls.framing import AuthenticatedContent, Content, FramedContent, Sender, SenderType
from aparte.core.mls.leaf import Source
from aparte.core.mls.proposals import (
    Add,
    ExternalInit,
    GroupContextExtensions,
    Inline,
    PreSharedKey,
    PreSharedKeyId,
    Proposal,
    Reference,
    ReInit,
    Remove,
)
from aparte.core.mls.public import Policy, PublicGroup
from aparte.core.mls.tree import Tree
from aparte.core.mls.validity import check_extensions_shared, check_leaf, check_leaves_together, check_path_keys

NOTHING_PENDING: Final[Mapping[bytes, Pending]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Change:
    """What an allowed and signed commit does.

    ``base`` is the tree with the proposals, and a newcomer's leaf, but without the path; ``added`` are the leaves that
    the path is not sealed to. ``path_context`` is what the path is sealed under, ``after`` the epoch that begins.
    """

    committer: int
    joins: bool
    proposals: tuple[Pending, ...]
    base: Tree
    added: tuple[int, ...]
    removed: tuple[int, ...]
    psks: tuple[PreSharedKeyId, ...]
    kem_output: bytes
    path: UpdatePath | None
    path_context: GroupContext
    after: PublicGroup


def check_place(group: PublicGroup, group_id: bytes, epoch: int) -> None:
    """Check that something belongs to this epoch of this group."""
    require(group_id == group.context.group_id, Rule.GROUP)
    require(epoch >= group.context.epoch, Rule.EPOCH_OVER)
    require(epoch <= group.context.epoch, Rule.EPOCH_AHEAD)


def check_sender(group: PublicGroup, framed: FramedContent) -> bytes:
    """Check that a sender may say this kind of thing, and return the key that it signs with."""
    require(_may_say(framed.sender.type, framed.content), Rule.SENDER_CONTENT)
    match framed.sender.type, framed.content:
        case SenderType.EXTERNAL, _:
            senders = external_senders(group.context.extensions)
            require(framed.sender.index < len(senders), Rule.EXTERNAL_SENDER)
            return senders[framed.sender.index].signature_key
        case _, Add(package) if framed.sender.type is SenderType.NEW_MEMBER_PROPOSAL:
            return package.leaf.signature_key
        case _, Commit(path=path) if framed.sender.type is SenderType.NEW_MEMBER_COMMIT:
            if path is None:
                raise MlsError(Rule.PATH_REQUIRED)
            return path.leaf.signature_key
        case _:
            leaf = group.tree.leaf(framed.sender.index)
            if leaf is None:
                raise MlsError(Rule.SENDER)
            return leaf.signature_key


def _may_say(sender: SenderType, content: Content) -> bool:
    match sender:
        case SenderType.MEMBER:
            return not isinstance(content, ExternalInit)
        case SenderType.EXTERNAL:
            return isinstance(content, Add | Remove | PreSharedKey | ReInit | GroupContextExtensions)
        case SenderType.NEW_MEMBER_PROPOSAL:
            return isinstance(content, Add)
        case SenderType.NEW_MEMBER_COMMIT:
            return isinstance(content, Commit)


def hear(group: PublicGroup, message: AuthenticatedContent, policy: Policy) -> tuple[bytes, Pending]:
    """Check a proposal that stands alone, and return it under the reference that commits will use."""
    framed = message.framed
    check_place(group, framed.group_id, framed.epoch)
    if isinstance(framed.content, bytes | Commit):
        raise MlsError(Rule.SENDER_CONTENT)
    policy.check_message(group, message)
    message.verify(group.suite, group.context, check_sender(group, framed))
    return message.proposal_reference(group.suite), Pending(framed.content, framed.sender)


def judge(
    group: PublicGroup,
    message: AuthenticatedContent,
    policy: Policy,
    pending: Mapping[bytes, Pending] = NOTHING_PENDING,
) -> Change:
    """Check everything about a commit that needs no secret, and return what it does; raises ``MlsError``."""
    framed, commit = message.framed, message.framed.content
    check_place(group, framed.group_id, framed.epoch)
    require(group.context.epoch < 2**64 - 1, Rule.EPOCHS_END)
    if not isinstance(commit, Commit):
        raise MlsError(Rule.SENDER_CONTENT)
    policy.check_message(group, message)
    key = check_sender(group, framed)
    proposals = resolve(commit.proposals, framed.sender, pending)
    joins = framed.sender.type is SenderType.NEW_MEMBER_COMMIT
    kem_output = _check_join(group, proposals) if joins else b""
    if not joins:
        check_member_proposals(group, framed.sender.index, proposals)
    psks = check_psks(group.suite, proposals)
    require(commit.path is not None or not needs_path(proposals), Rule.PATH_REQUIRED)
    message.verify(group.suite, group.context, key)

    applied = apply(group, proposals, policy)
    committer = applied.tree.free_leaf() if joins else framed.sender.index
    base, tree = _walk(group, policy, applied, commit.path, committer, joins)
    _check_result(group, policy, applied, tree)
    context = replace(
        group.context, epoch=group.context.epoch + 1, tree_hash=tree.hash(), extensions=applied.extensions
    )
    confirmed = confirmed_transcript_hash(group.suite, group.interim_transcript_hash, message.transcript_input)
    interim = interim_transcript_hash(group.suite, confirmed, message.confirmation_tag)
    after = PublicGroup(group.suite, replace(context, confirmed_transcript_hash=confirmed), tree, interim)
    removed = tuple(entry.proposal.removed for entry in proposals if isinstance(entry.proposal, Remove))
    return Change(
        committer,
        joins,
        proposals,
        base,
        applied.added,
        removed,
        psks,
        kem_output,
        commit.path,
        context,
        after,
    )


def needs_path(proposals: tuple[Pending, ...]) -> bool:
    """Say whether a commit of these proposals must bring a path (section 12.4)."""
    return not proposals or any(not isinstance(entry.proposal, Add | PreSharedKey) for entry in proposals)


def resolve(
    entries: Iterable[Inline | Reference], sender: Sender, pending: Mapping[bytes, Pending]
) -> tuple[Pending, ...]:
    """Return the proposals of a commit with who made them; raises ``MlsError``."""
    found: list[Pending] = []
    for entry in entries:
        match entry:
            case Inline(proposal):
                found.append(Pending(proposal, sender))
            case Reference(reference):
                require(sender.type is SenderType.MEMBER, Rule.JOIN_PROPOSALS)
                known = pending.get(reference)
                if known is None:
                    raise MlsError(Rule.REFERENCE)
                found.append(known)
    return tuple(found)


def _check_join(group: PublicGroup, proposals: tuple[Pending, ...]) -> bytes:
    """Check the proposals of an external commit (section 12.4.3.2), and return its encapsulated init secret."""
    contents: list[Proposal] = [entry.proposal for entry in proposals]
    inits = [proposal.kem_output for proposal in contents if isinstance(proposal, ExternalInit)]
    require(len(inits) == 1 and len(inits[0]) == group.suite.kem_output_size, Rule.JOIN_INIT)
    removes = [proposal for proposal in contents if isinstance(proposal, Remove)]
    others = [proposal for proposal in contents if not isinstance(proposal, ExternalInit | Remove | PreSharedKey)]
    require(len(removes) <= 1 and not others, Rule.JOIN_PROPOSALS)
    for remove in removes:
        require(group.tree.leaf(remove.removed) is not None, Rule.REMOVED_LEAF)
    return inits[0]


def _walk(
    group: PublicGroup, policy: Policy, applied: Applied, path: UpdatePath | None, committer: int, joins: bool
) -> tuple[Tree, Tree]:
    """Check a path, and return the tree without and with it."""
    if path is None:
        return applied.tree, applied.tree
    require(path.leaf.source is Source.COMMIT, Rule.LEAF_SOURCE)
    old = group.tree.leaf(committer)
    if not joins and old is not None:
        policy.check_successor(old, path.leaf)
    policy.check_leaf(path.leaf, committer)
    check_leaf(applied.tree, path.leaf, applied.extensions)
    keys = [node.encryption_key for node in path.nodes]
    check_path_keys(applied.tree, [path.leaf.encryption_key, *keys])

    base = applied.tree.place(committer, path.leaf) if joins else applied.tree
    filtered = base.filtered_path(committer)
    require(len(filtered) == len(path.nodes), Rule.PATH_LENGTH)
    fresh = {2 * leaf for leaf in applied.added}
    for (_, child), node in zip(filtered, path.nodes, strict=True):
        receivers = len(set(base.resolution(child)) - fresh)
        require(len(node.encrypted_path_secret) == receivers, Rule.PATH_CIPHERTEXTS)
    parents, parent_hash = base.path_nodes(committer, keys)
    require(path.leaf.parent_hash == parent_hash, Rule.PATH_PARENT_HASH)
    path.leaf.verify(group.suite, group.context.group_id, committer)
    return base, base.merge(committer, path.leaf, parents)


def _check_result(group: PublicGroup, policy: Policy, applied: Applied, tree: Tree) -> None:
    check_leaves_together(tree)
    if applied.extensions:
        check_extensions_shared(tree, applied.extensions)
    policy.check_leaves(tree)
