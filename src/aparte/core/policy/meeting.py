"""What a meeting allows beyond RFC 9420 (spec/mls.md sections 2 and 3, spec/policy.md): its policy decides."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from aparte.core.mls.commit import Commit
from aparte.core.mls.context import GroupContext, GroupInfo
from aparte.core.mls.credential import BASIC
from aparte.core.mls.delivery import check_info_extensions
from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.extensions import Extension, Extensions
from aparte.core.mls.framing import AuthenticatedContent, FramedContent, SenderType, WireFormat
from aparte.core.mls.leaf import Capabilities, LeafNode, Source
from aparte.core.mls.proposals import (
    ExternalInit,
    GroupContextExtensions,
    Inline,
    PreSharedKey,
    Proposal,
    PskType,
    Remove,
)
from aparte.core.mls.public import PublicGroup
from aparte.core.mls.suites import APARTE, VERSION, is_ed25519_key
from aparte.core.mls.tree import ParentNode, Tree
from aparte.core.policy.admission import Admission
from aparte.core.policy.charter import Charter
from aparte.core.policy.check import check_admission, check_change, check_opening, check_removal, needs_admission
from aparte.core.policy.errors import PolicyError
from aparte.core.policy.person import Person
from aparte.core.policy.policy import Policy

POLICY_TYPE: Final = 0xF0A2
"""The extension type of the policy, in the range for private use (RFC 9420 section 17.3)."""
GROUP_ID_SIZE: Final = 32
PSK_NONCE_SIZE: Final = 48
MAX_LEAVES: Final = 1_024
SIGNATURE_KEY_SIZE: Final = 32

CAPABILITIES: Final = Capabilities((VERSION,), (APARTE.id,), (POLICY_TYPE,), (), (BASIC,))
"""The only abilities a leaf may state: there is nothing to negotiate."""

_MOST_VOUCHED: Final = 4 * MAX_LEAVES


def link_psk_id(meeting: bytes) -> bytes:
    """Return the id of the pre-shared key that a meeting's link gives (spec/keys.md); the meeting id has 16 bytes."""
    return b"aparte/1 link\0" + meeting


def policy_extensions(policy: Policy) -> Extensions:
    """Return the extensions of a GroupContext in which a policy is in force."""
    return (Extension(POLICY_TYPE, policy.encoded),)


def read_policy(extensions: Extensions) -> Policy:
    """Return the policy that a GroupContext's extensions hold; raises ``MlsError`` when they hold anything else."""
    require([extension.type for extension in extensions] == [POLICY_TYPE], Rule.CONTEXT_POLICY)
    try:
        return _policy(extensions[0].data)
    except PolicyError:
        raise MlsError(Rule.CONTEXT_POLICY) from None


def read_person(leaf: LeafNode) -> Person:
    """Return the person whom a leaf names; raises ``MlsError``. Nothing vouches for it yet."""
    require(leaf.credential.type == BASIC, Rule.IDENTITY)
    try:
        return _person(leaf.credential.identity)
    except PolicyError:
        raise MlsError(Rule.IDENTITY) from None


# Every commit of an epoch is judged by the same policy, and by the same people's leaves.
@lru_cache(maxsize=64)
def _policy(octets: bytes) -> Policy:
    return Policy.read(octets)


@lru_cache(maxsize=_MOST_VOUCHED)
def _person(octets: bytes) -> Person:
    return Person.read(octets)


class MeetingPolicy:
    """The rules that everybody can check, the server too. Who holds the link also opens the names.

    ``charter`` is the meeting's. ``clock`` gives milliseconds since 1970, and ``skew`` says how wrong it may be.
    ``is_gone`` says whether a seat (16 octets) never comes back: that is the server's word.
    """

    def __init__(self, charter: Charter, clock: Callable[[], int], is_gone: Callable[[bytes], bool], skew: int) -> None:
        self.charter: Final = charter
        self._psk_id: Final = link_psk_id(charter.meeting)
        self._clock: Final = clock
        self._is_gone: Final = is_gone
        self._skew: Final = skew
        self._vouched: set[tuple[bytes, bytes]] = set()
        self._left: set[bytes] = set()

    def moment(self) -> int:
        """Return the time, in milliseconds since 1970."""
        return self._clock()

    def policy(self, context: GroupContext) -> Policy:
        """Return the policy in force; raises ``MlsError`` for one of another meeting."""
        policy = read_policy(context.extensions)
        require(policy.charter == self.charter, Rule.CONTEXT_POLICY)
        return policy

    def check_info(self, info: GroupInfo, tree: Tree) -> None:
        """Check the form of a group that is described to us."""
        context = info.context
        require(tree.suite is APARTE, Rule.ONLY_SUITE)
        require(len(context.group_id) == GROUP_ID_SIZE, Rule.GROUP_ID)
        self.policy(context)
        check_info_extensions(info)
        require(tree.size <= MAX_LEAVES, Rule.LEAVES)
        for node in tree.nodes:
            require(not isinstance(node, ParentNode) or not node.unmerged_leaves, Rule.NO_UNMERGED)

    def check_message(self, group: PublicGroup, message: AuthenticatedContent) -> None:
        """Check that a message is a commit of one of the two kinds that there are, by somebody who may make it."""
        framed, commit = message.framed, message.framed.content
        public = message.wire_format is WireFormat.PUBLIC_MESSAGE
        if not public or not isinstance(commit, Commit):
            raise MlsError(Rule.ONLY_PUBLIC_COMMITS)
        joins = framed.sender.type is SenderType.NEW_MEMBER_COMMIT
        require(joins or not framed.authenticated_data, Rule.AUTHENTICATED_DATA)
        proposals: list[Proposal] = []
        for entry in commit.proposals:
            if not isinstance(entry, Inline):
                raise MlsError(Rule.BY_VALUE)
            proposals.append(entry.proposal)
        if joins:
            self._check_join(proposals)
            full = group.tree.free_leaf() >= MAX_LEAVES
            require(not full, Rule.LEAVES)
        else:
            _check_kinds(proposals)
        if commit.path is None:
            raise MlsError(Rule.ALWAYS_A_PATH)
        if joins:
            self._check_coming_in(group, framed, commit.path.leaf)
        else:
            self._check_rights(group, framed, proposals)

    def _check_join(self, proposals: list[Proposal]) -> None:
        inits = [proposal for proposal in proposals if isinstance(proposal, ExternalInit)]
        psks = [proposal.psk for proposal in proposals if isinstance(proposal, PreSharedKey)]
        require(len(inits) == 1 and len(inits) + len(psks) == len(proposals), Rule.JOIN_EXACTLY)
        require(len(psks) == 1, Rule.LINK_PSK)
        psk = psks[0]
        ours = psk.type is PskType.EXTERNAL and psk.id == self._psk_id and len(psk.nonce) == PSK_NONCE_SIZE
        require(ours, Rule.LINK_PSK)

    def _check_coming_in(self, group: PublicGroup, framed: FramedContent, leaf: LeafNode) -> None:
        """Check that the policy lets somebody in: who it is says the leaf, which is checked with all others."""
        # Otherwise an admission would let somebody in again who was removed.
        require(leaf.signature_key not in self._left, Rule.KEY_RETURNS)
        person, data = read_person(leaf), framed.authenticated_data
        self._check_time(person)
        try:
            needed = needs_admission(self.policy(group.context), person)
        except PolicyError:
            raise MlsError(Rule.COMING_IN) from None
        require(bool(data) or not needed, Rule.COMING_IN)
        if data:
            self.check_admitted(group, data, person, leaf.signature_key)

    def check_admitted(self, group: PublicGroup, octets: bytes, person: Person, leaf_key: bytes) -> None:
        """Check that an admission lets a person in with a leaf, now; raises ``MlsError``."""
        try:
            admission = Admission.read(octets)
        except PolicyError:
            raise MlsError(Rule.AUTHENTICATED_DATA) from None
        admitter = group.tree.leaf(admission.admitter)
        if admitter is None:
            raise MlsError(Rule.ADMISSION)
        try:
            policy, who = self.policy(group.context), read_person(admitter)
            check_admission(policy, admission, person, leaf_key, who, admitter.signature_key)
            admission.check_time(self._clock(), self._skew)
        except PolicyError:
            raise MlsError(Rule.ADMISSION) from None

    def _check_rights(self, group: PublicGroup, framed: FramedContent, proposals: list[Proposal]) -> None:
        """Check that a member may remove whom it removes and change what it changes, by the policy before it."""
        committer = group.tree.leaf(framed.sender.index)
        if committer is None or not proposals:
            return
        policy, actor = self.policy(group.context), read_person(committer).subject
        for proposal in proposals:
            if isinstance(proposal, GroupContextExtensions):
                try:
                    check_change(policy, read_policy(proposal.extensions), actor)
                except PolicyError:
                    raise MlsError(Rule.POLICY_CHANGE) from None
            elif isinstance(proposal, Remove):
                removed = group.tree.leaf(proposal.removed)
                person = None if removed is None else read_person(removed)
                if person is None or self._is_gone(person.seat):
                    continue
                try:
                    check_removal(policy, actor, person.subject)
                except PolicyError:
                    raise MlsError(Rule.REMOVAL) from None

    def check_leaf(self, leaf: LeafNode, index: int) -> None:
        """Check that a leaf is one that a client of ours makes, and names a person who says so."""
        require(leaf.capabilities == CAPABILITIES, Rule.CAPABILITIES)
        require(not leaf.extensions, Rule.NO_LEAF_EXTENSIONS)
        require(leaf.source is Source.COMMIT or (leaf.source is Source.KEY_PACKAGE and index == 0), Rule.SOURCES)
        person = read_person(leaf)
        require(len(leaf.signature_key) == SIGNATURE_KEY_SIZE, Rule.IDENTITY)
        require(is_ed25519_key(leaf.signature_key), Rule.SIGNATURE_KEY)
        self._check_word(leaf.credential.identity, leaf.signature_key, person)

    def _check_word(self, identity: bytes, leaf_key: bytes, person: Person) -> None:
        """Check who somebody is: once, because nobody changes that afterwards."""
        said = identity, leaf_key
        if said in self._vouched:
            return
        try:
            person.verify(self.charter.meeting, leaf_key, self.charter.house_key)
        except PolicyError:
            raise MlsError(Rule.PERSON) from None
        if len(self._vouched) >= _MOST_VOUCHED:
            self._vouched.clear()
        self._vouched.add(said)

    def check_knock(self, identity: bytes, key: bytes) -> Person:
        """Check who knocks: the identity of a leaf that would come, and its signature key; raises ``MlsError``."""
        try:
            person = _person(identity)
        except PolicyError:
            raise MlsError(Rule.IDENTITY) from None
        require(is_ed25519_key(key), Rule.SIGNATURE_KEY)
        self._check_word(identity, key, person)
        self._check_time(person)
        return person

    def check_maker(self, person: Person) -> None:
        """Check that somebody may make the group, with a certificate that is not over."""
        try:
            check_opening(self.charter, person)
        except PolicyError:
            raise MlsError(Rule.OPENING) from None
        self._check_time(person)

    def _check_time(self, person: Person) -> None:
        try:
            if person.certificate is not None:
                person.certificate.check_time(self._clock(), self._skew)
        except PolicyError:
            raise MlsError(Rule.CERTIFICATE_TIME) from None

    def left(self, signature_keys: Iterable[bytes]) -> None:
        """Hear whose leaves were removed: none of these keys comes back."""
        self._left.update(signature_keys)

    def check_successor(self, old: LeafNode, new: LeafNode) -> None:
        """Check that a member stays who it is."""
        same = new.credential == old.credential and new.signature_key == old.signature_key
        require(same, Rule.IDENTITY_STAYS)

    def check_leaves(self, tree: Tree) -> None:
        """Check that every seat has one leaf."""
        seats = [read_person(leaf).seat for _, leaf in tree.leaves()]
        require(len(set(seats)) == len(seats), Rule.SEAT_UNIQUE)


def _check_kinds(proposals: list[Proposal]) -> None:
    """Check what a member's commit holds: removals, and at most one policy."""
    changes = [proposal for proposal in proposals if isinstance(proposal, GroupContextExtensions)]
    removes = [proposal for proposal in proposals if isinstance(proposal, Remove)]
    require(len(changes) <= 1 and len(changes) + len(removes) == len(proposals), Rule.MEMBER_PROPOSALS)
