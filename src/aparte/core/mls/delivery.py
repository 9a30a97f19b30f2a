"""What a delivery service does with MLS: it follows a group from outside, one commit after another."""

from aparte.core.mls.codec import Reader
from aparte.core.mls.context import GroupInfo, interim_transcript_hash
from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.extensions import ExtensionType
from aparte.core.mls.framing import AuthenticatedContent, PublicMessage, WireFormat
from aparte.core.mls.judge import Change, judge
from aparte.core.mls.message import read_message
from aparte.core.mls.public import Policy, PublicGroup, check_group_info, external_pub
from aparte.core.mls.suites import APARTE, VERSION


def read_group_info(octets: bytes, max_size: int) -> GroupInfo:
    """Read an MLSMessage with a GroupInfo; raises ``MlsError``."""
    info = read_message(octets, max_size)
    if not isinstance(info, GroupInfo):
        raise MlsError(Rule.WIRE_FORMAT)
    return info


def follow_from(octets: bytes, tree: bytes, policy: Policy, max_size: int) -> PublicGroup:
    """Begin to follow a group whose GroupInfo (an MLSMessage) somebody left with us.

    ``tree`` are the octets of its ``ratchet_tree``, which travel apart. Raises ``MlsError``.
    """
    info = read_group_info(octets, max_size)
    group = check_group_info(APARTE, info, policy, tree)
    external_pub(info, APARTE)
    return group


def check_info_extensions(info: GroupInfo) -> None:
    """Check that a GroupInfo brings what a newcomer needs, and nothing else: the tree travels apart."""
    carried = [extension.type for extension in info.extensions]
    require(carried == [ExtensionType.EXTERNAL_PUB], Rule.INFO_EXTENSIONS)


def follow(group: PublicGroup, octets: bytes, policy: Policy, max_size: int) -> Change:
    """Check a commit (an MLSMessage) against the current epoch; ``Change.after`` is the next one.

    Members can still refuse it: membership tag, path and confirmation tag are checked with secrets. Raises
    ``MlsError``, and nothing has changed.
    """
    return judge(group, read_commit(octets, max_size), policy)


def read_place(octets: bytes, max_size: int) -> tuple[bytes, int]:
    """Read of a PublicMessage (an MLSMessage) the group and the epoch that it belongs to; raises ``MlsError``."""
    require(len(octets) <= max_size, Rule.SIZE)
    head = Reader(octets)
    require(head.u16() == VERSION, Rule.VERSION)
    require(head.u16() == WireFormat.PUBLIC_MESSAGE, Rule.WIRE_FORMAT)
    return head.vector(), head.u64()


def read_commit(octets: bytes, max_size: int) -> AuthenticatedContent:
    """Read an MLSMessage with a content in clear; raises ``MlsError``."""
    message = read_message(octets, max_size)
    if not isinstance(message, PublicMessage):
        raise MlsError(Rule.WIRE_FORMAT)
    return message.authenticated


def check_announcement(change: Change, octets: bytes, max_size: int) -> None:
    """Check that a GroupInfo (an MLSMessage) describes the epoch that a commit makes, signed by its committer.

    Newcomers start from it: one that does not fit would keep everybody else out. Its context holds the tree hash, so
    that the tree which goes with it is the one that the commit makes. Raises ``MlsError``.
    """
    info, after = read_group_info(octets, max_size), change.after
    check_info_extensions(info)
    require(info.context == after.context, Rule.INFO_TREE)
    confirmed = after.context.confirmed_transcript_hash
    interim = interim_transcript_hash(after.suite, confirmed, info.confirmation_tag)
    require(interim == after.interim_transcript_hash, Rule.INFO_TREE)
    external_pub(info, after.suite)
    signer = after.tree.leaf(info.signer) if info.signer == change.committer else None
    if signer is None:
        raise MlsError(Rule.INFO_SIGNATURE)
    key = signer.signature_key
    after.suite.verify_with_label(key, "GroupInfoTBS", info.body, info.signature, Rule.INFO_SIGNATURE)
