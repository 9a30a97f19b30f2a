"""Commits and leaves that no honest client makes, with signatures and tags that hold."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest

from aparte.core.mls.commit import Commit, UpdatePath
from aparte.core.mls.context import GroupInfo
from aparte.core.mls.errors import MlsError, Rule
from aparte.core.mls.framing import Content, FramedContent, PublicMessage, Sender, WireFormat, member
from aparte.core.mls.leaf import LeafNode
from aparte.core.mls.proposals import Inline, Proposal, Reference
from aparte.e2ee.mls.group import Group
from aparte.e2ee.mls.protect import protect_public, sign_content
from aparte.e2ee.mls.treekem import new_path, seal_path
from tests.e2ee.mls.random import seeded


@contextmanager
def refused(rule: Rule) -> Iterator[None]:
    """Expect exactly this rule to refuse."""
    with pytest.raises(MlsError) as caught:
        yield
    assert caught.value.rule is rule
    assert str(caught.value) == caught.value.reason == rule.reason


def frame(
    group: Group,
    content: Content,
    *,
    sender: Sender | None = None,
    group_id: bytes | None = None,
    epoch: int | None = None,
    data: bytes = b"",
    key: bytes | None = None,
    tag: bytes | None = None,
    wire_format: WireFormat = WireFormat.PUBLIC_MESSAGE,
) -> PublicMessage:
    """Frame, sign and tag anything as a member (or as somebody else, with ``key``)."""
    framed = FramedContent(
        group.group_id if group_id is None else group_id,
        group.epoch if epoch is None else epoch,
        member(group.leaf) if sender is None else sender,
        data,
        content,
    )
    signed = sign_content(
        group.suite, wire_format, framed, group.public.context, group.signature_key if key is None else key
    )
    if isinstance(content, Commit):
        signed = signed.confirmed_with(bytes(group.suite.size) if tag is None else tag)
    return protect_public(group.suite, signed, group.public.context, group.secrets.membership)


def path_of(group: Group, edit: Callable[[LeafNode], LeafNode] | None = None, *, sign: bool = True) -> UpdatePath:
    """Make a path for the tree as it is; ``edit`` may change its leaf, which is signed again."""
    tree, suite = group.public.tree, group.suite
    made = new_path(suite, tree, group.leaf, group.own_leaf(), group.signature_key, group.group_id, seeded(5))
    context = replace(group.public.context, epoch=group.epoch + 1, tree_hash=made.tree.hash())
    path = seal_path(suite, made, tree, group.leaf, (), context, seeded(6))
    if edit is None:
        return path
    leaf = edit(path.leaf)
    return replace(path, leaf=sign_leaf(group, leaf) if sign else leaf)


def sign_leaf(group: Group, leaf: LeafNode, *, key: bytes | None = None, index: int | None = None) -> LeafNode:
    """Sign a leaf for a place in the group, ours unless told."""
    unsigned = replace(leaf, signature=b"")
    content = unsigned.to_be_signed(group.group_id, group.leaf if index is None else index)
    signing = group.signature_key if key is None else key
    return replace(unsigned, signature=group.suite.sign_with_label(signing, "LeafNodeTBS", content))


def commit_of(
    group: Group,
    proposals: Sequence[Proposal] = (),
    references: Sequence[bytes] = (),
    path: UpdatePath | None = None,
    *,
    with_path: bool = True,
) -> Commit:
    """Put a commit together without asking whether it may be."""
    entries: list[Inline | Reference] = [Reference(reference) for reference in references]
    entries += [Inline(proposal) for proposal in proposals]
    if path is None and with_path:
        path = path_of(group)
    return Commit(tuple(entries), path)


def sign_info_again(group: Group, info: GroupInfo) -> GroupInfo:
    """Sign a changed GroupInfo with our key."""
    unsigned = replace(info, signature=b"")
    return replace(info, signature=group.suite.sign_with_label(group.signature_key, "GroupInfoTBS", unsigned.body))
