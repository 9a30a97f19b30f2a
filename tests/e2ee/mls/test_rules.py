"""Every numbered rule of RFC 9420 bites: each test offers something that breaks one rule and keeps all before it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from aparte.core.mls.changes import Pending
from aparte.core.mls.codec import Reader, decode, u16, vector, vectors
from aparte.core.mls.commit import Commit, UpdatePath
from aparte.core.mls.context import GroupInfo
from aparte.core.mls.credential import BASIC, X509, Credential
from aparte.core.mls.delivery import follow, read_group_info
from aparte.core.mls.errors import Rule
from aparte.core.mls.extensions import Extension, ExtensionType, RequiredCapabilities, read_extensions
from aparte.core.mls.framing import NEW_MEMBER, ContentType, PrivateMessage, PublicMessage, Sender, SenderType
from aparte.core.mls.judge import hear, judge
from aparte.core.mls.keypackage import KeyPackage
from aparte.core.mls.leaf import LeafNode, Source
from aparte.core.mls.message import read_message, write_message
from aparte.core.mls.proposals import (
    Add,
    ExternalInit,
    GroupContextExtensions,
    PreSharedKey,
    PreSharedKeyId,
    Proposal,
    PskType,
    PskUsage,
    ReInit,
    Remove,
    Update,
    read_proposal,
)
from aparte.core.mls.public import check_group_info, external_pub
from aparte.core.mls.tree import ParentNode, Tree
from aparte.core.mls.validity import check_tree
from aparte.core.mls.welcome import Welcome
from aparte.e2ee.mls.application import open_application, seal_application
from aparte.e2ee.mls.commit import Committed, commit
from aparte.e2ee.mls.create import OwnKeyPackage, new_key_package, new_leaf
from aparte.e2ee.mls.group import Group, sign_info
from aparte.e2ee.mls.join import join, join_external
from aparte.e2ee.mls.keyschedule import psk_secret, welcome_secret
from aparte.e2ee.mls.process import process
from aparte.e2ee.mls.propose import hear_public, propose, propose_update
from aparte.e2ee.mls.protect import _read_plaintext, check_membership
from aparte.e2ee.mls.secrettree import MAX_AHEAD
from aparte.e2ee.mls.welcome import open_group_secrets, seal_welcome
from tests.e2ee.mls.crowd import MAX, Crowd, abilities
from tests.e2ee.mls.forge import commit_of, frame, path_of, refused, sign_info_again, sign_leaf
from tests.e2ee.mls.policies import UNSAFE_OPEN
from tests.e2ee.mls.random import seeded

ZEROS = bytes(32)


@pytest.fixture
def crowd() -> Crowd:
    """Five members of a used group: external commits, so that no parent is blank but those of empty halves."""
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


def external(name: bytes = b"one", nonce: bytes = ZEROS) -> PreSharedKey:
    return PreSharedKey(PreSharedKeyId(PskType.EXTERNAL, nonce, name))


def give(receiver: Group, message: PublicMessage) -> None:
    """Let a receiver judge a commit, through all of its own checks."""
    process(receiver, message, {b"one": b"1" * 32})


# --- messages -------------------------------------------------------------------------------------------------------


def test_m01_size() -> None:
    with refused(Rule.SIZE):
        read_message(bytes(11), 10)


@pytest.mark.parametrize("octets", [b"", b"\0", b"\0\1", b"\0\1\0\1", b"\0\1\0\x09", b"\0\1\0\5\0\1\0\1\x40\x01a"])
def test_m02_encoding(octets: bytes) -> None:
    with refused(Rule.ENCODING):
        read_message(octets, MAX)


@pytest.mark.parametrize("octets", [b"\x40\x3f", b"\x80\0\x3f\xff", b"\xc0" + bytes(7), b"\x40", b"\x05abcd"])
def test_m02_lengths_have_one_spelling(octets: bytes) -> None:
    with refused(Rule.ENCODING):
        decode(octets + bytes(63 if octets == b"\x40\x3f" else 0), Reader.vector)


def test_m02_nothing_follows(one: Group) -> None:
    octets = write_message(one.info())
    with refused(Rule.ENCODING):
        read_message(octets + b"\0", MAX)


def test_m03_version(one: Group) -> None:
    with refused(Rule.VERSION):
        read_message(b"\0\2" + write_message(one.info())[2:], MAX)


def test_m04_wire_format(one: Group) -> None:
    info, message = write_message(one.info()), write_message(frame(one, commit_of(one)))
    with refused(Rule.WIRE_FORMAT):
        follow(one.public, info, UNSAFE_OPEN, MAX)
    with refused(Rule.WIRE_FORMAT):
        read_group_info(message, MAX)


def test_m05_proposal_type() -> None:
    with refused(Rule.PROPOSAL_TYPE):
        decode(u16(8), read_proposal)


def test_m06_credential_type() -> None:
    with refused(Rule.CREDENTIAL_TYPE):
        decode(u16(3) + vector(b""), Credential.read)


def test_m07_extension_twice() -> None:
    with refused(Rule.EXTENSION_TWICE):
        decode(vectors([Extension(9, b"a"), Extension(9, b"b")]), read_extensions)


# --- framing --------------------------------------------------------------------------------------------------------


def test_f01_group(one: Group, other: Group) -> None:
    with refused(Rule.GROUP):
        give(other, frame(one, commit_of(one), group_id=b"other"))


def test_f02_epoch_over(one: Group, other: Group) -> None:
    with refused(Rule.EPOCH_OVER):
        give(other, frame(one, commit_of(one), epoch=one.epoch - 1))


def test_f03_epoch_ahead(one: Group, other: Group) -> None:
    with refused(Rule.EPOCH_AHEAD):
        give(other, frame(one, commit_of(one), epoch=one.epoch + 1))


def test_f04_sender(one: Group, other: Group) -> None:
    with refused(Rule.SENDER):
        give(other, frame(one, commit_of(one), sender=Sender(SenderType.MEMBER, 99)))


def test_f05_external_sender(one: Group, other: Group) -> None:
    message = frame(one, Remove(0), sender=Sender(SenderType.EXTERNAL, 0))
    with refused(Rule.EXTERNAL_SENDER):
        hear_public(other, message)


@pytest.mark.parametrize(
    "sender", [Sender(SenderType.EXTERNAL), Sender(SenderType.NEW_MEMBER_PROPOSAL), NEW_MEMBER], ids=str
)
def test_f06_sender_content(one: Group, other: Group, sender: Sender) -> None:
    content = Update(one.own_leaf()) if sender.type is not SenderType.EXTERNAL else commit_of(one)
    message = frame(one, content, sender=sender).authenticated
    with refused(Rule.SENDER_CONTENT):
        if isinstance(content, Commit):
            judge(other.public, message, UNSAFE_OPEN)
        else:
            hear(other.public, message, UNSAFE_OPEN)


def test_f07_content_signature(one: Group, other: Group) -> None:
    message = frame(one, commit_of(one), key=other.signature_key)
    with refused(Rule.CONTENT_SIGNATURE):
        give(other, message)


def test_f08_application_in_clear(one: Group, other: Group) -> None:
    message = frame(one, b"hello")
    with refused(Rule.APPLICATION_IN_CLEAR):
        check_membership(other.suite, message, other.public.context, other.secrets.membership)


def test_f09_membership_tag(one: Group, other: Group) -> None:
    message = frame(one, commit_of(one))
    tag = bytes([message.membership_tag[0] ^ 1]) + message.membership_tag[1:]
    with refused(Rule.MEMBERSHIP_TAG):
        give(other, replace(message, membership_tag=tag))


def sealed(one: Group) -> PrivateMessage:
    return seal_application(one, b"hello", seeded(1))[1]


def flip(octets: bytes, at: int = 0) -> bytes:
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]


def test_f10_ciphertext(one: Group, other: Group) -> None:
    message = sealed(one)
    broken = [
        replace(message, ciphertext=flip(message.ciphertext, 40)),
        replace(message, encrypted_sender_data=flip(message.encrypted_sender_data)),
        replace(message, authenticated_data=b"more"),
    ]
    for wrong in broken:
        with refused(Rule.CIPHERTEXT):
            open_application(other, wrong)


def test_f11_padding(one: Group) -> None:
    message = sealed(one)
    plaintext = vector(b"hello") + vector(b"signature")
    assert _read_plaintext(message, 0, plaintext + bytes(3)).framed.content == b"hello"
    with refused(Rule.PADDING):
        _read_plaintext(message, 0, plaintext + b"\0\1\0")


def test_f12_generation_used(one: Group, other: Group) -> None:
    message = sealed(one)
    other, _ = open_application(other, message)
    with refused(Rule.GENERATION_USED):
        open_application(other, message)


def test_f13_generation_ahead(one: Group, other: Group) -> None:
    ratchet, messages = one.messages.ratchet(one.leaf, ContentType.APPLICATION)
    far = replace(ratchet, generation=MAX_AHEAD + 1)
    ahead = replace(one, messages=messages.with_ratchet(one.leaf, ContentType.APPLICATION, far))
    with refused(Rule.GENERATION_AHEAD):
        open_application(other, sealed(ahead))


def test_f14_own_message(one: Group) -> None:
    with refused(Rule.OWN_MESSAGE):
        give(one, frame(one, commit_of(one)))
    with refused(Rule.OWN_MESSAGE):
        open_application(one, sealed(one))


# --- leaves ---------------------------------------------------------------------------------------------------------


def test_l01_leaf_signature(one: Group, other: Group) -> None:
    path = path_of(one, lambda leaf: replace(leaf, signature=flip(leaf.signature)), sign=False)
    with refused(Rule.LEAF_SIGNATURE):
        give(other, frame(one, commit_of(one, path=path)))


def test_l02_leaf_source(crowd: Crowd, one: Group, other: Group) -> None:
    path = path_of(one, lambda leaf: replace(leaf, source=Source.UPDATE, parent_hash=b""))
    with refused(Rule.LEAF_SOURCE):
        give(other, frame(one, commit_of(one, path=path)))
    own = crowd.package()
    leaf = sign_leaf(one, replace(own.package.leaf, source=Source.UPDATE, lifetime=None), key=own.leaf.signature_key)
    with refused(Rule.LEAF_SOURCE):
        give(other, frame(one, commit_of(one, [Add(package_again(one, own, leaf=leaf))])))
    with refused(Rule.LEAF_SOURCE):
        update = Update(sign_leaf(other, replace(other.own_leaf(), encryption_key=fresh_key(one)), index=other.leaf))
        give(with_update(one, other, update)[1], with_update(one, other, update)[0])


def fresh_key(group: Group) -> bytes:
    return group.suite.key_pair(b"fresh" * 8).public


def with_update(one: Group, proposer: Group, update: Update) -> tuple[PublicMessage, Group]:
    """A commit by ``one`` of an update, and a receiver that has heard it (from a third view: the committer's)."""
    pending = {b"ref": Pending(update, Sender(SenderType.MEMBER, proposer.leaf))}
    return frame(one, commit_of(one, references=[b"ref"])), replace(proposer, pending=pending)


def package_again(group: Group, own: OwnKeyPackage, **changes: object) -> KeyPackage:
    """A KeyPackage with changes, signed again."""
    unsigned = replace(own.package, **changes)  # type: ignore[arg-type]
    unsigned = replace(unsigned, signature=b"")
    signature = group.suite.sign_with_label(own.leaf.signature_key, "KeyPackageTBS", unsigned.body)
    return replace(unsigned, signature=signature)


def capable(group: Group, **changes: object) -> Callable[[LeafNode], LeafNode]:
    able = replace(abilities(group.suite), **changes)  # type: ignore[arg-type]
    return lambda leaf: replace(leaf, capabilities=able)


def test_l03_leaf_credential(one: Group, other: Group) -> None:
    with refused(Rule.LEAF_CREDENTIAL):
        give(other, frame(one, commit_of(one, path=path_of(one, capable(one, credentials=())))))


def test_l04_leaf_extension(one: Group, other: Group) -> None:
    path = path_of(one, lambda leaf: replace(leaf, extensions=(Extension(77, b""),)))
    with refused(Rule.LEAF_EXTENSION):
        give(other, frame(one, commit_of(one, path=path)))


@pytest.mark.parametrize(
    "required",
    [RequiredCapabilities((77,)), RequiredCapabilities((), (77,)), RequiredCapabilities((), (), (X509,))],
    ids=["extension", "proposal", "credential"],
)
def test_l05_leaf_required(one: Group, other: Group, required: RequiredCapabilities) -> None:
    extensions = (Extension(ExtensionType.REQUIRED_CAPABILITIES, required.encoded),)
    with refused(Rule.LEAF_REQUIRED):
        give(other, frame(one, commit_of(one, [GroupContextExtensions(extensions)])))


def test_l06_credentials_shared(one: Group, other: Group) -> None:
    def x509(leaf: LeafNode) -> LeafNode:
        able = replace(leaf.capabilities, credentials=(BASIC, X509))
        return replace(leaf, capabilities=able, credential=Credential(X509, b""))

    with refused(Rule.CREDENTIALS_SHARED):
        give(other, frame(one, commit_of(one, path=path_of(one, x509))))


def test_l07_public_key(crowd: Crowd, one: Group, other: Group) -> None:
    path = path_of(one, lambda leaf: replace(leaf, encryption_key=ZEROS))
    with refused(Rule.PUBLIC_KEY):
        give(other, frame(one, commit_of(one, path=path)))
    honest = path_of(one)
    nodes = (replace(honest.nodes[0], encryption_key=ZEROS), *honest.nodes[1:])
    with refused(Rule.PUBLIC_KEY):
        give(other, frame(one, commit_of(one, path=replace(honest, nodes=nodes))))
    own = crowd.package()
    with refused(Rule.PUBLIC_KEY):
        give(other, frame(one, commit_of(one, [Add(package_again(one, own, init_key=ZEROS))])))


def test_l08_encryption_key_unique(one: Group, other: Group) -> None:
    used = other.own_leaf().encryption_key
    path = path_of(one, lambda leaf: replace(leaf, encryption_key=used))
    with refused(Rule.ENCRYPTION_KEY_UNIQUE):
        give(other, frame(one, commit_of(one, path=path)))
    honest = path_of(one)
    twice = (replace(honest.nodes[0], encryption_key=honest.leaf.encryption_key), *honest.nodes[1:])
    with refused(Rule.ENCRYPTION_KEY_UNIQUE):
        give(other, frame(one, commit_of(one, path=replace(honest, nodes=twice))))


def test_l09_signature_key_unique(crowd: Crowd, one: Group) -> None:
    leaf = new_leaf(one.suite, Credential(BASIC, b"twin"), abilities(one.suite), one.signature_key, seeded(2))
    with refused(Rule.SIGNATURE_KEY_UNIQUE):
        join_external(crowd.suite, UNSAFE_OPEN, one.info(), leaf, seeded(3))


# --- KeyPackages ----------------------------------------------------------------------------------------------------


def test_k01_package_suite(crowd: Crowd, one: Group, other: Group) -> None:
    with refused(Rule.PACKAGE_SUITE):
        give(other, frame(one, commit_of(one, [Add(package_again(one, crowd.package(), suite=3))])))


def test_k02_package_signature(crowd: Crowd, one: Group, other: Group) -> None:
    package = crowd.package().package
    with refused(Rule.PACKAGE_SIGNATURE):
        give(other, frame(one, commit_of(one, [Add(replace(package, signature=flip(package.signature)))])))


def test_k03_package_keys(crowd: Crowd, one: Group, other: Group) -> None:
    own = crowd.package()
    same = package_again(one, own, init_key=own.package.leaf.encryption_key)
    with refused(Rule.PACKAGE_KEYS):
        give(other, frame(one, commit_of(one, [Add(same)])))


# --- trees ----------------------------------------------------------------------------------------------------------


def test_t01_tree_shape(one: Group) -> None:
    leaf = b"\1\1" + one.own_leaf().encoded
    parent = b"\1\2" + ParentNode(b"k", b"").encoded
    for nodes in ([], [leaf, b"\0"], [parent], [leaf, leaf, leaf]):
        with refused(Rule.TREE_SHAPE):
            Tree.decode(one.suite.public, vector(b"".join(nodes)))


def changed_tree(group: Group, node: int, **changes: object) -> Tree:
    nodes = list(group.public.tree.nodes)
    nodes[node] = replace(nodes[node], **changes)  # type: ignore[type-var]
    return Tree(group.suite.public, tuple(nodes))


@pytest.mark.parametrize("unmerged", [(4,), (1, 0), (0, 0), (7,)], ids=str)
def test_t02_unmerged(one: Group, unmerged: tuple[int, ...]) -> None:
    """Leaf 4 is not below node 1; 7 is blank; lists rise."""
    node = 7 if 7 in unmerged else 1
    tree = changed_tree(one, node, unmerged_leaves=unmerged)
    with refused(Rule.UNMERGED):
        check_tree(tree, replace(one.public.context, tree_hash=tree.hash()))


def test_t02_unmerged_between(one: Group) -> None:
    """A parent between must know the leaf as well."""
    tree = changed_tree(one, 7, unmerged_leaves=(0,))
    with refused(Rule.UNMERGED):
        check_tree(tree, replace(one.public.context, tree_hash=tree.hash()))


def test_t03_parent_hash(one: Group) -> None:
    tree = changed_tree(one, 1, parent_hash=bytes(32))
    with refused(Rule.PARENT_HASH):
        check_tree(tree, replace(one.public.context, tree_hash=tree.hash()))


def test_t04_tree_hash(one: Group) -> None:
    with refused(Rule.TREE_HASH):
        check_tree(one.public.tree, replace(one.public.context, tree_hash=bytes(32)))


# --- GroupInfo and Welcome ------------------------------------------------------------------------------------------


def test_g01_info_suite(one: Group) -> None:
    info = one.info()
    for context in (replace(info.context, suite=3), replace(info.context, version=2)):
        with refused(Rule.INFO_SUITE):
            check_group_info(one.suite.public, sign_info_again(one, replace(info, context=context)), UNSAFE_OPEN)


def test_g02_info_signature(one: Group) -> None:
    info = one.info()
    for wrong in (replace(info, signature=flip(info.signature)), sign_info_again(one, replace(info, signer=99))):
        with refused(Rule.INFO_SIGNATURE):
            check_group_info(one.suite.public, wrong, UNSAFE_OPEN)


def test_g03_info_tree(one: Group) -> None:
    with refused(Rule.INFO_TREE):
        check_group_info(one.suite.public, sign_info(one, ()), UNSAFE_OPEN)


def test_g04_info_external_pub(one: Group) -> None:
    with refused(Rule.INFO_EXTERNAL_PUB):
        external_pub(sign_info(one, ()), one.suite.public)


def added(crowd: Crowd, one: Group) -> tuple[Committed, OwnKeyPackage]:
    own = crowd.package()
    return commit(one, [Add(own.package)], crowd.rng.randbytes), own


def test_g05_info_confirmation(crowd: Crowd, one: Group) -> None:
    made, own = added(crowd, one)
    assert made.welcome is not None
    secrets = open_group_secrets(one.suite, made.welcome, own.package, own.init_key)
    tree = Extension(ExtensionType.RATCHET_TREE, made.group.public.tree.encoded)
    info = sign_info_again(made.group, replace(sign_info(made.group, (tree,)), confirmation_tag=bytes(32)))
    path = None if secrets.path_secret is None else secrets.path_secret.secret
    with refused(Rule.INFO_CONFIRMATION):
        join(one.suite, UNSAFE_OPEN, welcome_again(one, secrets.joiner_secret, info, own, path), own)


def welcome_again(
    group: Group,
    joiner: bytes,
    info: GroupInfo,
    own: OwnKeyPackage,
    path: bytes | None,
    psks: tuple[PreSharedKeyId, ...] = (),
) -> Welcome:
    """Seal a Welcome anew, with anything in it."""
    sealing = welcome_secret(group.suite, joiner, psk_secret(group.suite, []))
    return seal_welcome(group.suite, info, sealing, joiner, psks, [(own.package, path)], seeded(8))


def test_g06_welcome_for_us(crowd: Crowd, one: Group) -> None:
    made, _ = added(crowd, one)
    assert made.welcome is not None
    with refused(Rule.WELCOME_FOR_US):
        join(one.suite, UNSAFE_OPEN, made.welcome, crowd.package())


def test_g07_welcome_opens(crowd: Crowd, one: Group) -> None:
    made, own = added(crowd, one)
    assert made.welcome is not None
    with refused(Rule.WELCOME_OPENS):
        info = flip(made.welcome.encrypted_group_info)
        join(one.suite, UNSAFE_OPEN, replace(made.welcome, encrypted_group_info=info), own)
    with refused(Rule.WELCOME_OPENS):
        join(one.suite, UNSAFE_OPEN, made.welcome, replace(own, init_key=bytes(range(32))))


def test_g08_welcome_path(crowd: Crowd, one: Group) -> None:
    made, own = added(crowd, one)
    assert made.welcome is not None
    secrets = open_group_secrets(one.suite, made.welcome, own.package, own.init_key)
    tree = Extension(ExtensionType.RATCHET_TREE, made.group.public.tree.encoded)
    info = sign_info(made.group, (tree,))
    with refused(Rule.WELCOME_PATH):
        join(one.suite, UNSAFE_OPEN, welcome_again(one, secrets.joiner_secret, info, own, bytes(32)), own)


# --- proposals ------------------------------------------------------------------------------------------------------


def test_p01_reference(one: Group, other: Group) -> None:
    with refused(Rule.REFERENCE):
        give(other, frame(one, commit_of(one, references=[b"nobody heard it"])))


def test_p02_own_update(one: Group, other: Group) -> None:
    one, message = propose_update(one, seeded(4))
    other = hear_public(other, message)
    with refused(Rule.OWN_UPDATE):
        give(other, frame(one, commit_of(one, references=list(one.pending))))
    with refused(Rule.OWN_UPDATE):
        commit(one, [], seeded(5), references=list(one.pending))


def test_p03_leaf_twice(one: Group, other: Group) -> None:
    with refused(Rule.LEAF_TWICE):
        give(other, frame(one, commit_of(one, [Remove(0), Remove(0)])))


def test_p04_own_removal(one: Group, other: Group) -> None:
    with refused(Rule.OWN_REMOVAL):
        give(other, frame(one, commit_of(one, [Remove(one.leaf)])))


def test_p05_removed_leaf(crowd: Crowd, one: Group, other: Group) -> None:
    for leaf in (6, 99):
        with refused(Rule.REMOVED_LEAF):
            give(other, frame(one, commit_of(one, [Remove(leaf)])))
        with refused(Rule.REMOVED_LEAF):
            commit(one, [Remove(leaf)], seeded(5))
    joins: list[Proposal] = [ExternalInit(ZEROS), Remove(6)]
    with refused(Rule.REMOVED_LEAF):
        give(other, frame(one, commit_of(one, joins), sender=NEW_MEMBER))


def test_p06_psk_nonce(one: Group, other: Group) -> None:
    with refused(Rule.PSK_NONCE):
        give(other, frame(one, commit_of(one, [external(nonce=bytes(31))])))


def test_p07_psk_twice(one: Group, other: Group) -> None:
    with refused(Rule.PSK_TWICE):
        give(other, frame(one, commit_of(one, [external(), external()])))


@pytest.mark.parametrize("usage", [PskUsage.REINIT, PskUsage.BRANCH])
def test_p08_psk_usage(crowd: Crowd, one: Group, other: Group, usage: PskUsage) -> None:
    """Neither a commit nor a Welcome of a branch or after a ReInit."""
    name = PreSharedKeyId(PskType.RESUMPTION, ZEROS, usage=usage, group_id=b"before")
    with refused(Rule.PSK_USAGE):
        give(other, frame(one, commit_of(one, [PreSharedKey(name)])))
    made, own = added(crowd, one)
    assert made.welcome is not None
    secrets = open_group_secrets(one.suite, made.welcome, own.package, own.init_key)
    welcome = welcome_again(one, secrets.joiner_secret, sign_info(made.group, ()), own, None, (name,))
    with refused(Rule.PSK_USAGE):
        join(one.suite, UNSAFE_OPEN, welcome, own)


def test_p09_psk_known(one: Group, other: Group) -> None:
    past = PreSharedKey(PreSharedKeyId(PskType.RESUMPTION, ZEROS, group_id=one.group_id, epoch=0))
    made = commit(one, [external()], seeded(5), psks={b"one": b"secret"})
    with refused(Rule.PSK_KNOWN):
        process(other, made.message)
    for proposal in (past, external(b"nobody has it")):
        with refused(Rule.PSK_KNOWN):
            commit(one, [proposal], seeded(5))


def test_p10_one_extensions(one: Group, other: Group) -> None:
    with refused(Rule.ONE_EXTENSIONS):
        give(other, frame(one, commit_of(one, [GroupContextExtensions(()), GroupContextExtensions(())])))


def test_p11_extensions_shared(one: Group, other: Group) -> None:
    with refused(Rule.EXTENSIONS_SHARED):
        give(other, frame(one, commit_of(one, [GroupContextExtensions((Extension(77, b""),))])))


def test_p12_reinit(one: Group, other: Group) -> None:
    with refused(Rule.REINIT):
        give(other, frame(one, commit_of(one, [ReInit(b"new", 1, 1, ())])))


def test_p13_external_init(one: Group, other: Group) -> None:
    with refused(Rule.EXTERNAL_INIT):
        give(other, frame(one, commit_of(one, [ExternalInit(ZEROS)])))


def test_p14_update_sender(one: Group, other: Group) -> None:
    """An update from outside is not even heard; a committer that claims to have heard one is refused too."""
    update = Update(other.own_leaf())
    pending = {b"ref": Pending(update, Sender(SenderType.EXTERNAL, 3))}
    with refused(Rule.UPDATE_SENDER):
        give(replace(other, pending=pending), frame(one, commit_of(one, references=[b"ref"])))


def test_p15_update_key(one: Group, other: Group) -> None:
    leaf = replace(other.own_leaf(), source=Source.UPDATE, parent_hash=b"")
    message, receiver = with_update(one, other, Update(sign_leaf(other, leaf)))
    with refused(Rule.UPDATE_KEY):
        give(receiver, message)


# --- commits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("proposals", [[], [Remove(0)], [GroupContextExtensions(())]], ids=["none", "remove", "policy"])
def test_c01_path_required(one: Group, other: Group, proposals: list[Proposal]) -> None:
    with refused(Rule.PATH_REQUIRED):
        give(other, frame(one, commit_of(one, proposals, with_path=False)))
    with refused(Rule.PATH_REQUIRED):
        give(other, frame(one, commit_of(one, [ExternalInit(ZEROS)], with_path=False), sender=NEW_MEMBER))


def test_c02_path_length(one: Group, other: Group) -> None:
    path = path_of(one)
    with refused(Rule.PATH_LENGTH):
        give(other, frame(one, commit_of(one, path=replace(path, nodes=path.nodes[:-1]))))


def test_c03_path_ciphertexts(one: Group, other: Group) -> None:
    path = path_of(one)
    sealed = path.nodes[0].encrypted_path_secret
    for wrong in ((), sealed * 2):
        nodes = (replace(path.nodes[0], encrypted_path_secret=wrong), *path.nodes[1:])
        with refused(Rule.PATH_CIPHERTEXTS):
            give(other, frame(one, commit_of(one, path=replace(path, nodes=nodes))))


def test_c04_path_parent_hash(one: Group, other: Group) -> None:
    path = path_of(one, lambda leaf: replace(leaf, parent_hash=bytes(32)))
    with refused(Rule.PATH_PARENT_HASH):
        give(other, frame(one, commit_of(one, path=path)))


def test_c05_path_opens(one: Group, other: Group) -> None:
    path = path_of(one)

    def broken(node: int) -> UpdatePath:
        sealed = path.nodes[node].encrypted_path_secret
        wrong = tuple(replace(one, ciphertext=flip(one.ciphertext)) for one in sealed)
        changed = list(path.nodes)
        changed[node] = replace(path.nodes[node], encrypted_path_secret=wrong)
        return replace(path, nodes=tuple(changed))

    # Leaves 1 and 3 meet in the second node of leaf 1's path.
    with refused(Rule.PATH_OPENS):
        give(other, frame(one, commit_of(one, path=broken(1))))
    with refused(Rule.CONFIRMATION_TAG):
        give(other, frame(one, commit_of(one, path=broken(0))))


def test_c06_path_keys(one: Group, other: Group) -> None:
    """A key in the path that is not what its secret gives: its maker would keep the private half."""
    path = path_of(one)
    planted = replace(path.nodes[1], encryption_key=fresh_key(one))
    nodes = (path.nodes[0], planted, *path.nodes[2:])
    _, parent_hash = one.public.tree.path_nodes(one.leaf, [node.encryption_key for node in nodes])
    leaf = sign_leaf(one, replace(path.leaf, parent_hash=parent_hash))
    context = replace(
        one.public.context,
        epoch=one.epoch + 1,
        tree_hash=one.public.tree.merge(
            one.leaf, leaf, one.public.tree.path_nodes(one.leaf, [node.encryption_key for node in nodes])[0]
        ).hash(),
    )
    secret = one.suite.encrypt_with_label(
        one.public.tree.nodes[5].encryption_key,  # type: ignore[union-attr]
        "UpdatePathNode",
        context.encoded,
        bytes(32),
        seeded(7),
    )
    nodes = (nodes[0], replace(planted, encrypted_path_secret=(secret,)), *nodes[2:])
    with refused(Rule.PATH_KEYS):
        give(other, frame(one, commit_of(one, path=UpdatePath(leaf, nodes))))


def test_c07_confirmation_tag(one: Group, other: Group) -> None:
    with refused(Rule.CONFIRMATION_TAG):
        give(other, frame(one, commit_of(one)))


@pytest.mark.parametrize(
    "proposals",
    [[], [ExternalInit(ZEROS), ExternalInit(ZEROS)], [ExternalInit(bytes(31))]],
    ids=["none", "two", "short"],
)
def test_c08_join_init(one: Group, other: Group, proposals: list[Proposal]) -> None:
    with refused(Rule.JOIN_INIT):
        give(other, frame(one, commit_of(one, proposals), sender=NEW_MEMBER))


@pytest.mark.parametrize(
    "proposals", [[Remove(0), Remove(2)], [GroupContextExtensions(())], [ReInit(b"new", 1, 1, ())]], ids=str
)
def test_c09_join_proposals(one: Group, other: Group, proposals: list[Proposal]) -> None:
    with refused(Rule.JOIN_PROPOSALS):
        give(other, frame(one, commit_of(one, [ExternalInit(ZEROS), *proposals]), sender=NEW_MEMBER))


def test_c09_join_references(one: Group, other: Group) -> None:
    one, message = propose(one, Remove(0))
    other = hear_public(other, message)
    with refused(Rule.JOIN_PROPOSALS):
        give(other, frame(one, commit_of(one, [ExternalInit(ZEROS)], list(one.pending)), sender=NEW_MEMBER))


def test_c10_we_are_removed(one: Group, other: Group) -> None:
    made = commit(one, [Remove(other.leaf)], seeded(5))
    with refused(Rule.WE_ARE_REMOVED):
        process(other, made.message)


def test_c11_epochs_end(one: Group, other: Group) -> None:
    last = replace(other.public, context=replace(other.public.context, epoch=2**64 - 1))
    message = frame(one, commit_of(one), epoch=2**64 - 1).authenticated
    with refused(Rule.EPOCHS_END):
        judge(last, message, UNSAFE_OPEN)


def test_a_refusal_changes_nothing(one: Group, other: Group) -> None:
    before = other.epoch_authenticator
    with refused(Rule.CONFIRMATION_TAG):
        give(other, frame(one, commit_of(one)))
    made = commit(one, [], seeded(5))
    assert process(other, made.message).epoch_authenticator == made.group.epoch_authenticator
    assert other.epoch_authenticator == before


def test_packages_can_be_made_again(crowd: Crowd, one: Group) -> None:
    """The forging itself is sound: what it does not change is accepted."""
    own = crowd.package()
    assert package_again(one, own) == own.package
    assert new_key_package(one.suite, own.leaf, seeded(1)).package.leaf == own.package.leaf
