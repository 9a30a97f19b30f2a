"""Who somebody is: what the person key says of a leaf, and the house of a person key, and for how long it holds."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from aparte.core.mls.delivery import follow, follow_from
from aparte.core.mls.errors import MlsError, Rule
from aparte.core.mls.message import write_message
from aparte.core.policy.admission import SKEW_MS
from aparte.core.policy.names import details_of
from aparte.core.policy.person import Certificate, Person
from aparte.core.policy.rights import Rights
from aparte.e2ee.mls.create import OwnLeaf
from aparte.e2ee.mls.meeting import MeetingGroup
from aparte.e2ee.person import OwnPerson, SeedKey
from tests.charters import HouseKey, charter_for, guest_key, own_person
from tests.e2ee.mls.forge import commit_of, frame, path_of, refused
from tests.e2ee.mls.meetings import (
    ACCOUNTS,
    HOUSE,
    KEYS,
    MAX,
    MEETING,
    NOW,
    ORGANISERS,
    RANDOM,
    SECRET,
    Scene,
    named,
    own,
    seat_of,
)
from tests.e2ee.mls.random import seeded

ADAM = ACCOUNTS["adam"]
NONCE = bytes(12)
STRANGERS_HOUSE = HouseKey(bytes(32))


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Two members of one epoch."""
    return Scene("ann", "ben")


def leaf_of(scene: Scene, name: str) -> OwnLeaf:
    return scene.who(name).new_leaf(seeded(9))


def certified(change: Callable[[Certificate], Certificate]) -> Callable[[Person], Person]:
    def edit(person: Person) -> Person:
        assert person.certificate is not None
        return replace(person, certificate=change(person.certificate))

    return edit


def said_by(who: OwnPerson, meeting: bytes, seat: bytes, leaf_key: bytes) -> bytes:
    """What a person key says of a leaf."""
    return who.identity(KEYS.name_key, meeting, seat, leaf_key, NONCE).endorsement


@pytest.mark.promise("P18")
@pytest.mark.parametrize("what", ["leaf", "seat", "meeting", "person key", "another's endorsement"])
def test_a23_person_endorses_the_leaf(scene: Scene, what: str) -> None:
    """A word for another leaf, another seat or another meeting is none for this one."""
    leaf = leaf_of(scene, "eve")
    key, who, seat = leaf.node.signature_key, own("eve"), seat_of("eve")
    wrong = {
        "leaf": said_by(who, MEETING, seat, HOUSE.key),
        "seat": said_by(who, MEETING, seat_of("fay"), key),
        "meeting": said_by(who, b"\1" * 16, seat, key),
        "person key": said_by(own("ann"), MEETING, seat, key),
        "another's endorsement": Person.read(scene["ann"].group.own_leaf().credential.identity).endorsement,
    }
    scene.allow(scene.coming("eve", leaf=leaf))
    edit = named(lambda person: replace(person, endorsement=wrong[what]))
    scene.refuse(scene.coming("eve", edit, leaf=leaf), Rule.PERSON)


@pytest.mark.promise("P18")
def test_a23_person_key_of_another(scene: Scene) -> None:
    """Nobody has the subject of somebody else: whoever takes their public key cannot say so."""
    anns = Person.read(scene["ann"].group.own_leaf().credential.identity).key
    scene.refuse(scene.coming("eve", named(lambda person: replace(person, key=anns))), Rule.PERSON)


@pytest.mark.promise("P18")
@pytest.mark.parametrize("what", ["account", "until", "details", "signature", "another house", "another person"])
def test_a23_person_is_certified(scene: Scene, what: str) -> None:
    mallory = SeedKey(guest_key("mallory")).public
    elsewhere = STRANGERS_HOUSE.certify(SeedKey(guest_key("adam")).public, ADAM, "adam", "", 2**62)
    changes: dict[str, Callable[[Certificate], Certificate]] = {
        "account": lambda one: replace(one, account=ACCOUNTS["olga"]),
        "until": lambda one: replace(one, until=one.until + 1),
        "details": lambda one: replace(one, details=details_of("Eve", "")),
        "signature": lambda one: replace(one, signature=bytes(64)),
        "another house": lambda _: elsewhere,
        "another person": lambda _: HOUSE.certify(mallory, ADAM, "adam", "", 2**62),
    }
    scene.allow(scene.coming("adam"))
    scene.refuse(scene.coming("adam", named(certified(changes[what]))), Rule.PERSON)


@pytest.mark.promise("P18")
def test_a23_person_of_no_house() -> None:
    """Where the charter names no house key there are no accounts, whatever somebody brings."""
    scene = Scene("ann", charter=charter_for(MEETING, SECRET, organisers=ORGANISERS))
    scene.allow(scene.coming("ben"))
    scene.refuse(scene.coming("adam"), Rule.PERSON)
    with refused(Rule.PERSON):
        MeetingGroup.join(scene.info, scene.tree, scene.who("adam"), RANDOM)


@pytest.mark.promise("P18")
def test_a23_person_of_everybody_who_is_there(scene: Scene) -> None:
    """Whoever begins with a group looks at every leaf of it."""
    group = scene["ben"].group
    made = scene.coming("eve", named(lambda person: replace(person, endorsement=bytes(64))))
    content = made.authenticated.framed.content
    leaf = content.path.leaf  # type: ignore[union-attr]
    tree = group.public.tree.place(2, leaf)
    info = write_message(group.info(with_tree=False))
    with refused(Rule.PERSON):
        follow_from(info, tree.encoded, scene.server, MAX)
    with refused(Rule.PERSON):
        MeetingGroup.join(info, tree.encoded, scene.who("fay"), RANDOM)


@pytest.mark.promise("P18")
def test_a23_person_who_was_vouched_for_is_no_other(scene: Scene) -> None:
    """What was found sound for one leaf is asked again for the next one with the same identity."""
    leaf, other = leaf_of(scene, "eve"), scene.who("eve").new_leaf(seeded(10))
    scene.allow(scene.coming("eve", leaf=leaf))
    taken = named(lambda _: Person.read(leaf.node.credential.identity))
    scene.refuse(scene.coming("eve", taken, leaf=other), Rule.PERSON)


# --- what a name is worth -------------------------------------------------------------------------------------------


def adams_leaf(scene: Scene, name: str, label: str) -> OwnLeaf:
    """Adam's leaf with a name and label of its own choice under what the house says."""
    adam = own("adam")
    return scene.who("adam", OwnPerson(adam.key, name, label, adam.certificate)).new_leaf(seeded(9))


@pytest.mark.promise("P18")
@pytest.mark.parametrize(("name", "label"), [("olga", ""), ("adam", "Aparté"), ("Adam", "")])
def test_a17_identity_of_an_account_is_what_the_house_says(scene: Scene, name: str, label: str) -> None:
    """The server cannot see it; every member does."""
    scene.allow(scene.coming("adam", leaf=adams_leaf(scene, "adam", "")))
    scene.refuse(scene.coming("adam", leaf=adams_leaf(scene, name, label)), Rule.IDENTITY, server=False)


@pytest.mark.promise("P18")
def test_a17_identity_of_a_guest_has_no_label(scene: Scene) -> None:
    """Nobody says of a guest where they come from, least of all the guest."""
    who = own_person("Eve", "Aparté", key=guest_key("eve"))
    leaf = scene.who("eve", who).new_leaf(seeded(9))
    scene.refuse(scene.coming("eve", leaf=leaf), Rule.IDENTITY, server=False)
    with pytest.raises(MlsError):
        MeetingGroup.create(scene.who("eve", who), RANDOM)


def test_people_are_who_they_say() -> None:
    """A guest and an account as everybody sees them."""
    scene = Scene("ann")
    labelled = HOUSE.person("adam", ADAM, label="Aparté")
    made = MeetingGroup.join(scene.info, scene.tree, scene.who("adam", labelled), RANDOM)
    ann, adam = scene["ann"].process(made.commit).people()
    assert (ann.name, ann.label, ann.is_guest, ann.subject) == ("ann", "", True, own("ann").subject)
    assert (adam.name, adam.label, adam.is_guest, adam.subject) == ("adam", "Aparté", False, ADAM)
    assert made.group.people() == (ann, adam)


# --- how long it holds ----------------------------------------------------------------------------------------------


@pytest.mark.promise("P18")
@pytest.mark.parametrize(
    ("late", "member", "server"),
    [(0, True, True), (1, True, False), (SKEW_MS, True, False), (SKEW_MS + 1, False, False)],
)
def test_a29_certificate_time(scene: Scene, late: int, member: bool, server: bool) -> None:
    """Looked at when somebody comes in; members allow that clocks are wrong."""
    leaf = scene.who("adam", own("adam", NOW - late)).new_leaf(seeded(9))
    octets = write_message(scene.coming("adam", leaf=leaf))
    with refused(Rule.CONFIRMATION_TAG if member else Rule.CERTIFICATE_TIME):
        scene.any.process(octets)
    if server:
        follow(scene.any.group.public, octets, scene.server, MAX)
    else:
        with refused(Rule.CERTIFICATE_TIME):
            follow(scene.any.group.public, octets, scene.server, MAX)


@pytest.mark.promise("P18")
def test_a29_certificate_time_of_ourselves() -> None:
    """Whoever would be refused neither makes a group nor joins one."""
    scene = Scene("ann")
    late = scene.who("adam", own("adam", NOW - SKEW_MS - 1))
    with refused(Rule.CERTIFICATE_TIME):
        MeetingGroup.create(late, RANDOM)
    with refused(Rule.CERTIFICATE_TIME):
        MeetingGroup.join(scene.info, scene.tree, late, RANDOM)


@pytest.mark.promise("P18")
def test_who_is_inside_stays_when_a_certificate_ends() -> None:
    """It renews its keys, and newcomers find it there."""
    scene = Scene("adam", "ben", charter=charter_for(MEETING, SECRET, HOUSE.key, ORGANISERS, everybody=Rights.SOUND))
    scene.clock.now = 2**62 + SKEW_MS + 1
    scene.commit("adam")
    group = scene["adam"].group
    scene.allow(frame(group, commit_of(group, path=path_of(group))), "ben")
    scene.join("cat")
    follow_from(scene.info, scene.tree, scene.server, MAX)
    scene.refuse(scene.coming("anna"), Rule.CERTIFICATE_TIME)


# --- somebody who knocks --------------------------------------------------------------------------------------------


def refuse_knock(scene: Scene, identity: bytes, key: bytes, rule: Rule, *, server: bool = True) -> None:
    """Before anybody is asked to let them in: at the server, and at whoever is asked."""
    with refused(rule):
        scene["ann"].policy.knocker(identity, key)
    if server:
        with refused(rule):
            scene.server.check_knock(identity, key)


def test_who_knocks_is_who_they_say(scene: Scene) -> None:
    node = leaf_of(scene, "adam").node
    assert scene.server.check_knock(node.credential.identity, node.signature_key).subject == ADAM
    assert scene["ann"].policy.knocker(node.credential.identity, node.signature_key).name == "adam"


@pytest.mark.promise("P5")
def test_a17_identity_of_who_knocks(scene: Scene) -> None:
    node = leaf_of(scene, "adam").node
    identity = node.credential.identity
    for wrong in (b"", identity[:-1], b"\1" + identity[1:]):
        refuse_knock(scene, wrong, node.signature_key, Rule.IDENTITY)
    closed = replace(Person.read(identity), sealed=bytes(220)).encoded
    refuse_knock(scene, closed, node.signature_key, Rule.IDENTITY, server=False)


@pytest.mark.promise("P18")
def test_a22_signature_key_of_who_knocks(scene: Scene) -> None:
    """Whatever the person key says of it."""
    who, seat = own("adam"), seat_of("adam")
    for key in (b"", bytes(31), b"\1" + bytes(31), bytes(33)):
        identity = who.identity(KEYS.name_key, MEETING, seat, key, NONCE).encoded
        refuse_knock(scene, identity, key, Rule.SIGNATURE_KEY)


@pytest.mark.promise("P5", "P18")
def test_a23_person_who_knocks(scene: Scene) -> None:
    node = leaf_of(scene, "adam").node
    refuse_knock(scene, node.credential.identity, HOUSE.key, Rule.PERSON)


@pytest.mark.promise("P18")
def test_a29_certificate_time_of_who_knocks(scene: Scene) -> None:
    late = scene.who("adam", own("adam", NOW - SKEW_MS - 1)).new_leaf(seeded(9)).node
    refuse_knock(scene, late.credential.identity, late.signature_key, Rule.CERTIFICATE_TIME)
