"""Who may do what to whom: every role, every act, every target, refused by members alone and by the server alone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import pytest

from aparte.core.mls.delivery import follow
from aparte.core.mls.errors import MlsError, Reason
from aparte.core.mls.message import write_message
from aparte.core.mls.proposals import GroupContextExtensions, Proposal, Remove
from aparte.core.policy import acts
from aparte.core.policy.charter import Door
from aparte.core.policy.meeting import policy_extensions
from aparte.core.policy.policy import Entry, Policy
from aparte.core.policy.rights import ALL, SENDING, Rights
from aparte.e2ee.mls.commit import commit
from tests.charters import charter_for
from tests.e2ee.mls.meetings import HOUSE, MAX, MEETING, ORGANISERS, RANDOM, SECRET, Scene
from tests.e2ee.mls.policies import UNSAFE_OPEN

TALK: Final = Rights.SOUND | Rights.CAMERA
ROLES: Final = {
    "organiser": None,
    "member": TALK,
    "silenced": Rights(0),
    "admitter": TALK | Rights.ADMIT,
    "remover": TALK | Rights.REMOVE,
    "giver": TALK | Rights.GRANT,
    "porter": TALK | Rights.DOOR,
    "freezer": TALK | Rights.FREEZE,
    "chief": TALK | Rights.ORGANISE,
}
"""Who acts: an organiser, or somebody who has these rights by an entry."""


@dataclass(frozen=True)
class Act:
    """What somebody tries, and which roles may: whoever is not named may not."""

    name: str
    change: Callable[[Policy, bytes], Policy]
    may: frozenset[str]
    removes: bool = False


def act(name: str, change: Callable[[Policy, bytes], Policy], *may: str, removes: bool = False) -> Act:
    return Act(name, change, frozenset({"organiser", *may}), removes)


def same(policy: Policy, _target: bytes) -> Policy:
    return policy


ON_MEMBER: Final = (
    act("takes the microphone", lambda policy, who: acts.take(policy, who, Rights.SOUND), "giver"),
    act("gives what it has", lambda policy, who: acts.give(policy, who, Rights.CAMERA), "giver"),
    act("gives what it has not", lambda policy, who: acts.give(policy, who, Rights.SCREEN)),
    act("gives the right to give", lambda policy, who: acts.give(policy, who, Rights.GRANT), "giver"),
    act("gives the right to admit", lambda policy, who: acts.give(policy, who, Rights.ADMIT)),
    act("bars", acts.bar, "remover"),
    act("makes an organiser", acts.organise, "chief"),
    act("removes", same, "remover", removes=True),
)
ON_ORGANISER: Final = (
    act("dismisses", acts.dismiss, "chief"),
    act("removes an organiser", same, "chief", removes=True),
)
ON_ROOM: Final = (
    act("lets guests knock", lambda policy, _: acts.set_door(policy, Door.GUESTS_KNOCK), "porter"),
    act("locks the door", lambda policy, _: acts.set_door(policy, Door.LOCKED), "porter"),
    act("freezes", lambda policy, _: acts.freeze(policy, True), "freezer"),
    act("mutes everybody", lambda policy, _: acts.take_all(policy, Rights.SOUND), "giver"),
    act("gives everybody the board", lambda policy, _: acts.give_all(policy, Rights.BOARD)),
    act("makes itself the only organiser", lambda policy, _: replace(policy, organisers=(b"\xee" * 16,)), "chief"),
)
CELLS: Final = [
    pytest.param(role, one, target, id=f"{role} {one.name}")
    for role in ROLES
    for target, row in (("tim", ON_MEMBER), ("otto", ON_ORGANISER), ("", ON_ROOM))
    for one in row
]


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Olga and Otto organise; Tim only talks; and there is somebody for each role."""
    scene = Scene("olga", "otto", charter=charter_for(MEETING, SECRET, HOUSE.key, ORGANISERS, everybody=TALK))
    for name in ("tim", *(role for role in ROLES if role != "organiser")):
        scene.join(name)
    policy = scene.policy
    for role, rights in ROLES.items():
        if rights is not None and rights != TALK:
            policy = policy.with_entry(Entry(scene.subject(role), rights, barred=False))
    scene.commit("olga", policy=policy.with_entry(Entry(scene.subject("tim"), Rights.SOUND, barred=False)))
    return scene


@pytest.mark.promise("P6")
@pytest.mark.shows("B48", "B50", "B51")
@pytest.mark.parametrize(("role", "what", "target"), CELLS)
def test_who_may_do_what_to_whom(scene: Scene, role: str, what: Act, target: str) -> None:
    name = "olga" if role == "organiser" else role
    group, policy = scene[name].group, scene.policy
    change = what.change(policy, scene.subject(target) if target else b"")
    proposals: list[Proposal] = [Remove(scene.leaf(target))] if what.removes else []
    if change != policy:
        proposals.append(GroupContextExtensions(policy_extensions(change)))
    assert proposals, "the act does something"
    # Its own client would refuse; this one does not ask.
    octets = write_message(commit(replace(group, policy=UNSAFE_OPEN), proposals, RANDOM).message)
    receiver = next(one for other, one in scene.members.items() if other not in (name, target))
    by_members = refusal(lambda: receiver.process(octets))
    by_server = refusal(lambda: follow(receiver.group.public, octets, scene.server, MAX))
    expected = None if role in what.may else Reason.NO_RIGHT
    assert (by_members, by_server) == (expected, expected)


def refusal(attempt: Callable[[], object]) -> Reason | None:
    try:
        attempt()
    except MlsError as error:
        return error.reason
    return None


def test_the_table_has_no_role_or_right_too_few() -> None:
    """Each right that directs has a role of its own, and each role may do something that a member may not."""
    directing = Rights(0)
    for rights in ROLES.values():
        directing |= rights or Rights(0)
    assert directing | SENDING == ALL
    named = {role for one in (*ON_MEMBER, *ON_ORGANISER, *ON_ROOM) for role in one.may}
    assert named == {"organiser", "remover", "giver", "porter", "freezer", "chief"}
