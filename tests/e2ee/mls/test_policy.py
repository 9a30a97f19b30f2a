"""What a meeting refuses beyond RFC 9420: each rule, at a member, and at the server where no link secret is needed."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from aparte.core.mls.credential import X509, Credential
from aparte.core.mls.delivery import follow, follow_from
from aparte.core.mls.errors import Rule
from aparte.core.mls.extensions import Extension, Extensions, ExtensionType
from aparte.core.mls.framing import NEW_MEMBER, PublicMessage, WireFormat
from aparte.core.mls.judge import judge
from aparte.core.mls.leaf import ENDLESS, LeafNode, Source
from aparte.core.mls.message import write_message
from aparte.core.mls.proposals import (
    Add,
    ExternalInit,
    GroupContextExtensions,
    PreSharedKey,
    Proposal,
    PskType,
    ReInit,
    Remove,
    Update,
)
from aparte.core.mls.public import PublicGroup, check_group_info
from aparte.core.mls.suites import APARTE as PUBLIC_APARTE
from aparte.core.mls.tree import ParentNode, Tree
from aparte.core.policy.admission import ADMISSION_SIZE
from aparte.core.policy.meeting import CAPABILITIES, MAX_LEAVES, POLICY_TYPE, MeetingPolicy, policy_extensions
from aparte.core.policy.person import SEALED_SIZE
from aparte.core.policy.policy import Policy
from aparte.e2ee.mls.create import create, new_key_package
from aparte.e2ee.mls.group import Group, sign_info
from aparte.e2ee.mls.meeting import MeetingGroup, Participant
from aparte.e2ee.mls.policy import LinkPolicy
from aparte.e2ee.mls.suite import APARTE
from tests.charters import charter_for, guest_key, own_person
from tests.e2ee.mls.crowd import Crowd
from tests.e2ee.mls.forge import commit_of, frame, path_of, refused, sign_leaf
from tests.e2ee.mls.meetings import (
    CHARTER,
    HOUSE,
    KEYS,
    MAX,
    MEETING,
    ORGANISERS,
    RANDOM,
    SECRET,
    Clock,
    Edit,
    joining,
    link_psk,
    named,
)
from tests.e2ee.mls.policies import UNSAFE_OPEN
from tests.e2ee.mls.random import seeded

NOBODY_GONE = frozenset[bytes]()
POLICY = LinkPolicy(KEYS, CHARTER, Clock(), NOBODY_GONE.__contains__)
SERVER = MeetingPolicy(CHARTER, Clock(), NOBODY_GONE.__contains__, 0)


def person(number: int, name: str = "Ada") -> Participant:
    """Give a guest, the same under the same number."""
    own = own_person(name, key=guest_key(str(number)))
    return Participant(number.to_bytes(16), own, KEYS, CHARTER, Clock())


def tree_of(group: MeetingGroup) -> bytes:
    return group.group.public.tree.encoded


def follow_group(group: Group, tree: Tree | None = None) -> PublicGroup:
    """Let the server begin with a group, or with one that has another tree."""
    info = write_message(group.info(with_tree=False))
    return follow_from(info, (group.public.tree if tree is None else tree).encoded, SERVER, MAX)


@pytest.fixture(scope="module")
def meeting() -> list[MeetingGroup]:
    """Three members of one epoch, each with its own view."""
    first, info, tree = MeetingGroup.create(person(1), RANDOM)
    second = MeetingGroup.join(info, tree, person(2), RANDOM)
    third = MeetingGroup.join(second.info, tree_of(second.group), person(3), RANDOM)
    first = first.process(second.commit).process(third.commit)
    return [first, second.group.process(third.commit), third.group]


@pytest.fixture
def one(meeting: list[MeetingGroup]) -> Group:
    return meeting[0].group


@pytest.fixture
def other(meeting: list[MeetingGroup]) -> MeetingGroup:
    return meeting[1]


def refuse(receiver: MeetingGroup, message: PublicMessage, rule: Rule, *, server: bool = True) -> None:
    """Refused by a member, and by the server with the same rule."""
    octets = write_message(message)
    with refused(rule):
        receiver.process(octets)
    if server:
        with refused(rule):
            follow(receiver.group.public, octets, SERVER, MAX)


INIT = ExternalInit(bytes(1_120))
LEAF = person(9).new_leaf(seeded(1))
PACKAGE = new_key_package(APARTE, LEAF, seeded(2)).package


def test_what_is_forged_soundly_passes_until_its_tag(one: Group, other: MeetingGroup) -> None:
    octets = write_message(frame(one, commit_of(one)))
    with refused(Rule.CONFIRMATION_TAG):
        other.process(octets)
    follow(other.group.public, octets, SERVER, MAX)


# --- the form of the group ------------------------------------------------------------------------------------------


@pytest.mark.promise("P15")
def test_a01_only_suite() -> None:
    """A whole group of another suite."""
    group = Crowd(1).members[0]
    with refused(Rule.ONLY_SUITE):
        check_group_info(group.suite.public, group.info(), POLICY)
    with refused(Rule.INFO_SUITE):
        follow_group(group)


def test_a02_group_id() -> None:
    group = create(APARTE, POLICY, bytes(31), person(1).new_leaf(RANDOM), RANDOM)
    with refused(Rule.GROUP_ID):
        follow_group(group)


OF_THE_FIRST = policy_extensions(Policy.first(CHARTER))
OTHERS_CHARTER = charter_for(MEETING, SECRET, HOUSE.key, ORGANISERS, level=2)
NOT_A_POLICY: dict[str, Extensions] = {
    "none": (),
    "two": (*OF_THE_FIRST, Extension(77, b"")),
    "another type": (Extension(77, OF_THE_FIRST[0].data),),
    "unreadable": (Extension(POLICY_TYPE, OF_THE_FIRST[0].data[:-1]),),
}


@pytest.mark.promise("P6")
@pytest.mark.parametrize("extensions", NOT_A_POLICY.values(), ids=NOT_A_POLICY)
def test_a03_context_policy(one: Group, other: MeetingGroup, extensions: Extensions) -> None:
    """Neither a group nor a member's commit has anything but a policy for all to judge by."""
    group = create(APARTE, UNSAFE_OPEN, bytes(32), person(1).new_leaf(RANDOM), RANDOM, extensions)
    with refused(Rule.CONTEXT_POLICY):
        follow_group(group)
    with refused(Rule.CONTEXT_POLICY):
        MeetingGroup.join(write_message(group.info(with_tree=False)), group.public.tree.encoded, person(2), RANDOM)
    refuse(other, frame(one, commit_of(one, [GroupContextExtensions(extensions)])), Rule.CONTEXT_POLICY)


@pytest.mark.promise("P6")
def test_a03_context_policy_of_another_charter(meeting: list[MeetingGroup]) -> None:
    """Whoever comes has the meeting's charter, and takes no other from those who are there."""
    extensions = policy_extensions(Policy.first(OTHERS_CHARTER))
    group = create(APARTE, UNSAFE_OPEN, bytes(32), person(1).new_leaf(RANDOM), RANDOM, extensions)
    with refused(Rule.CONTEXT_POLICY):
        follow_group(group)
    with refused(Rule.CONTEXT_POLICY):
        MeetingGroup.join(write_message(group.info(with_tree=False)), group.public.tree.encoded, person(2), RANDOM)
    with refused(Rule.CONTEXT_POLICY):
        _ = replace(meeting[0], group=group).meeting_policy


def test_a04_info_extensions(one: Group) -> None:
    external, tree = one.info().extensions
    more = Extension(77, b"")
    for wrong in ((), (tree,), (external, tree), (external, more)):
        with refused(Rule.INFO_EXTENSIONS):
            follow_from(write_message(sign_info(one, wrong)), tree.data, SERVER, MAX)


def test_a05_leaves(one: Group, other: MeetingGroup) -> None:
    """A tree with more room, and a newcomer to a full one."""
    big = Tree(PUBLIC_APARTE, (*one.public.tree.nodes, *((None,) * (2 * MAX_LEAVES + 1 - len(one.public.tree.nodes)))))
    nodes = list(big.nodes)
    nodes += [None] * (4 * MAX_LEAVES - 1 - len(nodes))
    nodes[2 * MAX_LEAVES] = one.own_leaf()
    tree = Tree(PUBLIC_APARTE, tuple(nodes))
    with refused(Rule.LEAVES):
        follow_group(one, tree)
    full = Tree(PUBLIC_APARTE, tuple(one.own_leaf() if at % 2 == 0 else None for at in range(2 * MAX_LEAVES - 1)))
    group = replace(other.group.public, tree=full)
    message = frame(one, commit_of(one, [INIT, link_psk()]), sender=NEW_MEMBER).authenticated
    with refused(Rule.LEAVES):
        judge(group, message, SERVER)


def test_a06_no_unmerged(one: Group) -> None:
    nodes = [
        replace(node, unmerged_leaves=(0,)) if isinstance(node, ParentNode) else node for node in one.public.tree.nodes
    ]
    tree = Tree(PUBLIC_APARTE, tuple(nodes))
    with refused(Rule.NO_UNMERGED):
        follow_group(one, tree)


@pytest.mark.parametrize(("source", "index"), [(Source.UPDATE, 0), (Source.KEY_PACKAGE, 1)], ids=str)
def test_a07_sources(one: Group, source: Source, index: int) -> None:
    nodes = list(one.public.tree.nodes)
    leaf = one.public.tree.leaf(index)
    assert leaf is not None
    lifetime = ENDLESS if source is Source.KEY_PACKAGE else None
    nodes[2 * index] = replace(leaf, source=source, parent_hash=b"", lifetime=lifetime)
    tree = Tree(PUBLIC_APARTE, tuple(nodes))
    with refused(Rule.SOURCES):
        follow_group(one, tree)


# --- the form of a commit -------------------------------------------------------------------------------------------


def test_a08_only_public_commits(one: Group, other: MeetingGroup) -> None:
    sealed = frame(one, commit_of(one), wire_format=WireFormat.PRIVATE_MESSAGE).authenticated
    with refused(Rule.ONLY_PUBLIC_COMMITS):
        judge(other.group.public, sealed, SERVER)
    with refused(Rule.ONLY_PUBLIC_COMMITS):
        other.process(write_message(one.info()))
    with refused(Rule.ONLY_PUBLIC_COMMITS):
        SERVER.check_message(other.group.public, frame(one, Remove(2)).authenticated)


def test_a09_authenticated_data(one: Group, other: MeetingGroup) -> None:
    """A member says nothing beside its commit, and a newcomer nothing but an admission."""
    refuse(other, frame(one, commit_of(one), data=b"x"), Rule.AUTHENTICATED_DATA)
    for data in (b"x", bytes(ADMISSION_SIZE - 1), bytes(ADMISSION_SIZE + 1), bytes(ADMISSION_SIZE)):
        refuse(other, coming(one, data=data), Rule.AUTHENTICATED_DATA)


def test_a10_by_value(one: Group, other: MeetingGroup) -> None:
    refuse(other, frame(one, commit_of(one, references=[bytes(48)])), Rule.BY_VALUE)


MEMBER_FORBIDDEN: list[Proposal] = [
    Add(PACKAGE),
    Update(LEAF.node),
    link_psk(),
    ReInit(b"new", 1, PUBLIC_APARTE.id, ()),
    INIT,
]


@pytest.mark.promise("P6")
@pytest.mark.parametrize("proposal", MEMBER_FORBIDDEN, ids=lambda proposal: type(proposal).__name__)
@pytest.mark.parametrize("beside", [(), (Remove(2),)], ids=["alone", "beside a removal"])
def test_a11_member_proposals(one: Group, other: MeetingGroup, proposal: Proposal, beside: Sequence[Proposal]) -> None:
    refuse(other, frame(one, commit_of(one, [*beside, proposal])), Rule.MEMBER_PROPOSALS)


@pytest.mark.promise("P6")
def test_a11_member_proposals_hold_one_policy(one: Group, other: MeetingGroup) -> None:
    change = GroupContextExtensions(OF_THE_FIRST)
    refuse(other, frame(one, commit_of(one, [change, change])), Rule.MEMBER_PROPOSALS)


@pytest.mark.promise("P6")
@pytest.mark.parametrize(
    "proposals",
    [
        [],
        [link_psk()],
        [INIT, INIT, link_psk()],
        [INIT, link_psk(), Remove(2)],
        [INIT, link_psk(), Add(PACKAGE)],
        [INIT, link_psk(), GroupContextExtensions(())],
        [INIT, link_psk(), ReInit(b"new", 1, PUBLIC_APARTE.id, ())],
    ],
    ids=lambda proposals: "+".join(type(proposal).__name__ for proposal in proposals) or "none",
)
def test_a12_join_exactly(one: Group, other: MeetingGroup, proposals: list[Proposal]) -> None:
    refuse(other, frame(one, commit_of(one, proposals), sender=NEW_MEMBER), Rule.JOIN_EXACTLY)


@pytest.mark.promise("P21")
@pytest.mark.parametrize(
    "psks",
    [
        [],
        [link_psk(), link_psk(nonce=bytes(range(48)))],
        [link_psk(id=b"aparte/1 link\0other meeting...")],
        [link_psk(nonce=bytes(47))],
        [link_psk(type=PskType.RESUMPTION)],
    ],
    ids=["none", "two", "another", "short nonce", "resumption"],
)
def test_a13_link_psk(one: Group, other: MeetingGroup, psks: list[PreSharedKey]) -> None:
    refuse(other, frame(one, commit_of(one, [INIT, *psks]), sender=NEW_MEMBER), Rule.LINK_PSK)


def test_a14_always_a_path(one: Group, other: MeetingGroup) -> None:
    refuse(other, frame(one, commit_of(one, with_path=False)), Rule.ALWAYS_A_PATH)


# --- leaves ---------------------------------------------------------------------------------------------------------


def coming(one: Group, edit: Edit = lambda leaf: leaf, *, number: int = 9, data: bytes = b"") -> PublicMessage:
    return joining(one, person(number).new_leaf(seeded(number)), edit, data)


def test_a_sound_newcomer_passes_until_its_tag(one: Group, other: MeetingGroup) -> None:
    with refused(Rule.CONFIRMATION_TAG):
        other.process(write_message(coming(one)))


@pytest.mark.promise("P15")
@pytest.mark.parametrize(
    "able",
    [
        replace(CAPABILITIES, versions=(1, 2)),
        replace(CAPABILITIES, suites=(PUBLIC_APARTE.id, 1)),
        replace(CAPABILITIES, extensions=(77,)),
        replace(CAPABILITIES, proposals=(77,)),
        replace(CAPABILITIES, credentials=(1, 2)),
    ],
    ids=["versions", "suites", "extensions", "proposals", "credentials"],
)
def test_a15_capabilities(one: Group, other: MeetingGroup, able: object) -> None:
    def edit(leaf: LeafNode) -> LeafNode:
        return replace(leaf, capabilities=able)  # type: ignore[arg-type]

    refuse(other, coming(one, edit), Rule.CAPABILITIES)
    refuse(other, frame(one, commit_of(one, path=path_of(one, edit))), Rule.CAPABILITIES)


def test_a16_no_leaf_extensions(one: Group, other: MeetingGroup) -> None:
    def edit(leaf: LeafNode) -> LeafNode:
        return replace(leaf, extensions=(Extension(ExtensionType.APPLICATION_ID, b"x"),))

    refuse(other, coming(one, edit), Rule.NO_LEAF_EXTENSIONS)
    refuse(other, frame(one, commit_of(one, path=path_of(one, edit))), Rule.NO_LEAF_EXTENSIONS)


@pytest.mark.promise("P21")
def test_a17_identity(one: Group, other: MeetingGroup) -> None:
    """The server sees the form of an identity; that its name opens, only those who hold the link."""

    def identity(octets: bytes, kind: int = 1) -> Edit:
        return lambda leaf: replace(leaf, credential=Credential(kind, octets))

    sound = one.own_leaf().credential.identity
    for wrong in (b"", sound[:-1], sound + b"\0", b"\1" + sound[1:]):
        refuse(other, coming(one, identity(wrong)), Rule.IDENTITY)
    refuse(other, coming(one, identity(b"", X509)), Rule.IDENTITY)
    closed = named(lambda who: replace(who, sealed=bytes(SEALED_SIZE)))
    refuse(other, coming(one, closed), Rule.IDENTITY, server=False)
    for name in ("\n", "", "x" * 65):
        with refused(Rule.IDENTITY):
            person(5, name).new_leaf(RANDOM)


@pytest.mark.promise("P18")
def test_a18_identity_stays(one: Group, other: MeetingGroup) -> None:
    theirs = other.group.own_leaf().credential
    anew = person(1, "Eve").new_leaf(RANDOM)
    for edit in (
        lambda leaf: replace(leaf, credential=theirs),
        lambda leaf: replace(leaf, credential=anew.node.credential),
    ):
        refuse(other, frame(one, commit_of(one, path=path_of(one, edit))), Rule.IDENTITY_STAYS)
    key = anew.node.signature_key
    path = path_of(one, lambda leaf: replace(leaf, signature_key=key), sign=False)
    path = replace(path, leaf=sign_leaf(one, path.leaf, key=anew.signature_key))
    refuse(other, frame(one, commit_of(one, path=path)), Rule.IDENTITY_STAYS)


@pytest.mark.promise("P18")
def test_a19_seat_unique(one: Group, other: MeetingGroup) -> None:
    refuse(other, coming(one, number=3), Rule.SEAT_UNIQUE)
    with refused(Rule.SEAT_UNIQUE):
        MeetingGroup.join(write_message(one.info(with_tree=False)), one.public.tree.encoded, person(3), RANDOM)


P = 2**255 - 19
UNSAFE_Y = (
    *(0, 1, P - 1),
    *(int.from_bytes(bytes.fromhex(y), "little") for y in (
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    )),
    *range(P, 2**255),
)  # fmt: skip
UNSAFE_KEYS = [(y | sign << 255).to_bytes(32, "little") for y in UNSAFE_Y for sign in (0, 1)]


@pytest.mark.promise("P18")
def test_a22_signature_key(one: Group) -> None:
    """Under the neutral element one signature holds for every text, in our platform's verifier too."""
    neutral, anything = b"\1" + bytes(31), b"\1" + bytes(63)
    PUBLIC_APARTE.verify(neutral, anything, b"a text")
    PUBLIC_APARTE.verify(neutral, anything, b"another text")
    leaf = one.own_leaf()
    for key in UNSAFE_KEYS:
        with refused(Rule.SIGNATURE_KEY):
            SERVER.check_leaf(replace(leaf, signature_key=key), 0)
    SERVER.check_leaf(leaf, 0)
    nodes = list(one.public.tree.nodes)
    nodes[0] = replace(nodes[0], signature_key=neutral, signature=anything)  # type: ignore[type-var]
    info = write_message(one.info(with_tree=False))
    with refused(Rule.SIGNATURE_KEY):
        follow_from(info, Tree(PUBLIC_APARTE, tuple(nodes)).encoded, SERVER, MAX)
