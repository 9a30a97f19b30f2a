"""What only the server asks of a meeting's group, and that it needs no secret for anything."""

from dataclasses import replace

import pytest

from aparte.core.mls.codec import vector
from aparte.core.mls.delivery import check_announcement, follow
from aparte.core.mls.errors import MlsError, Rule
from aparte.core.mls.extensions import Extension, ExtensionType
from aparte.core.mls.message import read_message, write_message
from aparte.core.mls.public import PublicGroup
from aparte.core.policy.charter import Charter, Door, Opens
from aparte.core.policy.delivery import Owner, check_own_seat, follow_new
from aparte.core.policy.meeting import MeetingPolicy, policy_extensions
from aparte.core.policy.policy import Policy
from aparte.core.policy.rights import NONE
from aparte.e2ee.mls.create import create
from aparte.e2ee.mls.group import Group, sign_info
from aparte.e2ee.mls.meeting import MeetingGroup
from aparte.e2ee.mls.suite import APARTE
from tests.charters import charter_for
from tests.e2ee.mls.forge import refused, sign_info_again
from tests.e2ee.mls.meetings import (
    ACCOUNTS,
    CHARTER,
    HOUSE,
    MAX,
    MEETING,
    NOW,
    ORGANISERS,
    RANDOM,
    SECRET,
    Scene,
    own,
    seat_of,
)
from tests.e2ee.mls.policies import UNSAFE_OPEN

GROUP = bytes(range(32))


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Three members of one epoch."""
    return Scene("ann", "ben", "cat")


def owner_of(name: str) -> Owner:
    return Owner(seat_of(name), ACCOUNTS.get(name))


def made_by(name: str, charter: Charter = CHARTER, policy: Policy | None = None, until: int = 2**62) -> Group:
    """A group that somebody makes without asking whether it may."""
    scene = Scene("otto", charter=charter)
    leaf = scene.who(name, own(name, until)).new_leaf(RANDOM)
    extensions = policy_extensions(policy or Policy.first(charter))
    return create(APARTE, UNSAFE_OPEN, GROUP, leaf, RANDOM, extensions)


def follow_made(group: Group, owner: Owner, server: MeetingPolicy, group_id: bytes = GROUP) -> PublicGroup:
    info = write_message(group.info(with_tree=False))
    return follow_new(info, group.public.tree.encoded, group_id, owner, server, MAX)


def test_a20_new_group(scene: Scene) -> None:
    """Only at its beginning, only with its maker in it, and only under its own id."""
    made, ann = made_by("ann"), owner_of("ann")
    follow_made(made, ann, scene.server)
    with refused(Rule.NEW_GROUP):
        follow_made(made, ann, scene.server, bytes(32))
    info = write_message(made.info(with_tree=False))
    joined = MeetingGroup.join(info, made.public.tree.encoded, scene.who("ben"), RANDOM).group.group
    alone, together = made.public.context, joined.public.context
    for group, context in (
        (made, replace(alone, epoch=1)),
        (made, replace(alone, confirmed_transcript_hash=bytes(48))),
        (joined, replace(together, epoch=0, confirmed_transcript_hash=b"")),
    ):
        with refused(Rule.NEW_GROUP):
            follow_made(replace(group, public=replace(group.public, context=context)), ann, scene.server)


FIRST = Policy.first(CHARTER)
NOT_THE_FIRST = {
    "organisers": replace(FIRST, organisers=(ACCOUNTS["adam"],)),
    "door": replace(FIRST, door=Door.ALL_KNOCK),
    "frozen": replace(FIRST, frozen=True),
    "everybody": replace(FIRST, everybody=NONE),
    "entries": FIRST.with_entry(FIRST.entry(ACCOUNTS["adam"])),
}


@pytest.mark.promise("P6")
@pytest.mark.parametrize("policy", NOT_THE_FIRST.values(), ids=NOT_THE_FIRST)
def test_a20_new_group_has_the_policy_of_its_charter(scene: Scene, policy: Policy) -> None:
    with refused(Rule.NEW_GROUP):
        follow_made(made_by("olga", policy=policy), owner_of("olga"), scene.server)


def test_a21_own_seat(scene: Scene) -> None:
    with refused(Rule.OWN_SEAT):
        follow_made(made_by("ann"), owner_of("ben"), scene.server)
    change = follow(scene["ann"].group.public, scene["ben"].commit([], RANDOM).commit, scene.server, MAX)
    check_own_seat(change.after, change.committer, owner_of("ben"))
    with refused(Rule.OWN_SEAT):
        check_own_seat(change.after, change.committer, owner_of("ann"))


@pytest.mark.promise("P18")
@pytest.mark.parametrize(
    ("name", "account"),
    [("ann", ACCOUNTS["adam"]), ("adam", None), ("adam", ACCOUNTS["anna"])],
    ids=["a guest over an account's link", "an account over a guest's link", "another account"],
)
def test_a21_own_seat_and_own_account(scene: Scene, name: str, account: bytes | None) -> None:
    """A certificate of somebody else's account is worth nothing over one's own link."""
    made = made_by(name)
    follow_made(made, owner_of(name), scene.server)
    with refused(Rule.OWN_SEAT):
        follow_made(made, Owner(seat_of(name), account), scene.server)


MAY_OPEN = {
    Opens.ANYBODY: ("ann", "adam", "olga"),
    Opens.ACCOUNTS: ("adam", "olga"),
    Opens.ORGANISERS: ("olga",),
}


@pytest.mark.promise("P6")
@pytest.mark.parametrize("name", ["ann", "adam", "olga"])
@pytest.mark.parametrize("opens", Opens)
def test_a24_opening(opens: Opens, name: str) -> None:
    """Who may make the group: asked by its maker, and by the server."""
    charter = charter_for(MEETING, SECRET, HOUSE.key, ORGANISERS, opens=opens)
    scene = Scene("otto", charter=charter)
    made = made_by(name, charter)
    if name in MAY_OPEN[opens]:
        follow_made(made, owner_of(name), scene.server)
        MeetingGroup.create(scene.who(name), RANDOM)
        return
    with refused(Rule.OPENING):
        follow_made(made, owner_of(name), scene.server)
    with refused(Rule.OPENING):
        MeetingGroup.create(scene.who(name), RANDOM)


def test_a24_opening_with_a_guest_among_the_organisers() -> None:
    """Who started the meeting without an account is known by its person key."""
    organisers = (own("ann").subject,)
    charter = charter_for(MEETING, SECRET, organisers=organisers, opens=Opens.ORGANISERS)
    scene = Scene("ann", charter=charter)
    follow_made(made_by_in(scene, "ann"), owner_of("ann"), scene.server)
    with refused(Rule.OPENING):
        follow_made(made_by_in(scene, "ben"), owner_of("ben"), scene.server)


def made_by_in(scene: Scene, name: str) -> Group:
    extensions = policy_extensions(Policy.first(scene.charter))
    return create(APARTE, UNSAFE_OPEN, GROUP, scene.who(name).new_leaf(RANDOM), RANDOM, extensions)


@pytest.mark.promise("P18")
def test_a29_certificate_time_of_a_maker(scene: Scene) -> None:
    """At its last moment it holds, and a moment later it does not."""
    follow_made(made_by("adam", until=NOW), owner_of("adam"), scene.server)
    with refused(Rule.CERTIFICATE_TIME):
        follow_made(made_by("adam", until=NOW - 1), owner_of("adam"), scene.server)


# --- the server's other question ------------------------------------------------------------------------------------


def test_an_announcement_fits_its_commit(scene: Scene) -> None:
    """The GroupInfo that comes with a commit is of the epoch that it makes, by its committer."""
    first = scene["ann"]
    made, another = first.commit([], RANDOM), first.commit([], RANDOM)
    change = follow(first.group.public, made.commit, scene.server, MAX)
    check_announcement(change, made.info, MAX)
    info = read_message(made.info, MAX)
    group = made.group.group
    sound = group.info(with_tree=False)
    wrong: list[tuple[bytes, Rule]] = [
        (another.info, Rule.INFO_TREE),
        (write_message(first.group.info(with_tree=False)), Rule.INFO_TREE),
        (made.commit, Rule.WIRE_FORMAT),
        (made.info[:-1], Rule.ENCODING),
        (write_message(sign_info_again(group, replace(sound, confirmation_tag=bytes(48)))), Rule.INFO_TREE),
        (write_message(sign_info_again(group, replace(sound, signer=1))), Rule.INFO_SIGNATURE),
        (write_message(sign_info(group, ())), Rule.INFO_EXTENSIONS),
        (write_message(sign_info(group, (*sound.extensions, Extension(77, b"")))), Rule.INFO_EXTENSIONS),
        (write_message(group.info()), Rule.INFO_EXTENSIONS),
        (write_message(sign_info(group, (Extension(ExtensionType.EXTERNAL_PUB, vector(b"")),))), Rule.PUBLIC_KEY),
        (write_message(replace(sound, signature=bytes(64))), Rule.INFO_SIGNATURE),
    ]
    assert info == sound
    for octets, rule in wrong:
        with refused(rule):
            check_announcement(change, octets, MAX)


def test_the_server_needs_no_secret(scene: Scene) -> None:
    made = scene["ann"].commit([2], RANDOM)
    change = follow(scene["ben"].group.public, made.commit, scene.server, MAX)
    assert (change.committer, change.removed, change.joins) == (0, (2,), False)
    assert change.after.context == made.group.group.public.context
    with pytest.raises(MlsError):
        follow(change.after, made.commit, scene.server, MAX)


def test_fingerprints_and_refusals_show_nothing(scene: Scene) -> None:
    """No representation of anything that holds a secret shows it."""
    ann = scene["ann"]
    group = ann.group
    for thing in (ann, group, group.secrets, group.messages, ann.commit([], RANDOM), scene.who("ann"), own("ann")):
        text = repr(thing)
        assert group.signature_key.hex() not in text
        assert repr(group.signature_key)[2:12] not in text
    assert len(ann.people()[0].fingerprint) == 39
