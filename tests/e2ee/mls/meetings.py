"""Meetings for tests of their rules: who is in them, what their server knows, and newcomers who break one rule."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from aparte.core.mls.commit import Commit
from aparte.core.mls.delivery import follow
from aparte.core.mls.errors import Rule
from aparte.core.mls.framing import NEW_MEMBER, PublicMessage
from aparte.core.mls.leaf import LeafNode
from aparte.core.mls.message import write_message
from aparte.core.mls.proposals import PreSharedKey, PreSharedKeyId, PskType
from aparte.core.policy.admission import Admission
from aparte.core.policy.charter import Charter
from aparte.core.policy.meeting import MeetingPolicy
from aparte.core.policy.person import Person
from aparte.core.policy.policy import Policy
from aparte.e2ee.keys import derive_link_keys
from aparte.e2ee.mls.create import OwnLeaf
from aparte.e2ee.mls.group import Group
from aparte.e2ee.mls.join import join_external
from aparte.e2ee.mls.meeting import Admitted, MeetingGroup, Participant
from aparte.e2ee.mls.suite import APARTE
from aparte.e2ee.person import OwnPerson
from tests.charters import HouseKey, charter_for, guest
from tests.e2ee.mls.forge import frame, refused, sign_leaf
from tests.e2ee.mls.policies import UNSAFE_OPEN
from tests.e2ee.mls.random import seeded

MAX = 1 << 18
MEETING, SECRET = bytes(16), bytes(32)
KEYS = derive_link_keys(SECRET, MEETING)
RANDOM = seeded(17)
NOW = 1_800_000_000_000
"""Milliseconds since 1970."""
HOUSE = HouseKey()
ACCOUNTS = {name: bytes([number]) * 16 for number, name in enumerate(("olga", "otto", "adam", "anna"), 0xA0)}
"""Who has an account; everybody else is a guest. Olga and Otto are organisers where a charter names them."""
ORGANISERS = (ACCOUNTS["olga"], ACCOUNTS["otto"])
CHARTER = charter_for(MEETING, SECRET, HOUSE.key, ORGANISERS)

Edit = Callable[[LeafNode], LeafNode]


class Clock:
    """Says what time it is, as a test likes it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


def own(name: str, until: int = 2**62) -> OwnPerson:
    """Give a guest or an account, always with the same person key."""
    return HOUSE.person(name, ACCOUNTS[name], until) if name in ACCOUNTS else guest(name)


def seat_of(name: str) -> bytes:
    return name.encode().ljust(16, b".")


def link_psk(**changes: object) -> PreSharedKey:
    name = PreSharedKeyId(PskType.EXTERNAL, bytes(48), KEYS.psk_id)
    return PreSharedKey(replace(name, **changes))  # type: ignore[arg-type]


def joining(one: Group, leaf: OwnLeaf, edit: Edit = lambda leaf: leaf, data: bytes = b"") -> PublicMessage:
    """A newcomer's commit with a changed leaf; as far as its tag nothing else is wrong."""
    made = join_external(APARTE, UNSAFE_OPEN, one.info(), leaf, seeded(3), psks=[(link_psk().psk, KEYS.psk)])
    assert isinstance(made.message, PublicMessage)
    content = made.message.authenticated.framed.content
    assert isinstance(content, Commit)
    assert content.path is not None
    changed = sign_leaf(one, edit(content.path.leaf), key=leaf.signature_key, index=made.group.leaf)
    path = replace(content.path, leaf=changed)
    return frame(one, replace(content, path=path), sender=NEW_MEMBER, key=leaf.signature_key, data=data)


def named(change: Callable[[Person], Person]) -> Edit:
    """Change whom a leaf names."""

    def edit(leaf: LeafNode) -> LeafNode:
        person = change(Person.read(leaf.credential.identity))
        return replace(leaf, credential=replace(leaf.credential, identity=person.encoded))

    return edit


class Scene:
    """A meeting, its clock and who is gone; its members follow each other. The first one makes the group."""

    def __init__(self, *names: str, charter: Charter = CHARTER) -> None:
        self.charter = charter
        self.clock = Clock()
        self.gone: set[bytes] = set()
        self.server = MeetingPolicy(charter, self.clock, self.gone.__contains__, 0)
        first, *others = names
        group, self.info, _ = MeetingGroup.create(self.who(first), RANDOM)
        self.members = {first: group}
        for name in others:
            self.join(name)

    def who(self, name: str, person: OwnPerson | None = None) -> Participant:
        return Participant(
            seat_of(name), person or own(name), KEYS, self.charter, self.clock, lambda seat: seat in self.gone
        )

    def __getitem__(self, name: str) -> MeetingGroup:
        return self.members[name]

    def leaf(self, name: str) -> int:
        return self.members[name].group.leaf

    def subject(self, name: str) -> bytes:
        return own(name).subject

    @property
    def any(self) -> MeetingGroup:
        """Whoever came last: a member of the epoch in force."""
        return next(reversed(self.members.values()))

    @property
    def tree(self) -> bytes:
        return self.any.group.public.tree.encoded

    @property
    def policy(self) -> Policy:
        return self.any.meeting_policy

    def join(self, name: str, admitted: Admitted | None = None) -> None:
        made = MeetingGroup.join(self.info, self.tree, self.who(name), RANDOM, admitted=admitted)
        self._follow(made.commit, made.info)
        self.members[name] = made.group

    def commit(self, name: str, removes: Iterable[str] = (), policy: Policy | None = None) -> None:
        """Let a member commit, and everybody else follow."""
        gone = sorted(self.leaf(other) for other in removes)
        made = self.members[name].commit(gone, RANDOM, policy)
        for other in [other for other, group in self.members.items() if group.group.leaf in gone]:
            del self.members[other]
        del self.members[name]
        self._follow(made.commit, made.info)
        self.members[name] = made.group

    def _follow(self, commit: bytes, info: bytes) -> None:
        self.members = {other: group.process(commit) for other, group in self.members.items()}
        self.info = info

    def admission(self, name: str, shown: bytes, by: str, **changes: object) -> bytes:
        """Somebody's word that lets ``name`` in with a leaf of this key; ``changes`` are of what it signs."""
        group = self.members[by].group
        fields = {
            "meeting": MEETING,
            "seat": seat_of(name),
            "subject": self.subject(name),
            "leaf_key": shown,
            "until": self.clock.now + 60_000,
            "admitter": group.leaf,
        } | changes
        unsigned = Admission(**fields, signature=b"")  # type: ignore[arg-type]
        return replace(unsigned, signature=group.suite.sign(group.signature_key, unsigned.content)).encoded

    def coming(
        self, name: str, edit: Edit = lambda leaf: leaf, data: bytes = b"", leaf: OwnLeaf | None = None
    ) -> PublicMessage:
        """The commit with which somebody would come in."""
        made = self.who(name).new_leaf(seeded(9)) if leaf is None else leaf
        return joining(self.any.group, made, edit, data)

    def refuse(self, message: PublicMessage, rule: Rule, at: str | None = None, *, server: bool = True) -> None:
        """Refused by a member (whoever came last, or ``at``), and by the server with the same rule."""
        receiver, octets = self.any if at is None else self.members[at], write_message(message)
        with refused(rule):
            receiver.process(octets)
        if server:
            with refused(rule):
                follow(receiver.group.public, octets, self.server, MAX)

    def allow(self, message: PublicMessage, at: str | None = None) -> None:
        """What is forged soundly passes until its tag, and passes the server."""
        receiver, octets = self.any if at is None else self.members[at], write_message(message)
        with refused(Rule.CONFIRMATION_TAG):
            receiver.process(octets)
        follow(receiver.group.public, octets, self.server, MAX)
