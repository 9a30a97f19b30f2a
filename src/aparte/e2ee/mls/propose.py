"""Proposals that stand alone: made, sent, heard (RFC 9420 section 12.1)."""

from dataclasses import replace

from aparte.core.mls.errors import Rule, require
from aparte.core.mls.framing import (
    AuthenticatedContent,
    ContentType,
    FramedContent,
    PrivateMessage,
    PublicMessage,
    WireFormat,
    member,
)
from aparte.core.mls.judge import check_place, hear
from aparte.core.mls.leaf import Source
from aparte.core.mls.proposals import Proposal, Update
from aparte.e2ee.mls.group import Group
from aparte.e2ee.mls.hpke import Random
from aparte.e2ee.mls.protect import check_membership, open_private, protect_public, sign_content


def propose(group: Group, proposal: Proposal) -> tuple[Group, PublicMessage]:
    """Return the group that remembers the proposal, and the message for everybody; raises ``MlsError``."""
    framed = FramedContent(group.group_id, group.epoch, member(group.leaf), b"", proposal)
    context = group.public.context
    content = sign_content(group.suite, WireFormat.PUBLIC_MESSAGE, framed, context, group.signature_key)
    message = protect_public(group.suite, content, context, group.secrets.membership)
    return remember(group, content), message


def propose_update(group: Group, random: Random) -> tuple[Group, PublicMessage]:
    """Propose a fresh encryption key for our leaf; the private half counts once somebody commits it."""
    pair = group.suite.key_pair(random(group.suite.size))
    unsigned = replace(
        group.own_leaf(),
        encryption_key=pair.public,
        source=Source.UPDATE,
        lifetime=None,
        parent_hash=b"",
        signature=b"",
    )
    content = unsigned.to_be_signed(group.group_id, group.leaf)
    signature = group.suite.sign_with_label(group.signature_key, "LeafNodeTBS", content)
    after, message = propose(group, Update(replace(unsigned, signature=signature)))
    return replace(after, updates={**group.updates, pair.public: pair.private}), message


def remember(group: Group, content: AuthenticatedContent) -> Group:
    """Return the group that knows a proposal whose tag or seal was checked; raises ``MlsError``."""
    reference, pending = hear(group.public, content, group.policy)
    return replace(group, pending={**group.pending, reference: pending})


def hear_public(group: Group, message: PublicMessage) -> Group:
    """Return the group that knows somebody's proposal; raises ``MlsError``."""
    return remember(group, check_membership(group.suite, message, group.public.context, group.secrets.membership))


def hear_private(group: Group, message: PrivateMessage) -> Group:
    """Return the group that knows somebody's sealed proposal; raises ``MlsError``."""
    check_place(group.public, message.group_id, message.epoch)
    require(message.content_type is ContentType.PROPOSAL, Rule.SENDER_CONTENT)
    content, messages = open_private(group.suite, message, group.messages, group.secrets.sender_data)
    return replace(remember(group, content), messages=messages)
