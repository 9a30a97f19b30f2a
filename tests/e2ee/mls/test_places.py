"""Rules that are kept in more than one place: each place, and each part of a condition, is broken alone."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from aparte.core.mls.changes import Pending
from aparte.core.mls.codec import MAX_ITEMS, Reader, decode, u16, vector
from aparte.core.mls.commit import Commit
from aparte.core.mls.delivery import read_place
from aparte.core.mls.errors import Rule
from aparte.core.mls.extensions import Extension, ExtensionType
from aparte.core.mls.framing import (
    NEW_MEMBER,
    AuthenticatedContent,
    ContentType,
    PrivateMessage,
    PublicMessage,
    Sender,
    member,
)
from aparte.core.mls.judge import hear, judge
from aparte.core.mls.leaf import LeafNode
from aparte.core.mls.message import write_message
from aparte.core.mls.proposals import (
    Add,
    ExternalInit,
    PreSharedKeyId,
    PskType,
    Remove,
    Update,
    read_proposal_or_ref,
)
from aparte.core.mls.public import external_pub
from aparte.core.mls.tree import Tree
from aparte.core.mls.validity import check_tree
from aparte.e2ee.mls.application import open_application, seal_application
from aparte.e2ee.mls.commit import commit
from aparte.e2ee.mls.create import create, new_key_package
from aparte.e2ee.mls.group import Group, find_external_psk, sign_info
from aparte.e2ee.mls.join import join, join_external
from aparte.e2ee.mls.process import process
from aparte.e2ee.mls.propose import hear_private
from aparte.e2ee.mls.protect import _sender_data_key
from aparte.e2ee.mls.secrettree import MAX_GENERATION, Ratchet
from aparte.e2ee.mls.suite import SecretSuite
from aparte.e2ee.mls.treekem import derive_upwards
from aparte.e2ee.mls.welcome import open_group_secrets, seal_welcome
from tests.e2ee.mls.crowd import Crowd
from tests.e2ee.mls.forge import commit_of, frame, path_of, refused
from tests.e2ee.mls.policies import UNSAFE_OPEN
from tests.e2ee.mls.random import seeded
from tests.e2ee.mls.test_rules import (
    ZEROS,
    added,
    changed_tree,
    give,
    package_again,
    sealed,
    welcome_again,
)


@pytest.fixture
def crowd() -> Crowd:
    """Five members of a used group; leaves 5 to 7 are blank."""
    made = Crowd(9)
    for _ in range(4):
        made.do_external()
    return made


@pytest.fixture
def one(crowd: Crowd) -> Group:
    return crowd.members[1]


@pytest.fixture
def other(crowd: Crowd) -> Group:
    return crowd.members[3]


# --- messages -------------------------------------------------------------------------------------------------------

# Every number that says what follows, with one that stands for nothing.
UNKNOWN: dict[str, tuple[Callable[[Reader], object], bytes]] = {
    "sender": (Sender.read, b"\5"),
    "content": (PrivateMessage.read, vector(b"") + bytes(8) + b"\4" + vector(b"") * 3),
    "wire format": (AuthenticatedContent.read, u16(3) + vector(b"") + bytes(8) + b"\4" + vector(b"") + b"\1\0\0"),
    "leaf source": (LeafNode.read, vector(b"") * 2 + u16(1) + vector(b"") * 6 + b"\4" + vector(b"") * 2),
    "proposal or reference": (read_proposal_or_ref, b"\3"),
    "key type": (PreSharedKeyId.read, b"\3"),
    "key usage": (PreSharedKeyId.read, b"\2\4" + vector(b"") + bytes(8) + vector(b"")),
    "node": (lambda reader: Tree.decode(Crowd(1).suite.public, reader.rest()), vector(b"\1\3")),
    "presence": (lambda reader: reader.optional(Reader.u8), b"\2\0"),
}


@pytest.mark.parametrize("kind", UNKNOWN)
def test_m02_unknown_numbers(kind: str) -> None:
    read, octets = UNKNOWN[kind]
    with refused(Rule.ENCODING):
        decode(octets, read)


def test_m01_size_of_a_place() -> None:
    with refused(Rule.SIZE):
        read_place(bytes(11), 10)


def test_m03_version_of_a_place(one: Group) -> None:
    octets = write_message(frame(one, commit_of(one)))
    assert read_place(octets, len(octets)) == (one.public.context.group_id, one.public.context.epoch)
    with refused(Rule.VERSION):
        read_place(b"\0\2" + octets[2:], len(octets))


def test_m04_wire_format_of_a_place(one: Group) -> None:
    octets = write_message(sealed(one))
    with refused(Rule.WIRE_FORMAT):
        read_place(octets, len(octets))


def test_m02_sizes() -> None:
    """A length of eight octets, items that go on behind the end, half a number in a list."""
    with refused(Rule.ENCODING):
        decode(b"\xc0" + (1 << 14).to_bytes(7) + bytes(1 << 14), Reader.vector)
    with refused(Rule.ENCODING):
        decode(b"\2\2ab", lambda reader: reader.items(lambda inner: inner.items(Reader.u8)))
    with refused(Rule.ENCODING):
        decode(b"\3\0\1\0", Reader.u16s)


def test_m02_sender_data(one: Group, other: Group) -> None:
    with refused(Rule.ENCODING):
        open_application(other, with_sender_data(one, sealed(one), bytes(13)))


def with_sender_data(group: Group, message: PrivateMessage, data: bytes) -> PrivateMessage:
    """Say something else of who sent a message: every member can, and nobody else."""
    key, nonce = _sender_data_key(group.suite, group.secrets.sender_data, message.ciphertext)
    return replace(message, encrypted_sender_data=group.suite.aead.seal(key, nonce, message.place, data))


# --- framing --------------------------------------------------------------------------------------------------------


def test_f04_sender_of_an_update(one: Group, other: Group) -> None:
    """Nobody is at leaf 6: such an update is not heard, and a pending one does not count."""
    pending = {b"ref": Pending(Update(other.own_leaf()), member(6))}
    with refused(Rule.SENDER):
        give(replace(other, pending=pending), frame(one, commit_of(one, references=[b"ref"])))


def test_f04_sender_of_a_private_message(one: Group, other: Group) -> None:
    with refused(Rule.SENDER):
        open_application(other, with_sender_data(one, sealed(one), (8).to_bytes(4) + bytes(8)))


def test_f06_only_proposals_are_heard(one: Group, other: Group) -> None:
    with refused(Rule.SENDER_CONTENT):
        hear(other.public, frame(one, commit_of(one)).authenticated, UNSAFE_OPEN)
    talk = sealed(one)
    with refused(Rule.SENDER_CONTENT):
        hear_private(other, talk)
    with refused(Rule.SENDER_CONTENT):
        hear_private(other, replace(talk, content_type=ContentType.COMMIT))


def test_f06_only_commits_are_judged(one: Group, other: Group) -> None:
    with refused(Rule.SENDER_CONTENT):
        judge(other.public, frame(one, Remove(0)).authenticated, UNSAFE_OPEN)


def test_f06_only_talk_is_opened(one: Group, other: Group) -> None:
    sealed_commit = commit(one, [], seeded(5), private=True).message
    assert isinstance(sealed_commit, PrivateMessage)
    with refused(Rule.SENDER_CONTENT):
        open_application(other, sealed_commit)


def test_f07_signature_of_a_private_message(one: Group, other: Group) -> None:
    """A member that has every key of the group still cannot speak for another."""
    _, message = seal_application(replace(one, signature_key=other.signature_key), b"hello", seeded(1))
    with refused(Rule.CONTENT_SIGNATURE):
        open_application(other, message)


def test_f13_last_generation(one: Group) -> None:
    with refused(Rule.GENERATION_AHEAD):
        Ratchet(ZEROS, MAX_GENERATION).step(one.suite)


# --- leaves and KeyPackages -----------------------------------------------------------------------------------------


def careless(suite: SecretSuite) -> SecretSuite:
    """A suite that takes any key for one, so that the KEM itself has to say no."""
    return replace(suite, public=replace(suite.public, is_public_key=lambda key: True))


def test_l07_key_of_an_added_leaf(crowd: Crowd, one: Group, other: Group) -> None:
    own = crowd.package()
    leaf = replace(own.package.leaf, encryption_key=ZEROS, signature=b"")
    leaf = replace(
        leaf, signature=one.suite.sign_with_label(own.leaf.signature_key, "LeafNodeTBS", leaf.to_be_signed(b"", 0))
    )
    with refused(Rule.PUBLIC_KEY):
        give(other, frame(one, commit_of(one, [Add(package_again(one, own, leaf=leaf))])))


def test_l07_key_of_a_parent(one: Group) -> None:
    tree = changed_tree(one, 1, encryption_key=ZEROS)
    with refused(Rule.PUBLIC_KEY):
        check_tree(tree, replace(one.public.context, tree_hash=tree.hash()))


def test_l07_external_key(crowd: Crowd, one: Group) -> None:
    info = sign_info(one, (Extension(ExtensionType.EXTERNAL_PUB, vector(ZEROS)), one.info().extensions[1]))
    with refused(Rule.PUBLIC_KEY):
        external_pub(info, one.suite.public)
    with refused(Rule.PUBLIC_KEY):
        join_external(careless(crowd.suite), UNSAFE_OPEN, info, crowd.leaf(), seeded(3))


def test_l07_keys_that_a_path_is_sealed_to(one: Group) -> None:
    tree = changed_tree(one, 0, encryption_key=ZEROS)
    with refused(Rule.PUBLIC_KEY):
        commit(replace(one, suite=careless(one.suite), public=replace(one.public, tree=tree)), [], seeded(5))


def test_l08_encryption_key_in_a_tree(one: Group, other: Group) -> None:
    tree = changed_tree(one, 0, encryption_key=other.own_leaf().encryption_key)
    with refused(Rule.ENCRYPTION_KEY_UNIQUE):
        check_tree(tree, replace(one.public.context, tree_hash=tree.hash()))


def test_l08_keys_of_a_path_are_new(one: Group, other: Group) -> None:
    """The key that the path replaces may not come back either."""
    path = path_of(one, lambda leaf: replace(leaf, encryption_key=one.own_leaf().encryption_key))
    with refused(Rule.ENCRYPTION_KEY_UNIQUE):
        give(other, frame(one, commit_of(one, path=path)))


def test_k01_package_version(crowd: Crowd, one: Group, other: Group) -> None:
    with refused(Rule.PACKAGE_SUITE):
        give(other, frame(one, commit_of(one, [Add(package_again(one, crowd.package(), version=2))])))


# --- trees ----------------------------------------------------------------------------------------------------------


def test_m02_items(one: Group) -> None:
    """One item too many in one list, and in several together."""
    leaf = b"\1\1" + one.own_leaf().encoded
    with refused(Rule.ENCODING):
        Tree.decode(one.suite.public, vector(b"\0" * MAX_ITEMS + leaf))
    one_list = vector(b"\0" * (MAX_ITEMS - 1))
    ((*items,),) = decode(vector(one_list), lambda reader: reader.items(lambda inner: inner.items(Reader.u8)))
    assert len(items) == MAX_ITEMS - 1
    with refused(Rule.ENCODING):
        decode(vector(one_list + b"\0"), lambda reader: reader.items(lambda inner: inner.items(Reader.u8)))


def test_t02_unmerged_below(one: Group) -> None:
    """Leaf 4 is known to every parent above it, and still not below node 1."""
    nodes = list(changed_tree(one, 1, unmerged_leaves=(4,)).nodes)
    nodes[7] = replace(nodes[7], unmerged_leaves=(4,))  # type: ignore[type-var]
    assert nodes[9] is nodes[11] is None
    tree = Tree(one.suite.public, tuple(nodes))
    with refused(Rule.UNMERGED):
        check_tree(tree, replace(one.public.context, tree_hash=tree.hash()))


# --- GroupInfo and Welcome ------------------------------------------------------------------------------------------


def test_g01_welcome_suite(crowd: Crowd, one: Group) -> None:
    made, own = added(crowd, one)
    assert made.welcome is not None
    with refused(Rule.INFO_SUITE):
        join(one.suite, UNSAFE_OPEN, replace(made.welcome, suite=3), own)


def test_g06_our_leaf_is_in_the_tree(crowd: Crowd, one: Group) -> None:
    made, own = added(crowd, one)
    assert made.welcome is not None
    joiner = open_group_secrets(one.suite, made.welcome, own.package, own.init_key).joiner_secret
    with refused(Rule.WELCOME_FOR_US):
        join(one.suite, UNSAFE_OPEN, welcome_again(one, joiner, one.info(), own, None), own)


def test_g07_info_of_a_welcome_opens(crowd: Crowd, one: Group) -> None:
    """The secrets open, and lead to another key than the GroupInfo was sealed with."""
    made, own = added(crowd, one)
    assert made.welcome is not None
    joiner = open_group_secrets(one.suite, made.welcome, own.package, own.init_key).joiner_secret
    welcome = seal_welcome(one.suite, one.info(), ZEROS, joiner, (), [(own.package, None)], seeded(8))
    with refused(Rule.WELCOME_OPENS):
        join(one.suite, UNSAFE_OPEN, welcome, own)


def test_g08_no_node_in_common(crowd: Crowd) -> None:
    """A Welcome into a group of nobody else, with a path secret for nothing."""
    own = crowd.package()
    alone = create(crowd.suite, UNSAFE_OPEN, b"alone", own.leaf, seeded(4))
    own = replace(own, package=new_key_package(crowd.suite, own.leaf, seeded(5)).package)
    own = replace(own, init_key=new_key_package(crowd.suite, own.leaf, seeded(5)).init_key)
    with refused(Rule.WELCOME_PATH):
        join(crowd.suite, UNSAFE_OPEN, welcome_again(alone, ZEROS, alone.info(), own, ZEROS), own)


# --- proposals and commits ------------------------------------------------------------------------------------------


def test_p01_own_reference(one: Group) -> None:
    with refused(Rule.REFERENCE):
        commit(one, [], seeded(5), references=[b"nobody heard it"])


def test_p05_our_own_commit(one: Group) -> None:
    with refused(Rule.REMOVED_LEAF):
        commit(one, [Remove(99)], seeded(5))


def test_p09_psk_of_a_welcome() -> None:
    """A resumption key has no name, and is not an external key without one."""
    with refused(Rule.PSK_KNOWN):
        find_external_psk(PreSharedKeyId(PskType.RESUMPTION, ZEROS), {b"": b"secret"})


def test_c01_path_of_a_newcomer(one: Group, other: Group) -> None:
    commit_without = commit_of(one, [ExternalInit(ZEROS)], with_path=False)
    with refused(Rule.PATH_REQUIRED):
        judge(other.public, frame(one, commit_without, sender=NEW_MEMBER).authenticated, UNSAFE_OPEN)


def test_c05_init_secret_opens(crowd: Crowd, one: Group, other: Group) -> None:
    """A newcomer's init secret in an encapsulation that gives none."""
    leaf = crowd.leaf()
    made = join_external(crowd.suite, UNSAFE_OPEN, one.info(), leaf, seeded(3))
    assert isinstance(made.message, PublicMessage)
    content = made.message.authenticated.framed.content
    assert isinstance(content, Commit)
    changed = commit_of(one, [ExternalInit(ZEROS)], path=content.path)
    with refused(Rule.PATH_OPENS):
        give(other, frame(one, changed, sender=NEW_MEMBER, key=leaf.signature_key))


def test_c05_path_for_us(one: Group, other: Group) -> None:
    """Without any key that the path is sealed to."""
    with refused(Rule.PATH_OPENS):
        give(replace(other, keys={}), frame(one, commit_of(one)))


def test_c05_size_of_a_path_secret(one: Group) -> None:
    tree = one.public.tree
    node, _ = tree.filtered_path(one.leaf)[0]
    with refused(Rule.PATH_OPENS):
        derive_upwards(one.suite, tree, one.leaf, node, bytes(31), {})


def test_c06_path_over_a_blank_node(one: Group) -> None:
    """A secret for a path that was never set."""
    tree = one.public.tree.update(one.leaf, one.own_leaf())
    node, _ = tree.filtered_path(one.leaf)[0]
    with refused(Rule.PATH_KEYS):
        derive_upwards(one.suite, tree, one.leaf, node, ZEROS, {})


def test_c10_another_takes_our_leaf(crowd: Crowd, one: Group, other: Group) -> None:
    """Whoever joins in our place has our leaf's number, and we are out all the same."""
    made = join_external(crowd.suite, UNSAFE_OPEN, one.info(), crowd.leaf(), seeded(3), removes=[other.leaf])
    assert made.group.leaf == other.leaf
    with refused(Rule.WE_ARE_REMOVED):
        process(other, made.message)


def test_c10_nobody_is_at_our_leaf(one: Group, other: Group) -> None:
    with refused(Rule.WE_ARE_REMOVED):
        replace(other, leaf=6).own_leaf()
    with refused(Rule.WE_ARE_REMOVED):
        give(replace(other, leaf=6, keys={}), frame(one, commit_of(one)))
