"""A group with all its members in one place, and a history that a seed decides."""

import random
from dataclasses import replace

from aparte.core.mls.credential import BASIC, Credential
from aparte.core.mls.extensions import Extension, Extensions, ExtensionType, RequiredCapabilities
from aparte.core.mls.framing import PrivateMessage, PublicMessage
from aparte.core.mls.judge import judge
from aparte.core.mls.leaf import Capabilities
from aparte.core.mls.message import read_message, write_message
from aparte.core.mls.proposals import (
    Add,
    GroupContextExtensions,
    PreSharedKey,
    PreSharedKeyId,
    Proposal,
    PskType,
    Remove,
)
from aparte.core.mls.public import PublicGroup, check_group_info
from aparte.core.mls.welcome import Welcome
from aparte.e2ee.mls.application import open_application, seal_application
from aparte.e2ee.mls.commit import Committed, commit
from aparte.e2ee.mls.create import OwnKeyPackage, OwnLeaf, create, new_key_package, new_leaf
from aparte.e2ee.mls.group import Group
from aparte.e2ee.mls.join import join, join_external
from aparte.e2ee.mls.process import process
from aparte.e2ee.mls.propose import hear_public, propose, propose_update
from aparte.e2ee.mls.suite import SecretSuite
from tests.e2ee.mls.policies import UNSAFE_OPEN
from tests.e2ee.mls.suites import SUITES

MAX = 1 << 22
PSKS = {b"one": b"1" * 32, b"two": b"2" * 20}
Message = PublicMessage | PrivateMessage


def abilities(suite: SecretSuite) -> Capabilities:
    return Capabilities((1,), (suite.public.id,), (), (), (BASIC,))


class Crowd:
    """Every member's view of one group. After each step all views are compared."""

    def __init__(self, seed: int, suite: SecretSuite = SUITES[1]) -> None:
        self.rng = random.Random(seed)
        self.suite = suite
        self.count = 0
        first = self.leaf()
        group = create(suite, UNSAFE_OPEN, b"crowd", first, self.rng.randbytes)
        self.members = [replace(group, keeps_resumptions=2)]
        # Somebody outside who has no secret follows as long as commits are in clear.
        self.outside: PublicGroup | None = self.look(group)

    def leaf(self) -> OwnLeaf:
        self.count += 1
        credential = Credential(BASIC, f"member {self.count}".encode())
        seed = self.rng.randbytes(32)
        return new_leaf(self.suite, credential, abilities(self.suite), seed, self.rng.randbytes)

    def package(self) -> OwnKeyPackage:
        return new_key_package(self.suite, self.leaf(), self.rng.randbytes)

    def look(self, group: Group) -> PublicGroup:
        return check_group_info(self.suite.public, group.info(), UNSAFE_OPEN)

    def psk(self) -> PreSharedKey:
        nonce = self.rng.randbytes(self.suite.size)
        member = self.members[0]
        if member.resumptions and self.rng.random() < 0.4:
            shared = set.intersection(*(set(one.resumptions) for one in self.members))
            if shared:
                epoch = self.rng.choice(sorted(shared))
                return PreSharedKey(PreSharedKeyId(PskType.RESUMPTION, nonce, group_id=member.group_id, epoch=epoch))
        return PreSharedKey(PreSharedKeyId(PskType.EXTERNAL, nonce, self.rng.choice(list(PSKS))))

    def policy_change(self) -> GroupContextExtensions:
        required = RequiredCapabilities((), (), (BASIC,)).encoded
        extension = Extension(ExtensionType.REQUIRED_CAPABILITIES, required)
        extensions: Extensions = (extension,) if self.rng.random() < 0.5 else ()
        return GroupContextExtensions(extensions)

    def step(self) -> str:
        names = ["add", "external", "update", "refresh", "psk", "policy", "resync", "race", "talk"]
        names += ["remove"] * (3 if len(self.members) > 8 else 1)
        name = self.rng.choice(names)
        getattr(self, f"do_{name}")()
        self.agree()
        return name

    def agree(self) -> None:
        first = self.members[0]
        exported = first.export("walk", b"context", 40)
        for member in self.members:
            assert member.epoch_authenticator == first.epoch_authenticator
            assert member.export("walk", b"context", 40) == exported
            assert member.public.context == first.public.context
            assert member.public.tree.encoded == first.public.tree.encoded
            own = member.public.tree.leaf(member.leaf)
            assert own is not None
            for node, key in member.keys.items():
                found = member.public.tree.nodes[node]
                assert found is not None
                assert self.suite.kem.public_key(key) == found.encryption_key
        if self.outside is not None:
            assert self.outside.context == first.public.context
            assert self.outside.interim_transcript_hash == first.public.interim_transcript_hash

    def deliver(self, made: Committed, committer: Group | None, removed: frozenset[int] = frozenset()) -> None:
        """Everybody follows; the octets travel as they would. A newcomer comes last."""
        message = read_message(write_message(made.message), MAX)
        assert isinstance(message, Message)
        after: list[Group] = []
        for member in self.members:
            if committer is not None and member.leaf == committer.leaf:
                after.append(made.group)
            elif member.leaf not in removed:
                after.append(process(member, message, PSKS))
        if committer is None:
            after.append(replace(made.group, keeps_resumptions=2))
        if isinstance(message, PublicMessage) and self.outside is not None:
            pending = self.members[0].pending
            self.outside = judge(self.outside, message.authenticated, UNSAFE_OPEN, pending).after
        else:
            self.outside = self.look(made.group)
        self.members = after

    def commit(
        self, proposals: list[Proposal], references: list[bytes] | None = None, removed: frozenset[int] = frozenset()
    ) -> Committed:
        committer = self.rng.choice([member for member in self.members if member.leaf not in removed])
        made = commit(
            committer,
            proposals,
            self.rng.randbytes,
            references=references or [],
            psks=PSKS,
            with_path=self.rng.random() < 0.7,
            private=self.rng.random() < 0.3,
        )
        self.deliver(made, committer, removed)
        return made

    def welcome(self, made: Committed, owns: list[OwnKeyPackage]) -> None:
        assert made.welcome is not None
        message = read_message(write_message(made.welcome), MAX)
        assert isinstance(message, Welcome)
        for own in owns:
            group = join(self.suite, UNSAFE_OPEN, message, own, psks=PSKS)
            self.members.append(replace(group, keeps_resumptions=2))

    def do_add(self) -> None:
        owns = [self.package() for _ in range(self.rng.randint(1, 3))]
        proposals: list[Proposal] = [Add(own.package) for own in owns]
        if self.rng.random() < 0.3:
            nonce = self.rng.randbytes(self.suite.size)
            proposals.append(PreSharedKey(PreSharedKeyId(PskType.EXTERNAL, nonce, b"one")))
        self.welcome(self.commit(proposals), owns)

    def do_remove(self) -> None:
        if len(self.members) < 2:
            return
        gone = self.rng.sample([member.leaf for member in self.members], self.rng.randint(1, len(self.members) // 2))
        self.commit([Remove(leaf) for leaf in gone], removed=frozenset(gone))

    def do_refresh(self) -> None:
        self.commit([])

    def do_psk(self) -> None:
        self.commit([self.psk()])

    def do_policy(self) -> None:
        proposals: list[Proposal] = [self.policy_change()]
        removed: frozenset[int] = frozenset()
        if len(self.members) > 2 and self.rng.random() < 0.5:
            removed = frozenset([self.rng.choice(self.members).leaf])
            proposals += [Remove(leaf) for leaf in removed]
        self.commit(proposals, removed=removed)

    def do_update(self) -> None:
        """Somebody proposes fresh keys, somebody else a key from elsewhere; a third commits both by reference."""
        if len(self.members) < 2:
            return
        at = self.rng.randrange(len(self.members))
        for proposer, update in ((at, True), (self.rng.randrange(len(self.members)), False)):
            member = self.members[proposer]
            after, message = propose_update(member, self.rng.randbytes) if update else propose(member, self.psk())
            self.members = [
                after if index == proposer else hear_public(one, message) for index, one in enumerate(self.members)
            ]
        references = list(self.members[0].pending)
        committer = self.rng.choice([one for index, one in enumerate(self.members) if index != at])
        made = commit(committer, [], self.rng.randbytes, references=references, psks=PSKS)
        self.deliver(made, committer)

    def do_external(self) -> None:
        psk = PreSharedKeyId(PskType.EXTERNAL, self.rng.randbytes(self.suite.size), b"one")
        info = self.rng.choice(self.members).info()
        made = join_external(self.suite, UNSAFE_OPEN, info, self.leaf(), self.rng.randbytes, psks=[(psk, PSKS[b"one"])])
        self.deliver(made, None)

    def do_resync(self) -> None:
        """A member has lost its state and comes back in the place of its former leaf."""
        if len(self.members) < 2:
            return
        lost = self.rng.choice(self.members)
        info = self.rng.choice([member for member in self.members if member is not lost]).info()
        made = join_external(self.suite, UNSAFE_OPEN, info, self.leaf(), self.rng.randbytes, removes=[lost.leaf])
        self.deliver(made, None, frozenset([lost.leaf]))

    def do_race(self) -> None:
        """Two commit at once: one of them is lost, with everything that its maker derived."""
        if len(self.members) > 1:
            loser = self.rng.choice(self.members)
            commit(loser, [], self.rng.randbytes)
        self.commit([])

    def do_talk(self) -> None:
        """Three messages arrive in another order."""
        at = self.rng.randrange(len(self.members))
        sent: list[PrivateMessage] = []
        for _ in range(3):
            self.members[at], message = seal_application(
                self.members[at], b"hello", self.rng.randbytes, authenticated_data=b"seen", padding=9
            )
            sent.append(message)
        self.rng.shuffle(sent)
        for index, member in enumerate(self.members):
            for message in sent if index != at else []:
                member, received = open_application(member, message)
                assert (received.sender, received.data) == (self.members[at].leaf, b"hello")
                assert received.authenticated_data == b"seen"
            self.members[index] = member
