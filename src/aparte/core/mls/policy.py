"""What a meeting allows beyond RFC 9420 (spec/keys.md, spec/mls.md sections 2 and 3): very little."""

from typing import Final

from aparte.core.mls.commit import Commit
from aparte.core.mls.context import GroupInfo
from aparte.core.mls.credential import BASIC
from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.extensions import ExtensionType
from aparte.core.mls.framing import AuthenticatedContent, SenderType, WireFormat
from aparte.core.mls.leaf import Capabilities, LeafNode, Source
from aparte.core.mls.proposals import ExternalInit, Inline, PreSharedKey, Proposal, PskType, Remove
from aparte.core.mls.public import PublicGroup
from aparte.core.mls.suites import APARTE, VERSION, is_ed25519_key
from aparte.core.mls.tree import ParentNode, Tree
from aparte.core.wire.limits import SEAT_SIZE

GROUP_ID_SIZE: Final = 32
PSK_NONCE_SIZE: Final = 48
MAX_LEAVES: Final = 1_024
IDENTITY_SIZE: Final = 173
"""A version, a seat of 16 octets, a nonce of 12, a sealed name of 128 and its tag of 16 (spec/keys.md)."""
SIGNATURE_KEY_SIZE: Final = 32

CAPABILITIES: Final = Capabilities((VERSION,), (APARTE.id,), (), (), (BASIC,))
"""The only abilities a leaf may state: there is nothing to negotiate."""


def read_seat(identity: bytes) -> bytes:
    """Return the seat (16 octets) that an identity names in clear; raises ``MlsError``. Nothing vouches for it yet."""
    require(len(identity) == IDENTITY_SIZE and identity[0] == 1, Rule.IDENTITY)
    return identity[1 : 1 + SEAT_SIZE]


def link_psk_id(meeting: bytes) -> bytes:
    """Return the id of the pre-shared key that a meeting's link gives (spec/keys.md); the meeting id has 16 bytes."""
    return b"aparte/1 link\0" + meeting


def check_info_extensions(info: GroupInfo) -> None:
    """Check that a GroupInfo brings what a newcomer needs, and nothing else: the tree travels apart."""
    carried = [extension.type for extension in info.extensions]
    require(carried == [ExtensionType.EXTERNAL_PUB], Rule.INFO_EXTENSIONS)


class MeetingPolicy:
    """The rules that everybody can check, the server too. Who holds the link also opens the identities."""

    __slots__ = ("psk_id",)

    def __init__(self, psk_id: bytes) -> None:
        self.psk_id: Final = psk_id

    def check_info(self, info: GroupInfo, tree: Tree) -> None:
        """Check the form of a group that is described to us."""
        context = info.context
        require(tree.suite is APARTE, Rule.ONLY_SUITE)
        require(len(context.group_id) == GROUP_ID_SIZE, Rule.GROUP_ID)
        require(not context.extensions, Rule.NO_CONTEXT_EXTENSIONS)
        check_info_extensions(info)
        require(tree.size <= MAX_LEAVES, Rule.LEAVES)
        for node in tree.nodes:
            require(not isinstance(node, ParentNode) or not node.unmerged_leaves, Rule.NO_UNMERGED)

    def check_message(self, group: PublicGroup, message: AuthenticatedContent) -> None:
        """Check that a message is a commit of one of the two kinds that there are."""
        framed, commit = message.framed, message.framed.content
        public = message.wire_format is WireFormat.PUBLIC_MESSAGE
        if not public or not isinstance(commit, Commit):
            raise MlsError(Rule.ONLY_PUBLIC_COMMITS)
        require(not framed.authenticated_data, Rule.NO_AUTHENTICATED_DATA)
        proposals: list[Proposal] = []
        for entry in commit.proposals:
            if not isinstance(entry, Inline):
                raise MlsError(Rule.BY_VALUE)
            proposals.append(entry.proposal)
        if framed.sender.type is SenderType.NEW_MEMBER_COMMIT:
            self._check_join(proposals)
            full = group.tree.free_leaf() >= MAX_LEAVES
            require(not full, Rule.LEAVES)
        else:
            require(all(isinstance(proposal, Remove) for proposal in proposals), Rule.MEMBER_PROPOSALS)
        require(commit.path is not None, Rule.ALWAYS_A_PATH)

    def _check_join(self, proposals: list[Proposal]) -> None:
        inits = [proposal for proposal in proposals if isinstance(proposal, ExternalInit)]
        psks = [proposal.psk for proposal in proposals if isinstance(proposal, PreSharedKey)]
        require(len(inits) == 1 and len(inits) + len(psks) == len(proposals), Rule.JOIN_EXACTLY)
        require(len(psks) == 1, Rule.LINK_PSK)
        psk = psks[0]
        ours = psk.type is PskType.EXTERNAL and psk.id == self.psk_id and len(psk.nonce) == PSK_NONCE_SIZE
        require(ours, Rule.LINK_PSK)

    def check_leaf(self, leaf: LeafNode, index: int) -> None:
        """Check that a leaf is one that a client of ours makes, and names a seat."""
        require(leaf.capabilities == CAPABILITIES, Rule.CAPABILITIES)
        require(not leaf.extensions, Rule.NO_LEAF_EXTENSIONS)
        require(leaf.source is Source.COMMIT or (leaf.source is Source.KEY_PACKAGE and index == 0), Rule.SOURCES)
        require(leaf.credential.type == BASIC and len(leaf.signature_key) == SIGNATURE_KEY_SIZE, Rule.IDENTITY)
        require(is_ed25519_key(leaf.signature_key), Rule.SIGNATURE_KEY)
        read_seat(leaf.credential.identity)

    def check_successor(self, old: LeafNode, new: LeafNode) -> None:
        """Check that a member stays who it is."""
        same = new.credential == old.credential and new.signature_key == old.signature_key
        require(same, Rule.IDENTITY_STAYS)

    def check_leaves(self, tree: Tree) -> None:
        """Check that every seat has one leaf."""
        seats = [read_seat(leaf.credential.identity) for _, leaf in tree.leaves()]
        require(len(set(seats)) == len(seats), Rule.SEAT_UNIQUE)
