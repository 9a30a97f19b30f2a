"""Who comes in, changes and removes by a meeting's policy: each rule is broken alone, at a member and at the server."""

from dataclasses import replace

import pytest

from aparte.core.mls.delivery import follow
from aparte.core.mls.errors import Rule
from aparte.core.mls.message import write_message
from aparte.core.mls.proposals import GroupContextExtensions, Proposal, Remove
from aparte.core.policy.admission import LIFETIME_MS, SKEW_MS, Admission
from aparte.core.policy.charter import Door
from aparte.core.policy.meeting import policy_extensions
from aparte.core.policy.policy import Entry, Policy
from aparte.core.policy.rights import ALL, NONE, Rights
from aparte.e2ee.mls.create import OwnLeaf
from aparte.e2ee.mls.meeting import Admitted, MeetingGroup
from tests.charters import EQUALS, charter_for
from tests.e2ee.mls.forge import commit_of, frame, refused
from tests.e2ee.mls.meetings import ACCOUNTS, HOUSE, MAX, MEETING, ORGANISERS, RANDOM, SECRET, Scene, own
from tests.e2ee.mls.random import seeded

TALK = Rights.SOUND | Rights.CAMERA
KNOCK = charter_for(MEETING, SECRET, HOUSE.key, ORGANISERS, door=Door.ALL_KNOCK, everybody=TALK)
GUESTS_KNOCK = charter_for(MEETING, SECRET, HOUSE.key, ORGANISERS, door=Door.GUESTS_KNOCK, everybody=TALK)
TALKERS = charter_for(MEETING, SECRET, HOUSE.key, ORGANISERS, everybody=TALK)


@pytest.fixture
def directed() -> Scene:
    """Olga organises, and Adam and Ben, a guest, only talk. Behind an open door."""
    return Scene("olga", "adam", "ben", charter=TALKERS)


@pytest.fixture
def closed() -> Scene:
    """Olga organises, Otto too; everybody else knocks."""
    return Scene("olga", "otto", charter=KNOCK)


# --- who comes in ---------------------------------------------------------------------------------------------------


@pytest.mark.promise("P5", "P6")
@pytest.mark.parametrize("name", ["adam", "ben"])
@pytest.mark.parametrize("how", ["barred", "locked", "frozen", "knocks"])
def test_a25_coming_in(how: str, name: str) -> None:
    """Neither an account nor a guest; an organiser always."""
    scene = Scene("olga", charter=TALKERS)
    first = scene.policy
    policies = {
        "barred": first.with_entry(Entry(own(name).subject, TALK, barred=True)),
        "locked": replace(first, door=Door.LOCKED),
        "frozen": replace(first, frozen=True),
        "knocks": replace(first, door=Door.ALL_KNOCK),
    }
    scene.allow(scene.coming(name))
    scene.commit("olga", policy=policies[how])
    scene.refuse(scene.coming(name), Rule.COMING_IN)
    with refused(Rule.COMING_IN):
        MeetingGroup.join(scene.info, scene.tree, scene.who(name), RANDOM)
    scene.allow(scene.coming("otto"))


@pytest.mark.promise("P5", "P6")
@pytest.mark.parametrize("how", ["barred", "locked", "frozen"])
def test_a25_coming_in_takes_more_than_an_admission(how: str) -> None:
    scene = Scene("olga", charter=TALKERS)
    first = scene.policy
    policies = {
        "barred": first.with_entry(Entry(own("ben").subject, TALK, barred=True)),
        "locked": replace(first, door=Door.LOCKED),
        "frozen": replace(first, frozen=True),
    }
    scene.commit("olga", policy=policies[how])
    leaf = leaf_of(scene, "ben")
    word = scene.admission("ben", leaf.node.signature_key, "olga")
    scene.refuse(scene.coming("ben", data=word, leaf=leaf), Rule.COMING_IN)


@pytest.mark.promise("P5", "P18")
def test_a25_coming_in_where_guests_knock() -> None:
    """An account of the house does not; somebody else's certificate makes nobody one."""
    scene = Scene("olga", charter=GUESTS_KNOCK)
    scene.refuse(scene.coming("ben"), Rule.COMING_IN)
    scene.allow(scene.coming("adam"))


def leaf_of(scene: Scene, name: str) -> OwnLeaf:
    return scene.who(name).new_leaf(seeded(9))


@pytest.mark.promise("P5")
def test_somebody_admitted_comes_in(closed: Scene) -> None:
    """By an organiser, and by a deputy who has no more than that right; in the same way as everybody does."""
    closed.commit("olga", policy=closed.policy.with_entry(Entry(ACCOUNTS["adam"], Rights.ADMIT, barred=False)))
    for name, by in (("adam", "otto"), ("ben", "adam")):
        seed = RANDOM(32)
        key = closed.who(name).leaf_of(seed, RANDOM).node.signature_key
        word = closed[by].admit(closed.who(name).seat, own(name).subject, key)
        closed.join(name, Admitted(word, seed))
    assert {person.name for person in closed.any.people()} == {"olga", "otto", "adam", "ben"}


OTHERS: dict[str, dict[str, object]] = {
    "meeting": {"meeting": b"\1" * 16},
    "seat": {"seat": b"\1" * 16},
    "subject": {"subject": b"\1" * 16},
    "leaf key": {"leaf_key": HOUSE.key},
}


@pytest.mark.promise("P5")
@pytest.mark.parametrize("changes", OTHERS.values(), ids=OTHERS)
def test_a26_admission_of_another(closed: Scene, changes: dict[str, object]) -> None:
    leaf = leaf_of(closed, "ben")
    sound = closed.admission("ben", leaf.node.signature_key, "olga")
    closed.allow(closed.coming("ben", data=sound, leaf=leaf))
    word = closed.admission("ben", leaf.node.signature_key, "olga", **changes)
    closed.refuse(closed.coming("ben", data=word, leaf=leaf), Rule.ADMISSION)


@pytest.mark.promise("P5")
def test_a26_admission_is_its_admitters(closed: Scene) -> None:
    """Changed, signed by somebody else, by nobody who is there, and by somebody who may not."""
    closed.commit("olga", policy=closed.policy.with_entry(Entry(ACCOUNTS["adam"], TALK, barred=False)))
    seed = RANDOM(32)
    key = closed.who("adam").leaf_of(seed, RANDOM).node.signature_key
    closed.join("adam", Admitted(closed.admission("adam", key, "olga"), seed))
    leaf = leaf_of(closed, "ben")
    shown = leaf.node.signature_key
    sound = closed.admission("ben", shown, "olga")
    wrong = {
        "changed": replace(Admission.read(sound), until=closed.clock.now + 1).encoded,
        "signed by another": closed.admission("ben", shown, "otto", admitter=closed.leaf("olga")),
        "nobody's": closed.admission("ben", shown, "olga", admitter=7),
        "nobody's that there could be": closed.admission("ben", shown, "olga", admitter=2**32 - 1),
        "by somebody who may not": closed.admission("ben", shown, "adam"),
    }
    closed.allow(closed.coming("ben", data=sound, leaf=leaf))
    for word in wrong.values():
        closed.refuse(closed.coming("ben", data=word, leaf=leaf), Rule.ADMISSION)


@pytest.mark.promise("P5")
def test_a26_admission_by_somebody_who_went(closed: Scene) -> None:
    leaf = leaf_of(closed, "ben")
    word = closed.admission("ben", leaf.node.signature_key, "otto")
    closed.allow(closed.coming("ben", data=word, leaf=leaf))
    closed.commit("olga", ["otto"])
    closed.refuse(closed.coming("ben", data=word, leaf=leaf), Rule.ADMISSION)


@pytest.mark.promise("P5")
def test_a26_admission_by_somebody_who_lost_the_right(closed: Scene) -> None:
    """What counts is the policy when somebody comes in, not when they were let in."""
    leaf = leaf_of(closed, "ben")
    word = closed.admission("ben", leaf.node.signature_key, "otto")
    closed.commit("olga", policy=replace(closed.policy, organisers=(ACCOUNTS["olga"],)))
    closed.refuse(closed.coming("ben", data=word, leaf=leaf), Rule.ADMISSION)


@pytest.mark.promise("P5")
def test_a26_admission_in_time(closed: Scene) -> None:
    """It ends, and it does not hold for longer than two minutes; members allow that clocks are wrong."""
    leaf, now = leaf_of(closed, "ben"), closed.clock.now
    for until, member, server in (
        (now - SKEW_MS - 1, False, False),
        (now - SKEW_MS, True, False),
        (now - 1, True, False),
        (now, True, True),
        (now + LIFETIME_MS, True, True),
        (now + LIFETIME_MS + 1, True, False),
        (now + LIFETIME_MS + SKEW_MS, True, False),
        (now + LIFETIME_MS + SKEW_MS + 1, False, False),
    ):
        word = closed.admission("ben", leaf.node.signature_key, "olga", until=until)
        octets = write_message(closed.coming("ben", data=word, leaf=leaf))
        with refused(Rule.CONFIRMATION_TAG if member else Rule.ADMISSION):
            closed.any.process(octets)
        if server:
            follow(closed.any.group.public, octets, closed.server, MAX)
        else:
            with refused(Rule.ADMISSION):
                follow(closed.any.group.public, octets, closed.server, MAX)


@pytest.mark.promise("P5")
def test_a26_admission_that_nobody_asked_for(directed: Scene) -> None:
    """Whoever says one is told by it, also where nobody knocks."""
    leaf = leaf_of(directed, "cat")
    sound = directed.admission("cat", leaf.node.signature_key, "olga")
    directed.allow(directed.coming("cat", data=sound, leaf=leaf))
    wrong = directed.admission("cat", leaf.node.signature_key, "adam")
    directed.refuse(directed.coming("cat", data=wrong, leaf=leaf), Rule.ADMISSION)


@pytest.mark.promise("P5")
def test_a30_key_returns(closed: Scene) -> None:
    """An admission lets its leaf in once: who was removed does not come back with it, while it lasts."""
    seed = RANDOM(32)
    leaf = closed.who("ben").leaf_of(seed, RANDOM)
    word = closed.admission("ben", leaf.node.signature_key, "olga")
    closed.join("ben", Admitted(word, seed))
    closed.commit("olga", ["ben"])
    for name in ("olga", "otto"):
        closed.refuse(closed.coming("ben", data=word, leaf=leaf), Rule.KEY_RETURNS, at=name, server=False)
    follow(closed.any.group.public, write_message(closed.coming("ben", data=word, leaf=leaf)), closed.server, MAX)
    closed.server.left([leaf.node.signature_key])
    with refused(Rule.KEY_RETURNS):
        follow(closed.any.group.public, write_message(closed.coming("ben", data=word, leaf=leaf)), closed.server, MAX)
    other = leaf_of(closed, "ben")
    anew = closed.admission("ben", other.node.signature_key, "otto")
    closed.allow(closed.coming("ben", data=anew, leaf=other))


# --- who changes what -----------------------------------------------------------------------------------------------

STRANGER = b"\xee" * 16
FIRST = Policy.first(TALKERS)
ADAM = ACCOUNTS["adam"]


def given(subject: bytes, rights: Rights, *, barred: bool = False) -> Policy:
    return FIRST.with_entry(Entry(subject, rights, barred))


CHANGES: dict[str, tuple[Policy, Rights]] = {
    "an organiser more": (replace(FIRST, organisers=tuple(sorted((*ORGANISERS, STRANGER)))), Rights.ORGANISE),
    "an organiser less": (replace(FIRST, organisers=ORGANISERS[:1]), Rights.ORGANISE),
    "door": (replace(FIRST, door=Door.LOCKED), Rights.DOOR),
    "frozen": (replace(FIRST, frozen=True), Rights.FREEZE),
    "everybody less": (replace(FIRST, everybody=NONE), Rights.GRANT),
    "everybody more": (replace(FIRST, everybody=TALK | Rights.SCREEN), Rights.GRANT | Rights.SCREEN),
    "somebody less": (given(STRANGER, NONE), Rights.GRANT),
    "somebody more": (given(STRANGER, TALK | Rights.ADMIT), Rights.GRANT | Rights.ADMIT),
    "barred": (given(STRANGER, TALK, barred=True), Rights.REMOVE),
    "an entry that says nothing": (given(STRANGER, TALK), Rights.GRANT),
}
CASES = [
    pytest.param(new, needed, missing, id=f"{name}, without {missing.name}")
    for name, (new, needed) in CHANGES.items()
    for missing in needed
]


def keeping(policy: Policy, new: Policy) -> Policy:
    """The same change on top of what ``policy`` says of Adam."""
    entries = {entry.subject: entry for entry in (*new.entries, *policy.entries)}
    return replace(new, entries=tuple(sorted(entries.values(), key=lambda entry: entry.subject)))


@pytest.mark.promise("P6")
@pytest.mark.parametrize(("new", "needed", "missing"), CASES)
def test_a27_policy_change(directed: Scene, new: Policy, needed: Rights, missing: Rights) -> None:
    """Each difference takes its right, and whoever gives has what is given."""
    directed.commit("olga", policy=directed.policy.with_entry(Entry(ADAM, needed & ~missing, barred=False)))
    change = keeping(directed.policy, new)
    change_by(directed, "adam", change, Rule.POLICY_CHANGE)
    with refused(Rule.POLICY_CHANGE):
        directed["adam"].commit([], RANDOM, change)
    directed.commit("olga", policy=directed.policy.with_entry(Entry(ADAM, needed, barred=False)))
    directed.commit("adam", policy=keeping(directed.policy, new))
    assert directed.policy == keeping(directed.policy, new)


def change_by(scene: Scene, name: str, new: Policy, rule: Rule, *removes: str) -> None:
    """Somebody sends a change without asking whether it may be."""
    group = scene[name].group
    proposals: list[Proposal] = [Remove(scene.leaf(other)) for other in removes]
    proposals.append(GroupContextExtensions(policy_extensions(new)))
    at = next(other for other in scene.members if other not in (name, *removes))
    scene.refuse(frame(group, commit_of(group, proposals)), rule, at)


@pytest.mark.promise("P6")
def test_a27_policy_change_by_nobody_who_has_less(directed: Scene) -> None:
    """What makes somebody more than they are: whoever only talks, whoever is barred, and all while it is frozen."""
    more = directed.policy.with_entry(Entry(own("ben").subject, ALL, barred=False))
    for name in ("adam", "ben"):
        change_by(directed, name, more, Rule.POLICY_CHANGE)
        change_by(directed, name, replace(FIRST, organisers=(own(name).subject,)), Rule.POLICY_CHANGE)
    directed.commit("olga", policy=directed.policy.with_entry(Entry(ADAM, ALL, barred=True)))
    change_by(directed, "adam", replace(directed.policy, door=Door.LOCKED), Rule.POLICY_CHANGE)
    directed.commit("olga", policy=replace(directed.policy.with_entry(Entry(ADAM, ALL, barred=False)), frozen=True))
    change_by(directed, "adam", replace(directed.policy, frozen=False), Rule.POLICY_CHANGE)
    directed.commit("olga", policy=replace(directed.policy, frozen=False))
    directed.commit("adam", policy=replace(directed.policy, door=Door.LOCKED))


@pytest.mark.promise("P6")
def test_a27_policy_change_keeps_the_charter(directed: Scene) -> None:
    """Not even an organiser has another."""
    change_by(directed, "olga", replace(FIRST, charter=KNOCK), Rule.POLICY_CHANGE)
    other = charter_for(MEETING, SECRET, HOUSE.key, ORGANISERS, everybody=EQUALS)
    change_by(directed, "olga", Policy.first(other), Rule.POLICY_CHANGE)


@pytest.mark.promise("P6")
def test_a27_policy_change_is_judged_by_the_policy_before_it(directed: Scene) -> None:
    """A removal beside it takes the right that its committer had, not the one that it gives itself."""
    directed.commit("olga", policy=directed.policy.with_entry(Entry(ADAM, Rights.GRANT | TALK, barred=False)))
    itself = directed.policy.with_entry(Entry(ADAM, Rights.GRANT | TALK | Rights.REMOVE, barred=False))
    change_by(directed, "adam", itself, Rule.POLICY_CHANGE)
    less = directed.policy.with_entry(Entry(own("ben").subject, NONE, barred=False))
    change_by(directed, "adam", less, Rule.REMOVAL, "ben")
    directed.commit("adam", policy=less)


# --- who removes whom -----------------------------------------------------------------------------------------------


def remove_by(scene: Scene, name: str, *removes: str) -> None:
    group = scene[name].group
    at = next(other for other in scene.members if other not in (name, *removes))
    proposals = [Remove(scene.leaf(other)) for other in removes]
    scene.refuse(frame(group, commit_of(group, proposals)), Rule.REMOVAL, at)
    with refused(Rule.REMOVAL):
        scene[name].commit([scene.leaf(other) for other in removes], RANDOM)


@pytest.mark.promise("P6")
def test_a28_removal(directed: Scene) -> None:
    """Who may not remove removes nobody; who may only remove removes no organiser."""
    directed.join("otto")
    group = directed["ben"].group
    message = frame(group, commit_of(group, [Remove(directed.leaf("adam"))]))
    directed.refuse(message, Rule.REMOVAL, "olga")
    remove_by(directed, "ben", "otto")
    directed.commit("olga", policy=directed.policy.with_entry(Entry(own("ben").subject, Rights.REMOVE, barred=False)))
    remove_by(directed, "ben", "otto")
    remove_by(directed, "ben", "adam", "otto")
    everything = ALL & ~Rights.ORGANISE
    directed.commit("olga", policy=directed.policy.with_entry(Entry(ADAM, everything, barred=False)))
    remove_by(directed, "adam", "otto")
    directed.commit("olga", policy=replace(directed.policy, frozen=True))
    remove_by(directed, "adam", "ben")
    directed.commit("olga", ["otto"], policy=replace(directed.policy, frozen=False))
    directed.commit("ben", ["adam"])
    assert sorted(directed.members) == ["ben", "olga"]


@pytest.mark.promise("P6")
def test_a28_removal_of_a_former_organiser(directed: Scene) -> None:
    """What counts is who is an organiser now, not whom the charter names."""
    directed.join("otto")
    rights = Entry(own("ben").subject, Rights.REMOVE, barred=False)
    directed.commit("olga", policy=directed.policy.with_entry(rights))
    remove_by(directed, "ben", "otto")
    directed.commit("olga", policy=replace(directed.policy, organisers=ORGANISERS[:1]))
    directed.commit("ben", ["otto"])


@pytest.mark.promise("P5", "P6")
def test_a28_removal_of_who_is_gone(directed: Scene) -> None:
    """Anybody removes whose seat never comes back, an organiser too; and nobody else beside it."""
    directed.join("otto")
    directed.gone.add(directed.who("otto").seat)
    remove_by(directed, "ben", "adam", "otto")
    directed.commit("ben", ["otto"])
    assert "otto" not in directed.members


def test_a28_removal_beside_a_policy_takes_both_rights(directed: Scene) -> None:
    """Putting somebody out and keeping them out is one commit."""
    barred = directed.policy.with_entry(Entry(own("ben").subject, TALK, barred=True))
    change_by(directed, "adam", barred, Rule.REMOVAL, "ben")
    directed.commit("olga", ["ben"], barred)
    directed.refuse(directed.coming("ben"), Rule.COMING_IN)
