"""Who is in the meeting: exactly the leaves of the group's tree, nobody else and nobody less (spec/mls.md 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from aparte.core.mls.errors import Rule, require
from aparte.core.mls.leaf import Source
from aparte.core.policy.meeting import read_person
from aparte.core.policy.policy import Policy
from aparte.core.policy.rights import NONE, Rights, forbidden
from aparte.core.wire.b64 import b64_encode
from aparte.core.wire.header import Stream
from aparte.e2ee.attest.witness import Doubt
from aparte.e2ee.content import Client
from aparte.e2ee.mls.meeting import MeetingGroup, fingerprint
from aparte.e2ee.safety import person_code


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the meeting.

    ``leaf``, ``seat`` (b64 text), ``name``, ``label`` and ``fingerprint`` (of the signature key) are what the tree
    says, and ``subject`` (16 octets), to whom rights are given; ``is_guest``: no account stands behind the name.
    ``person_key`` (32 octets) stays when the person comes back; ``code`` is what two people compare of it.
    ``rights`` are what the policy in force lets this person do.
    ``mic``, ``camera`` and ``client`` are that person's own sealed words; ``client`` is None until the first of them.
    ``away`` is the server's word: the connection is cut.
    ``doubt`` says why what comes under this name is not proven to come from this person; None while it is.
    """

    leaf: int
    seat: str
    name: str
    label: str
    subject: bytes
    is_guest: bool
    rights: Rights
    fingerprint: str
    person_key: bytes
    is_me: bool = False
    mic: bool = False
    camera: bool = False
    client: Client | None = None
    away: bool = False
    doubt: Doubt | None = None

    @property
    def code(self) -> str:
        """The code of the person key: six groups of five digits (spec/keys.md)."""
        return person_code(self.person_key)

    @property
    def proven(self) -> bool:
        """Whether nothing under this name is in doubt."""
        return self.doubt is None


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf node of the epoch in force (RFC 9420 section 7.2); all of it is public.

    ``leaf`` is its index in the tree, ``seat`` b64 text. ``signature_key`` and ``encryption_key`` are octets in the
    form of the cipher suite. ``source`` is ``KEY_PACKAGE`` for who made the group, until a commit of its own.
    """

    leaf: int
    seat: str
    signature_key: bytes
    encryption_key: bytes
    source: Source


@dataclass(frozen=True, slots=True)
class Member:
    """What the tree says of one leaf; ``seat`` is b64 text, ``subject`` 16 octets, the keys 32 each."""

    leaf: int
    seat: str
    name: str
    label: str
    subject: bytes
    is_guest: bool
    fingerprint: str
    signature_key: bytes
    person_key: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Roster:
    """The members of one epoch by seat, by rising leaf; ``seats`` by leaf, ``leaves`` are all of them.

    ``policy`` says who may do what. ``opened`` remembers members by sealed identity and signature key.
    """

    members: Mapping[str, Member] = field(default_factory=dict)
    seats: Mapping[int, str] = field(default_factory=dict)
    leaves: frozenset[int] = frozenset()
    policy: Policy | None = None
    opened: Mapping[bytes, Member] = field(default_factory=dict)

    def forbidden(self) -> Mapping[int, frozenset[Stream]]:
        """Return what members may not send, by leaf; who may send everything is not in it."""
        policy = self.policy
        found = {} if policy is None else {m.leaf: forbidden(policy.rights(m.subject)) for m in self.members.values()}
        return {leaf: streams for leaf, streams in found.items() if streams}

    def rights(self, seat: str) -> Rights:
        """Return what somebody may do now; nothing for who is not there."""
        member = self.members.get(seat)
        return NONE if member is None or self.policy is None else self.policy.rights(member.subject)


Why = Literal["present", "admission", "locked", "closed"]
"""What somebody waits for who cannot come in yet: to say who it is, to be admitted, the lock, the beginning."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """We cannot come in yet; ``someone``: somebody is there who may let people in."""

    why: Why
    someone: bool


@dataclass(frozen=True, slots=True)
class Knocker:
    """Somebody who knocks: ``seat`` b64 text, ``subject`` 16 octets, ``leaf_key`` of the leaf that would come, 32."""

    seat: str
    name: str
    label: str
    subject: bytes
    is_guest: bool
    leaf_key: bytes


def read_knocker(group: MeetingGroup, seat: str, identity: bytes, key: bytes) -> Knocker:
    """Check who knocks, as the server passed it on; raises ``MlsError``."""
    said = group.policy.knocker(identity, key)
    person = said.person
    require(b64_encode(person.seat) == seat, Rule.OWN_SEAT)
    return Knocker(seat, said.name, said.label, person.subject, person.certificate is None, key)


def read_leaves(group: MeetingGroup) -> tuple[Leaf, ...]:
    """Return the leaves of an epoch, by rising index."""
    return tuple(
        Leaf(index, b64_encode(read_person(leaf).seat), leaf.signature_key, leaf.encryption_key, leaf.source)
        for index, leaf in group.group.public.tree.leaves()
    )


def read_roster(group: MeetingGroup, before: Roster) -> Roster:
    """Return the members of an epoch; only those who were not in the epoch ``before`` have to be opened."""
    members: dict[str, Member] = {}
    seats: dict[int, str] = {}
    opened: dict[bytes, Member] = {}
    for index, leaf in group.group.public.tree.leaves():
        identity = leaf.credential.identity
        name = identity + leaf.signature_key
        member = before.opened.get(name)
        if member is None or member.leaf != index:
            said = group.policy.identity(leaf)
            member = Member(
                index,
                b64_encode(said.person.seat),
                said.name,
                said.label,
                said.person.subject,
                said.person.certificate is None,
                fingerprint(leaf.signature_key),
                leaf.signature_key,
                said.person.key,
            )
        members[member.seat] = opened[name] = member
        seats[index] = member.seat
    return Roster(members, seats, frozenset(seats), group.meeting_policy, opened)
