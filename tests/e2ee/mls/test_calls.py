"""Checks that several ways lead to: on each way something is offered that only this check, called there, refuses."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from aparte.core.mls.codec import decode, u16, vector
from aparte.core.mls.credential import X509, Credential
from aparte.core.mls.delivery import check_announcement, follow, follow_from
from aparte.core.mls.errors import MlsError, Rule
from aparte.core.mls.extensions import Extension, ExtensionType, RequiredCapabilities
from aparte.core.mls.framing import FramedContent, PrivateMessage, PublicMessage
from aparte.core.mls.judge import hear, judge
from aparte.core.mls.leaf import LeafNode, Source
from aparte.core.mls.message import write_message
from aparte.core.mls.proposals import Add, Remove, Update
from aparte.core.mls.public import PublicGroup, check_group_info, check_info_of
from aparte.core.mls.suites import APARTE
from aparte.core.mls.tree import Tree
from aparte.core.mls.validity import check_extensions_shared, check_leaf, check_tree
from aparte.e2ee.mls.application import open_application
from aparte.e2ee.mls.commit import commit
from aparte.e2ee.mls.create import create
from aparte.e2ee.mls.group import Group, sign_info
from aparte.e2ee.mls.join import join_external
from aparte.e2ee.mls.meeting import MeetingGroup
from aparte.e2ee.mls.process import process
from aparte.e2ee.mls.propose import hear_private
from tests.e2ee.mls.crowd import Crowd
from tests.e2ee.mls.forge import commit_of, frame, refused, sign_info_again, sign_leaf
from tests.e2ee.mls.meetings import MAX, RANDOM
from tests.e2ee.mls.policies import UNSAFE_OPEN, UnsafeOpenPolicy
from tests.e2ee.mls.random import seeded
from tests.e2ee.mls.test_policy import SERVER, person
from tests.e2ee.mls.test_rules import capable, flip, fresh_key, package_again, sealed, with_update


@pytest.fixture
def crowd() -> Crowd:
    made = Crowd(9)
    for _ in range(3):
        made.do_external()
    return made


@pytest.fixture
def one(crowd: Crowd) -> Group:
    return crowd.members[1]


@pytest.fixture
def other(crowd: Crowd) -> Group:
    return crowd.members[3]


@pytest.fixture(scope="module")
def meeting() -> list[MeetingGroup]:
    """Two members of one epoch of a meeting."""
    first, info, tree = MeetingGroup.create(person(1), RANDOM)
    second = MeetingGroup.join(info, tree, person(2), RANDOM)
    return [first.process(second.commit), second.group]


class Picky(UnsafeOpenPolicy):
    """Refuses every leaf that does not come by a path, as a leaf or as somebody's next one."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def check_leaf(self, leaf: LeafNode, index: int) -> None:
        if self.rule is Rule.IDENTITY and leaf.source is not Source.COMMIT:
            raise MlsError(self.rule)

    def check_successor(self, old: LeafNode, new: LeafNode) -> None:
        if self.rule is Rule.IDENTITY_STAYS and new.source is not Source.COMMIT:
            raise MlsError(self.rule)


# --- a proposal that stands alone -----------------------------------------------------------------------------------

Frame = Callable[[FramedContent], FramedContent]


def reframed(message: PublicMessage, edit: Frame) -> PublicMessage:
    authenticated = message.authenticated
    return replace(message, authenticated=replace(authenticated, framed=edit(authenticated.framed)))


PLACES: dict[Rule, Frame] = {
    Rule.GROUP: lambda framed: replace(framed, group_id=b"other"),
    Rule.EPOCH_OVER: lambda framed: replace(framed, epoch=framed.epoch - 1),
    Rule.EPOCH_AHEAD: lambda framed: replace(framed, epoch=framed.epoch + 1),
}


@pytest.mark.parametrize("rule", PLACES, ids=lambda rule: rule.id)
def test_f01_place_of_a_proposal_and_of_a_commit(one: Group, other: Group, rule: Rule) -> None:
    """Also at the server, where nothing else looks at it before."""
    with refused(rule):
        hear(other.public, reframed(frame(one, Remove(0)), PLACES[rule]).authenticated, UNSAFE_OPEN)
    with refused(rule):
        judge(other.public, reframed(frame(one, commit_of(one)), PLACES[rule]).authenticated, UNSAFE_OPEN)


def test_f01_place_of_what_is_sealed(one: Group, other: Group) -> None:
    """Before anything is opened, so that the other member learns what is wrong."""
    sealed_commit = commit(one, [], seeded(5), private=True).message
    assert isinstance(sealed_commit, PrivateMessage)
    for give, message in ((open_application, sealed(one)), (hear_private, sealed(one)), (process, sealed_commit)):
        with refused(Rule.GROUP):
            give(other, replace(message, group_id=b"other"))
        with refused(Rule.EPOCH_OVER):
            give(other, replace(message, epoch=message.epoch - 1))


def test_f02_our_own_commit_of_an_epoch_that_is_over(one: Group) -> None:
    with refused(Rule.EPOCH_OVER):
        process(one, frame(one, commit_of(one), epoch=one.epoch - 1))


def test_f07_signature_of_a_proposal(one: Group, other: Group) -> None:
    message = frame(one, Remove(0), key=other.signature_key)
    with refused(Rule.CONTENT_SIGNATURE):
        hear(other.public, message.authenticated, UNSAFE_OPEN)


def test_a08_a_proposal_is_not_heard(one: Group, other: Group) -> None:
    with refused(Rule.ONLY_PUBLIC_COMMITS):
        hear(other.public, frame(one, Remove(0)).authenticated, SERVER)


# --- leaves that come by a proposal ---------------------------------------------------------------------------------


def updated(one: Group, other: Group, edit: Callable[[LeafNode], LeafNode] = lambda leaf: leaf) -> Update:
    fresh = replace(other.own_leaf(), encryption_key=fresh_key(one), source=Source.UPDATE, parent_hash=b"")
    return Update(sign_leaf(other, edit(fresh)))


def judge_update(one: Group, other: Group, update: Update, policy: UnsafeOpenPolicy = UNSAFE_OPEN) -> None:
    message, receiver = with_update(one, other, update)
    judge(receiver.public, message.authenticated, policy, receiver.pending)


def test_l01_signature_of_an_update(one: Group, other: Group) -> None:
    update = updated(one, other)
    with refused(Rule.LEAF_SIGNATURE):
        judge_update(one, other, Update(replace(update.leaf, signature=flip(update.leaf.signature))))


def test_l01_signature_of_an_added_leaf(crowd: Crowd, one: Group, other: Group) -> None:
    own = crowd.package()
    leaf = replace(own.package.leaf, signature=flip(own.package.leaf.signature))
    message = frame(one, commit_of(one, [Add(package_again(one, own, leaf=leaf))])).authenticated
    with refused(Rule.LEAF_SIGNATURE):
        judge(other.public, message, UNSAFE_OPEN)


def test_l03_credential_of_an_update(one: Group, other: Group) -> None:
    with refused(Rule.LEAF_CREDENTIAL):
        judge_update(one, other, updated(one, other, capable(one, credentials=())))


def test_a17_policy_of_leaves_by_proposal(crowd: Crowd, one: Group, other: Group) -> None:
    with refused(Rule.IDENTITY):
        judge_update(one, other, updated(one, other), Picky(Rule.IDENTITY))
    message = frame(one, commit_of(one, [Add(crowd.package().package)], with_path=False)).authenticated
    with refused(Rule.IDENTITY):
        judge(other.public, message, Picky(Rule.IDENTITY))


def test_a17_policy_of_our_own_leaf(crowd: Crowd) -> None:
    with refused(Rule.IDENTITY):
        create(crowd.suite, Picky(Rule.IDENTITY), b"alone", crowd.leaf(), seeded(4))


def test_a18_policy_of_an_update(one: Group, other: Group) -> None:
    with refused(Rule.IDENTITY_STAYS):
        judge_update(one, other, updated(one, other), Picky(Rule.IDENTITY_STAYS))


def test_a17_form_of_an_identity(meeting: list[MeetingGroup]) -> None:
    """Already when a leaf is looked at alone."""
    leaf = meeting[0].group.own_leaf()
    with refused(Rule.IDENTITY):
        SERVER.check_leaf(replace(leaf, credential=replace(leaf.credential, identity=b"\1" + bytes(171))), 0)


# --- a leaf and a tree ----------------------------------------------------------------------------------------------


def test_m02_certificates(one: Group) -> None:
    """A chain of certificates is a list of octets, whoever made them."""
    with refused(Rule.ENCODING):
        decode(u16(X509) + vector(b"\5abcd"), Credential.read)


def requiring(extension: int) -> tuple[Extension, ...]:
    return (Extension(ExtensionType.REQUIRED_CAPABILITIES, RequiredCapabilities((extension,)).encoded),)


def test_l05_of_one_leaf_and_of_all(one: Group) -> None:
    with refused(Rule.LEAF_REQUIRED):
        check_leaf(one.public.tree, one.own_leaf(), requiring(77))
    with refused(Rule.LEAF_REQUIRED):
        check_extensions_shared(one.public.tree, requiring(77))


def refuse_tree(tree: Tree, group: PublicGroup, rule: Rule, extensions: tuple[Extension, ...] = ()) -> None:
    with refused(rule):
        check_tree(tree, replace(group.context, tree_hash=tree.hash(), extensions=extensions))


@pytest.fixture
def alone(crowd: Crowd) -> Group:
    """A tree without a parent, so that nothing but its leaf is wrong when the leaf is."""
    return create(crowd.suite, UNSAFE_OPEN, b"alone", crowd.leaf(), seeded(4))


def test_l01_signatures_in_a_tree(alone: Group) -> None:
    leaf = replace(alone.own_leaf(), signature=flip(alone.own_leaf().signature))
    refuse_tree(Tree(alone.suite.public, (leaf,)), alone.public, Rule.LEAF_SIGNATURE)


def test_l04_extensions_in_a_tree(alone: Group) -> None:
    leaf = replace(alone.own_leaf(), extensions=(Extension(77, b""),))
    refuse_tree(Tree(alone.suite.public, (leaf,)), alone.public, Rule.LEAF_EXTENSION)


def test_p11_extensions_of_a_tree(one: Group) -> None:
    refuse_tree(one.public.tree, one.public, Rule.EXTENSIONS_SHARED, (Extension(77, b""),))


# --- a GroupInfo ----------------------------------------------------------------------------------------------------


def test_t04_tree_of_an_info(one: Group) -> None:
    info = one.info()
    wrong = sign_info_again(one, replace(info, context=replace(info.context, tree_hash=bytes(32))))
    with refused(Rule.TREE_HASH):
        check_group_info(one.suite.public, wrong, UNSAFE_OPEN)


def test_g03_an_info_is_of_the_group_that_we_know(one: Group, other: Group) -> None:
    """Where the public half was checked before, a GroupInfo must describe exactly that."""
    public, info = other.public, one.info()
    check_info_of(info, public, UNSAFE_OPEN)
    later = sign_info_again(one, replace(info, context=replace(info.context, epoch=info.context.epoch + 1)))
    for wrong in (later, sign_info_again(one, replace(info, confirmation_tag=bytes(32)))):
        with refused(Rule.INFO_TREE):
            check_info_of(wrong, public, UNSAFE_OPEN)
    with refused(Rule.INFO_TREE):
        join_external(one.suite, UNSAFE_OPEN, later, Crowd(3).leaf(), seeded(3), known=public)


def test_g02_an_info_of_the_group_that_we_know_is_signed(one: Group, other: Group) -> None:
    with refused(Rule.INFO_SIGNATURE):
        check_info_of(replace(one.info(), signature=flip(one.info().signature)), other.public, UNSAFE_OPEN)


def test_a04_an_info_of_the_group_that_we_know_has_its_form(meeting: list[MeetingGroup]) -> None:
    with refused(Rule.INFO_EXTENSIONS):
        check_info_of(meeting[0].group.info(), meeting[1].group.public, SERVER)


def test_a19_seats_of_an_info(meeting: list[MeetingGroup]) -> None:
    first, second = meeting[0].group, meeting[1].group
    nodes = list(first.public.tree.nodes)
    again = person(1).new_leaf(RANDOM).node
    nodes[2] = replace(second.own_leaf(), credential=again.credential, signature_key=again.signature_key)
    with refused(Rule.SEAT_UNIQUE):
        follow_from(write_message(first.info(with_tree=False)), Tree(APARTE, tuple(nodes)).encoded, SERVER, MAX)


def test_l07_external_key_of_an_info(meeting: list[MeetingGroup]) -> None:
    """At the server: when a group begins, and when a commit announces its epoch."""
    first = meeting[0]
    bad = (Extension(ExtensionType.EXTERNAL_PUB, vector(bytes(1_216))),)
    with refused(Rule.PUBLIC_KEY):
        info = write_message(sign_info(first.group, bad))
        follow_from(info, first.group.public.tree.encoded, SERVER, MAX)
    made = first.commit([], RANDOM)
    change = follow(first.group.public, made.commit, SERVER, MAX)
    with refused(Rule.PUBLIC_KEY):
        check_announcement(change, write_message(sign_info(made.group.group, bad)), MAX)
