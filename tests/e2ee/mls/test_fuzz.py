"""Whatever comes, every decoder and every state answers with a value or an ``MlsError``; values have one spelling."""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aparte.core.mls.codec import Encodable, Reader, decode
from aparte.core.mls.commit import Commit, UpdatePath
from aparte.core.mls.context import GroupContext, GroupInfo
from aparte.core.mls.credential import Credential
from aparte.core.mls.delivery import check_announcement, follow, follow_from
from aparte.core.mls.errors import MlsError, Reason, Rule
from aparte.core.mls.extensions import Extension, ExternalSender, RequiredCapabilities
from aparte.core.mls.framing import AuthenticatedContent, PrivateMessage, PublicMessage, Sender
from aparte.core.mls.keypackage import KeyPackage
from aparte.core.mls.leaf import Capabilities, LeafNode
from aparte.core.mls.message import read_message, write_message
from aparte.core.mls.proposals import PreSharedKeyId, read_proposal, read_proposal_or_ref
from aparte.core.mls.suites import APARTE
from aparte.core.mls.tree import ParentNode, Tree
from aparte.core.mls.welcome import Welcome
from aparte.core.policy.charter import Door
from aparte.core.policy.policy import Entry
from aparte.core.policy.rights import NONE
from aparte.e2ee.mls.application import open_application, seal_application
from aparte.e2ee.mls.commit import commit
from aparte.e2ee.mls.group import Group
from aparte.e2ee.mls.meeting import MeetingGroup
from aparte.e2ee.mls.process import process
from aparte.e2ee.mls.welcome import GroupSecrets
from tests.e2ee.mls.crowd import Crowd
from tests.e2ee.mls.meetings import MAX, Scene
from tests.e2ee.mls.random import seeded
from tests.interop.damage import damaged

DECODERS: dict[str, Callable[[Reader], Encodable]] = {
    decoder.__qualname__: decoder
    for decoder in (
        AuthenticatedContent.read,
        Capabilities.read,
        Commit.read,
        Credential.read,
        Extension.read,
        ExternalSender.read,
        GroupContext.read,
        GroupInfo.read,
        GroupSecrets.read,
        KeyPackage.read,
        LeafNode.read,
        ParentNode.read,
        PreSharedKeyId.read,
        PrivateMessage.read,
        PublicMessage.read,
        RequiredCapabilities.read,
        Sender.read,
        UpdatePath.read,
        Welcome.read,
        read_proposal,
        read_proposal_or_ref,
    )
}


def rebuilt(value: Any) -> Any:
    """The same value without any octets that it remembers."""
    if isinstance(value, tuple):
        return tuple(map(rebuilt, value))
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(*(rebuilt(getattr(value, one.name)) for one in fields(value)))
    return value


@pytest.fixture(scope="module")
def scene() -> Scene:
    """An organiser with an account, and a guest."""
    return Scene("olga", "ann")


@pytest.fixture(scope="module")
def messages(scene: Scene) -> list[bytes]:
    """Every kind of message there is in a meeting: newcomers', one of them with an admission, and members'."""
    rng = seeded(20)
    third = MeetingGroup.join(scene.info, scene.tree, scene.who("adam"), rng)
    leaf = scene.who("ben").new_leaf(seeded(9))
    admitted = scene.coming("ben", data=scene.admission("ben", leaf.node.signature_key, "olga"), leaf=leaf)
    changed = replace(scene.policy, door=Door.ALL_KNOCK).with_entry(Entry(bytes(16), NONE, barred=True))
    ann = scene["ann"]
    return [
        third.commit,
        third.info,
        ann.commit([], rng).commit,
        write_message(admitted),
        scene["olga"].commit([ann.group.leaf], rng, changed).commit,
    ]


@pytest.mark.promise("P19")
@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=120), st.sampled_from(sorted(DECODERS)))
def test_noise(octets: bytes, name: str) -> None:
    with suppress(MlsError):
        assert rebuilt(decode(octets, DECODERS[name])).encoded == octets


@pytest.mark.promise("P19")
def test_every_decoder_near_the_truth() -> None:
    """Damaged messages of a real history: what still reads, encodes to exactly what was read."""
    rng = random.Random(21)
    crowd = Crowd(21)
    for _ in range(6):
        crowd.do_external()
    crowd.do_add()
    own = crowd.package()
    made = commit(crowd.members[0], [], crowd.rng.randbytes)
    update = made.message
    assert isinstance(update, PublicMessage)
    samples: dict[str, bytes] = {
        "GroupInfo.read": crowd.members[0].info().encoded,
        "KeyPackage.read": own.package.encoded,
        "LeafNode.read": own.package.leaf.encoded,
        "PublicMessage.read": update.encoded,
        "AuthenticatedContent.read": update.authenticated.encoded,
        "PrivateMessage.read": seal_application(crowd.members[1], b"x", crowd.rng.randbytes)[1].encoded,
        "Capabilities.read": own.package.leaf.capabilities.encoded,
        "GroupContext.read": made.group.public.context.encoded,
    }
    read: Counter[str] = Counter()
    for name, octets in samples.items():
        for _ in range(3_000):
            wrong = damaged(rng, octets)
            with suppress(MlsError):
                assert rebuilt(decode(wrong, DECODERS[name])).encoded == wrong
                read[name] += 1
    assert min(read[name] for name in samples) > 0
    tree = crowd.members[0].public.tree.encoded
    for _ in range(3_000):
        wrong = damaged(rng, tree)
        with suppress(MlsError):
            assert Tree.decode(APARTE, wrong).encoded == wrong


@pytest.mark.promise("P19")
def test_damaged_messages_of_a_meeting(scene: Scene, messages: list[bytes]) -> None:
    """Refused at the server or at the member, always in one way, and the state stays as it was."""
    first, policy, who = scene["olga"], scene.server, scene.who("eve")
    # Olga has no say in what she has sent herself; Ann has.
    receivers = scene["olga"], scene["ann"]
    rng = random.Random(22)
    reasons: Counter[Reason] = Counter()
    server = first.group.public
    change = follow(server, messages[0], policy, MAX)
    before = [receiver.epoch_authenticator() for receiver in receivers]
    info, tree = write_message(first.group.info(with_tree=False)), server.tree.encoded
    for _ in range(2_000):
        original = rng.choice([*messages, tree])
        wrong = damaged(rng, original)
        if wrong == original:
            continue
        for attempt in (
            lambda octets: receivers[0].process(octets),
            lambda octets: receivers[1].process(octets),
            lambda octets: MeetingGroup.join(octets, tree, who, seeded(1)),
            lambda octets: MeetingGroup.join(info, octets, who, seeded(1)),
            lambda octets: follow(server, octets, policy, MAX),
            lambda octets: follow_from(octets, tree, policy, MAX),
            lambda octets: follow_from(info, octets, policy, MAX),
            lambda octets: check_announcement(change, octets, MAX),
        ):
            try:
                attempt(wrong)
            except MlsError as error:
                reasons[error.reason] += 1
    assert [receiver.epoch_authenticator() for receiver in receivers] == before
    first.process(messages[0])
    assert {Reason.MALFORMED, Reason.NOT_AUTHENTIC, Reason.FORBIDDEN, Reason.WRONG_GROUP} <= set(reasons)
    assert {Reason.IDENTITY, Reason.NOT_ADMITTED, Reason.NO_RIGHT} <= set(reasons)


@pytest.mark.promise("P19")
def test_damaged_private_messages() -> None:
    crowd = Crowd(23)
    for _ in range(3):
        crowd.do_external()
    rng, (_, one, other, *_) = random.Random(23), crowd.members
    _, talk = seal_application(one, b"hello", rng.randbytes)
    sealed = commit(one, [], rng.randbytes, private=True).message
    for message in (write_message(talk), write_message(sealed)):
        for _ in range(400):
            wrong = damaged(rng, message)
            if wrong == message:
                continue
            for attempt in (open_application, process):
                with pytest.raises(MlsError):
                    give(attempt, other, wrong)


def give(attempt: Callable[[Group, PrivateMessage], object], receiver: Group, octets: bytes) -> None:
    """Read octets and let a receiver open them; what has become another kind of message is refused here."""
    message = read_message(octets, MAX)
    if not isinstance(message, PrivateMessage):
        raise MlsError(Rule.WIRE_FORMAT)
    attempt(receiver, message)
