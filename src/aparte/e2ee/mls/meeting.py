"""The group of one meeting (spec/mls.md) behind a narrow interface: who is in it, and keys that only they have.

A ``MeetingGroup`` is one epoch and never changes. One that is only proposed counts when the server accepts its commit,
and is forgotten when it does not.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from aparte.core.mls.credential import BASIC, Credential
from aparte.core.mls.delivery import read_group_info
from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.framing import PublicMessage
from aparte.core.mls.judge import Change, judge
from aparte.core.mls.message import read_message, write_message
from aparte.core.mls.proposals import GroupContextExtensions, PreSharedKeyId, Proposal, PskType, Remove
from aparte.core.mls.public import PublicGroup
from aparte.core.policy.admission import LIFETIME_MS, Admission
from aparte.core.policy.charter import Charter
from aparte.core.policy.meeting import (
    CAPABILITIES,
    GROUP_ID_SIZE,
    PSK_NONCE_SIZE,
    policy_extensions,
    read_person,
)
from aparte.core.policy.policy import Policy
from aparte.core.wire.limits import MAX_COMMIT, MAX_INFO, MAX_TREE
from aparte.e2ee.keys import NONCE_SIZE, KeysError, LinkKeys
from aparte.e2ee.mls.commit import Committed, commit
from aparte.e2ee.mls.create import OwnLeaf, create, new_leaf
from aparte.e2ee.mls.group import Group
from aparte.e2ee.mls.hpke import Random
from aparte.e2ee.mls.join import join_external
from aparte.e2ee.mls.policy import LinkPolicy
from aparte.e2ee.mls.process import process
from aparte.e2ee.mls.suite import APARTE, SecretSuite
from aparte.e2ee.person import OwnPerson

_SIGNATURE_SEED_SIZE: Final = 32


def _nobody(_seat: bytes) -> bool:
    return False


@dataclass(frozen=True, slots=True, repr=False)
class Participant:
    """Who one is in a meeting, under a seat (16 bytes) that the server drew, and what one knows of it.

    ``charter`` is one whose tag was checked (``e2ee.charter``); ``clock`` gives milliseconds since 1970;
    ``is_gone`` says which seats the server called gone.
    """

    seat: bytes
    own: OwnPerson
    keys: LinkKeys
    charter: Charter
    clock: Callable[[], int]
    is_gone: Callable[[bytes], bool] = _nobody

    def policy(self) -> LinkPolicy:
        """Return the rules of the meeting as they are for us."""
        return LinkPolicy(self.keys, self.charter, self.clock, self.is_gone)

    def new_leaf(self, random: Random, suite: SecretSuite = APARTE) -> OwnLeaf:
        """Make a leaf with fresh keys; raises ``MlsError`` for a name that nobody may have."""
        return self.leaf_of(random(_SIGNATURE_SEED_SIZE), random, suite)

    def leaf_of(self, signature_key: bytes, random: Random, suite: SecretSuite = APARTE) -> OwnLeaf:
        """Make a leaf with a private signature key that has been shown already, when we knocked."""
        return new_leaf(
            suite, self.credential(suite.signature_key(signature_key), random), CAPABILITIES, signature_key, random
        )

    def credential(self, leaf_key: bytes, random: Random) -> Credential:
        """Return what a leaf with this public signature key says of us; raises ``MlsError``."""
        try:
            said = self.own.identity(self.keys.name_key, self.charter.meeting, self.seat, leaf_key, random(NONCE_SIZE))
        except (KeysError, ValueError):
            raise MlsError(Rule.IDENTITY) from None
        return Credential(BASIC, said.encoded)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the group, as the tree says: leaf index, seat (16 bytes), name, fingerprint of the signature key.

    ``subject`` is what rights are given to; ``is_guest``: no account of the house stands behind it.
    """

    leaf: int
    seat: bytes
    name: str
    label: str
    subject: bytes
    is_guest: bool
    fingerprint: str


@dataclass(frozen=True, slots=True, repr=False)
class Admitted:
    """What lets somebody in who knocked: the admission, and the private signature key of the leaf that it names."""

    admission: bytes
    signature_key: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Proposed:
    """An epoch that begins if the server accepts ``commit``; ``info`` is its GroupInfo for newcomers. MLSMessages."""

    group: "MeetingGroup"
    commit: bytes
    info: bytes


@dataclass(frozen=True, slots=True)
class Heard:
    """A commit and what it does to the public half ``before``, checked with everything that needs no secret."""

    before: PublicGroup
    message: PublicMessage
    change: Change


@dataclass(frozen=True, slots=True, repr=False)
class MeetingGroup:
    """One epoch as one participant has it. Every refusal is an ``MlsError``, and nothing has changed."""

    group: Group
    policy: LinkPolicy

    @classmethod
    def create(
        cls, who: Participant, random: Random, suite: SecretSuite = APARTE
    ) -> tuple["MeetingGroup", bytes, bytes]:
        """Return a group of one, its GroupInfo and its tree; it counts when the server accepts them."""
        policy, leaf = who.policy(), who.new_leaf(random, suite)
        policy.check_maker(read_person(leaf.node))
        extensions = policy_extensions(Policy.first(who.charter))
        group = create(suite, policy, random(GROUP_ID_SIZE), leaf, random, extensions)
        return cls(group, policy), write_message(group.info(with_tree=False)), group.public.tree.encoded

    @classmethod
    def join(
        cls,
        info: bytes,
        tree: bytes,
        who: Participant,
        random: Random,
        known: PublicGroup | None = None,
        suite: SecretSuite = APARTE,
        admitted: Admitted | None = None,
    ) -> Proposed:
        """Ask to join the group of a GroupInfo with this tree. Whether its epoch is in force nobody outside can see.

        ``known`` is the public half of that epoch from somebody who has checked it: then the tree is not checked again.
        ``suite`` is ours, whatever it is made of. ``admitted`` is what whoever had to knock was given.
        """
        policy = who.policy()
        psk = PreSharedKeyId(PskType.EXTERNAL, random(PSK_NONCE_SIZE), who.keys.psk_id)
        require(len(tree) <= MAX_TREE, Rule.SIZE)
        described = read_group_info(info, MAX_INFO)
        key = random(_SIGNATURE_SEED_SIZE) if admitted is None else admitted.signature_key
        data = b"" if admitted is None else admitted.admission
        leaf, psks = who.leaf_of(key, random, suite), [(psk, who.keys.psk)]
        made = join_external(
            suite, policy, described, leaf, random, psks=psks, ratchet_tree=tree, known=known, authenticated_data=data
        )
        return _proposed(made, policy)

    def commit(self, removes: Sequence[int], random: Random, policy: Policy | None = None) -> Proposed:
        """Propose fresh keys for everybody, without the leaves ``removes`` and, if given, under another policy."""
        proposals: list[Proposal] = [Remove(leaf) for leaf in removes]
        if policy is not None:
            proposals.append(GroupContextExtensions(policy_extensions(policy)))
        made = commit(self.group, proposals, random)
        self._note(removes)
        return _proposed(made, self.policy)

    @property
    def meeting_policy(self) -> Policy:
        """Who may do what in this epoch."""
        return self.policy.policy(self.group.public.context)

    def admit(self, seat: bytes, subject: bytes, leaf_key: bytes) -> bytes:
        """Let somebody in who knocked with a leaf: an ``Admission`` signed by our leaf."""
        meeting, until = self.policy.charter.meeting, self.policy.moment() + LIFETIME_MS
        unsigned = Admission(meeting, seat, subject, leaf_key, until, self.group.leaf, b"")
        return replace(unsigned, signature=self.group.suite.sign(self.group.signature_key, unsigned.content)).encoded

    def process(self, octets: bytes) -> "MeetingGroup":
        """Return the epoch that somebody else's commit begins."""
        return self.enter(self.hear(octets))

    def hear(self, octets: bytes) -> Heard:
        """Check of somebody else's commit what needs no secret: every member of this epoch gets the same result."""
        message = read_message(octets, MAX_COMMIT)
        if not isinstance(message, PublicMessage):
            raise MlsError(Rule.ONLY_PUBLIC_COMMITS)
        public = self.group.public
        return Heard(public, message, judge(public, message.authenticated, self.policy))

    def enter(self, heard: Heard) -> "MeetingGroup":
        """Check the rest, and return the epoch that the commit begins."""
        change = heard.change if heard.before.is_same(self.group.public) else None
        after = process(self.group, heard.message, self.policy.psks, change)
        self._note(heard.change.removed)
        return MeetingGroup(after, self.policy)

    def _note(self, removed: Sequence[int]) -> None:
        leaves = (self.group.public.tree.leaf(index) for index in removed)
        self.policy.left(leaf.signature_key for leaf in leaves if leaf is not None)

    def people(self) -> tuple[Person, ...]:
        """Return everybody in the group, by rising leaf: nobody else is in the meeting."""
        found: list[Person] = []
        for index, leaf in self.group.members():
            identity = self.policy.identity(leaf)
            who, print_ = identity.person, fingerprint(leaf.signature_key)
            is_guest = who.certificate is None
            found.append(Person(index, who.seat, identity.name, identity.label, who.subject, is_guest, print_))
        return tuple(found)

    def sframe_base_key(self) -> bytes:
        """Return the base key of this epoch's media (spec/keys.md): 32 bytes."""
        return self.group.export("SFrame 1.0 Base Key", b"", 32)

    def attest(self, content: bytes) -> bytes:
        """Sign what ``aparte.e2ee.attest`` has made, and nothing else, with the key of our leaf: 64 bytes."""
        return self.group.suite.sign(self.group.signature_key, content)

    def epoch_authenticator(self) -> bytes:
        """Return 48 bytes that every member of this epoch has, and nobody else."""
        return self.group.epoch_authenticator


def fingerprint(signature_key: bytes) -> str:
    """Return what two people compare: the first 16 bytes of the key's SHA-384, as 8 groups of 4 digits."""
    digits = hashlib.sha384(signature_key).hexdigest()[:32]
    return " ".join(digits[at : at + 4] for at in range(0, 32, 4))


def _proposed(made: Committed, policy: LinkPolicy) -> Proposed:
    group = MeetingGroup(made.group, policy)
    return Proposed(group, write_message(made.message), write_message(made.group.info(with_tree=False)))
