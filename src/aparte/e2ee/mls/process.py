"""Following somebody else's commit into the next epoch (RFC 9420 section 12.4.2)."""

import hmac
from dataclasses import replace

from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.framing import AuthenticatedContent, PrivateMessage, PublicMessage, SenderType
from aparte.core.mls.judge import Change, check_place, judge
from aparte.e2ee.mls.group import Group, Psks, next_epoch
from aparte.e2ee.mls.keyschedule import epoch_secrets, external_init, joiner_secret, psk_secret
from aparte.e2ee.mls.protect import check_membership, confirmation_tag, open_private
from aparte.e2ee.mls.treekem import PrivateKeys, open_path, still_valid


def process(
    group: Group, message: PublicMessage | PrivateMessage, psks: Psks | None = None, change: Change | None = None
) -> Group:
    """Return the epoch that a commit begins; raises ``MlsError``, and nothing has changed.

    ``change`` is what ``judge`` has made of this public message and of this group's public half, if that was done.
    """
    if isinstance(message, PrivateMessage):
        check_place(group.public, message.group_id, message.epoch)
        content, messages = open_private(group.suite, message, group.messages, group.secrets.sender_data)
        return follow(replace(group, messages=messages), content, psks or {}, None)
    return follow(group, message.authenticated, psks or {}, message, change)


def follow(
    group: Group,
    content: AuthenticatedContent,
    psks: Psks,
    tagged: PublicMessage | None,
    change: Change | None = None,
) -> Group:
    """Judge a commit and enter its epoch; ``tagged`` is the public message whose tag is still to be checked."""
    sender = content.framed.sender
    ours = sender.type is SenderType.MEMBER and sender.index == group.leaf
    check_place(group.public, content.framed.group_id, content.framed.epoch)
    require(not ours, Rule.OWN_MESSAGE)
    if change is None:
        change = judge(group.public, content, group.policy, group.pending)
    if tagged is not None:
        check_membership(group.suite, tagged, group.public.context, group.secrets.membership)
    require(group.leaf not in change.removed, Rule.WE_ARE_REMOVED)

    suite, after = group.suite, change.after
    keys, commit_secret = _walk(group, change)
    names = change.psks
    psk = psk_secret(suite, [(name, group.find_psk(name, psks)) for name in names])
    joiner = joiner_secret(suite, _init_secret(group, change), commit_secret, after.context)
    secrets = epoch_secrets(suite, joiner, psk, after.context)
    tag = confirmation_tag(suite, secrets.confirmation, after.context.confirmed_transcript_hash)
    require(hmac.compare_digest(tag, content.confirmation_tag), Rule.CONFIRMATION_TAG)
    return next_epoch(group, after, keys, secrets, tag)


def _walk(group: Group, change: Change) -> tuple[PrivateKeys, bytes]:
    """Return our private keys after the commit, and its commit secret."""
    keys = still_valid(change.base, group.leaf, group.keys)
    leaf = change.base.leaf(group.leaf)
    if leaf is None:
        raise MlsError(Rule.WE_ARE_REMOVED)
    updated = group.updates.get(leaf.encryption_key)
    if updated is not None:
        keys[2 * group.leaf] = updated
    if change.path is None:
        return keys, bytes(group.suite.size)
    return open_path(
        group.suite,
        change.path,
        change.base,
        change.after.tree,
        change.committer,
        group.leaf,
        keys,
        change.added,
        change.path_context,
    )


def _init_secret(group: Group, change: Change) -> bytes:
    if not change.joins:
        return group.secrets.init
    private = group.suite.kem.private_key(group.secrets.external)
    try:
        return external_init(group.suite, private, change.kem_output)
    except ValueError:
        raise MlsError(Rule.PATH_OPENS) from None
