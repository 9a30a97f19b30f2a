"""Rules of a meeting that are kept in more than one place: each place and each part of a condition is broken alone."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from aparte.core.mls.context import GroupInfo
from aparte.core.mls.credential import X509
from aparte.core.mls.delivery import check_announcement, follow, follow_from
from aparte.core.mls.errors import Rule
from aparte.core.mls.framing import NEW_MEMBER
from aparte.core.mls.judge import Change
from aparte.core.mls.message import write_message
from aparte.core.mls.proposals import PskType
from aparte.core.mls.suites import APARTE
from aparte.core.mls.tree import Tree
from aparte.core.policy.delivery import person_of
from aparte.core.wire.limits import MAX_TREE
from aparte.e2ee.mls.group import Group, sign_info
from aparte.e2ee.mls.meeting import MeetingGroup
from tests.e2ee.mls.forge import commit_of, frame, refused, sign_info_again
from tests.e2ee.mls.meetings import MAX, RANDOM, link_psk
from tests.e2ee.mls.test_policy import INIT, SERVER, person


@pytest.fixture(scope="module")
def meeting() -> list[MeetingGroup]:
    """Two members of one epoch, each with its own view."""
    first, info, tree = MeetingGroup.create(person(1), RANDOM)
    second = MeetingGroup.join(info, tree, person(2), RANDOM)
    return [first.process(second.commit), second.group]


@pytest.fixture
def one(meeting: list[MeetingGroup]) -> Group:
    return meeting[0].group


@pytest.fixture
def other(meeting: list[MeetingGroup]) -> MeetingGroup:
    return meeting[1]


def test_m01_size_of_a_tree() -> None:
    _, info, _ = MeetingGroup.create(person(1), RANDOM)
    with refused(Rule.SIZE):
        MeetingGroup.join(info, bytes(MAX_TREE + 1), person(2), RANDOM)


def test_f04_person_of_a_leaf_that_is_not_there(one: Group) -> None:
    with refused(Rule.SENDER):
        person_of(one.public, 2)


def test_a13_link_psk_is_no_resumption_key(one: Group, other: MeetingGroup) -> None:
    """In a value that was never octets it may have both names."""
    commit = commit_of(one, [INIT, link_psk(type=PskType.RESUMPTION)])
    with refused(Rule.LINK_PSK):
        SERVER.check_message(other.group.public, frame(one, commit, sender=NEW_MEMBER).authenticated)


def test_a17_identity_in_another_credential(one: Group) -> None:
    """In a value that was never octets a certificate may have the form of an identity."""
    leaf = one.own_leaf()
    with refused(Rule.IDENTITY):
        SERVER.check_leaf(replace(leaf, credential=replace(leaf.credential, type=X509)), 0)


def test_a17_size_of_a_signature_key(one: Group) -> None:
    nodes = list(one.public.tree.nodes)
    nodes[0] = replace(nodes[0], signature_key=bytes(31))  # type: ignore[type-var]
    info = write_message(one.info(with_tree=False))
    with refused(Rule.IDENTITY):
        follow_from(info, Tree(APARTE, tuple(nodes)).encoded, SERVER, MAX)


@pytest.fixture(scope="module")
def announced(meeting: list[MeetingGroup]) -> tuple[Change, Group]:
    """A commit as the server has judged it, and the group as its committer has it."""
    made = meeting[0].commit([], RANDOM)
    return follow(meeting[1].group.public, made.commit, SERVER, MAX), made.group.group


def refuse_announcement(change: Change, info: GroupInfo, rule: Rule) -> None:
    with refused(rule):
        check_announcement(change, write_message(info), MAX)


CONTEXTS: dict[str, Callable[[GroupInfo], GroupInfo]] = {
    "epoch": lambda info: replace(info, context=replace(info.context, epoch=info.context.epoch + 1)),
    "tree": lambda info: replace(info, context=replace(info.context, tree_hash=bytes(48))),
    "tag": lambda info: replace(info, confirmation_tag=bytes(48)),
}


@pytest.mark.parametrize("what", CONTEXTS)
def test_g03_an_announcement_is_of_its_epoch(announced: tuple[Change, Group], what: str) -> None:
    change, group = announced
    wrong = CONTEXTS[what](group.info(with_tree=False))
    refuse_announcement(change, sign_info_again(group, wrong), Rule.INFO_TREE)


def test_g02_an_announcement_is_its_committers(announced: tuple[Change, Group], other: MeetingGroup) -> None:
    """Another member may not announce what it has not made, and nobody may without the committer's key."""
    change, group = announced
    sound = group.info(with_tree=False)
    theirs = sign_info_again(replace(group, signature_key=other.group.signature_key), replace(sound, signer=1))
    refuse_announcement(change, theirs, Rule.INFO_SIGNATURE)
    refuse_announcement(change, replace(sound, signature=bytes(64)), Rule.INFO_SIGNATURE)


def test_a04_an_announcement_has_the_one_extension(announced: tuple[Change, Group]) -> None:
    change, group = announced
    refuse_announcement(change, sign_info(group, ()), Rule.INFO_EXTENSIONS)
    refuse_announcement(change, group.info(), Rule.INFO_EXTENSIONS)
