"""The vectors of spec/vectors/policy/acts.json: what those who direct a meeting make of its policy."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from aparte.core.policy import acts
from aparte.core.policy.charter import Door
from aparte.core.policy.errors import PolicyError
from aparte.core.policy.policy import Entry, Policy
from aparte.core.policy.rights import ALL, NONE, Rights
from tests.vectors.policy_cases import ALICE, BOB, CAROL, DAVE, DIRECTED, POLICY, TALK, Case

ERIN: Final = b"\xe5" * 16
SILENT: Final = DIRECTED.with_entry(Entry(DAVE, NONE, barred=False))
BARRED: Final = DIRECTED.with_entry(Entry(DAVE, NONE, barred=True))
ALONE: Final = replace(DIRECTED, organisers=(ALICE,))
CROWDED: Final = replace(DIRECTED, organisers=tuple(number.to_bytes(16) for number in range(32)))
FULL: Final = replace(POLICY, entries=tuple(Entry(number.to_bytes(16), NONE, barred=True) for number in range(512)))

ON_SOMEBODY: Final[dict[str, Callable[[Policy, bytes, Rights], Policy]]] = {"give": acts.give, "take": acts.take}
ON_EVERYBODY: Final[dict[str, Callable[[Policy, Rights], Policy]]] = {
    "give_all": acts.give_all,
    "take_all": acts.take_all,
}
ON_SUBJECT: Final[dict[str, Callable[[Policy, bytes], Policy]]] = {
    "bar": acts.bar,
    "unbar": acts.unbar,
    "organise": acts.organise,
    "dismiss": acts.dismiss,
}


def do(policy: Policy, case: Case) -> Policy:
    """Do the act of a case: ``act`` names it; ``subject``, ``rights``, ``door`` and ``frozen`` say the rest."""
    name = case["act"]
    if name in ON_SOMEBODY:
        return ON_SOMEBODY[name](policy, bytes.fromhex(case["subject"]), Rights(case["rights"]))
    if name in ON_EVERYBODY:
        return ON_EVERYBODY[name](policy, Rights(case["rights"]))
    if name in ON_SUBJECT:
        return ON_SUBJECT[name](policy, bytes.fromhex(case["subject"]))
    if name == "set_door":
        return acts.set_door(policy, Door(case["door"]))
    if name == "freeze":
        return acts.freeze(policy, case["frozen"])
    assert name == "shut_out_guests", name
    return acts.shut_out_guests(policy)


def _case(why: str, policy: Policy, act: str, **said: object) -> Case:
    case: Case = {"why": why, "policy": policy.encoded.hex(), "act": act, **said}
    try:
        return case | {"after": do(policy, case).encoded.hex(), "reason": ""}
    except PolicyError as error:
        return case | {"after": "", "reason": str(error.reason)}


def _somebody(why: str, policy: Policy, act: str, subject: bytes, rights: Rights | None = None) -> Case:
    more = {} if rights is None else {"rights": int(rights)}
    return _case(why, policy, act, subject=subject.hex(), **more)


def given() -> list[Case]:
    """Give what is given to somebody, and taken."""
    return [
        _somebody("what everybody has", DIRECTED, "give", DAVE, Rights.SOUND),
        _somebody("more than everybody has", DIRECTED, "give", DAVE, Rights.SCREEN | Rights.ADMIT),
        _somebody("back what was taken", SILENT, "give", DAVE, TALK),
        _somebody("half of what was taken", SILENT, "give", DAVE, Rights.CAMERA),
        _somebody("something to a deputy", DIRECTED, "give", CAROL, Rights.FREEZE),
        _somebody("something to an organiser", DIRECTED, "give", ALICE, Rights.SCREEN),
        _somebody("something to somebody barred", BARRED, "give", DAVE, Rights.SOUND),
        _somebody("the microphone of a member", DIRECTED, "take", DAVE, Rights.SOUND),
        _somebody("what a member does not have", DIRECTED, "take", DAVE, Rights.SCREEN),
        _somebody("all that makes a deputy", DIRECTED, "take", CAROL, ALL & ~TALK),
        _somebody("the microphone of an organiser", DIRECTED, "take", BOB, Rights.SOUND),
        _somebody("the microphone of the first of all subjects", DIRECTED, "take", bytes(16), Rights.SOUND),
        _somebody("the microphone of one too many", FULL, "take", ERIN, Rights.SOUND),
    ]


def given_to_all() -> list[Case]:
    """Give what is given to everybody, and taken."""
    return [
        _case("the board", SILENT, "give_all", rights=int(Rights.BOARD)),
        _case("what one did not have", SILENT, "give_all", rights=int(TALK)),
        _case("what one who is barred does not get", BARRED, "give_all", rights=int(Rights.SCREEN)),
        _case("nothing", DIRECTED, "give_all", rights=0),
        _case("every microphone", DIRECTED, "take_all", rights=int(Rights.SOUND)),
        _case("all that one has still", SILENT, "take_all", rights=int(TALK)),
        _case("everything", BARRED, "take_all", rights=int(ALL)),
    ]


def placed() -> list[Case]:
    """Give who is barred, let in again, made an organiser and dismissed."""
    return [
        _somebody("a member", DIRECTED, "bar", DAVE),
        _somebody("a deputy", DIRECTED, "bar", CAROL),
        _somebody("an organiser", DIRECTED, "bar", ALICE),
        _somebody("the last organiser", ALONE, "bar", ALICE),
        _somebody("somebody who was silenced", SILENT, "bar", DAVE),
        _somebody("one too many", FULL, "bar", ERIN),
        _somebody("somebody barred", BARRED, "unbar", DAVE),
        _somebody("somebody who is not barred", SILENT, "unbar", DAVE),
        _somebody("somebody without an entry", DIRECTED, "unbar", DAVE),
        _somebody("a member, between others", replace(DIRECTED, organisers=(ALICE, DAVE)), "organise", BOB),
        _somebody("a deputy", DIRECTED, "organise", CAROL),
        _somebody("an organiser", DIRECTED, "organise", BOB),
        _somebody("somebody barred", BARRED, "organise", DAVE),
        _somebody("one too many as an organiser", CROWDED, "organise", ERIN),
        _somebody("one of two", DIRECTED, "dismiss", ALICE),
        _somebody("the last one", ALONE, "dismiss", ALICE),
        _somebody("a member", DIRECTED, "dismiss", DAVE),
    ]


def for_the_room() -> list[Case]:
    """Give how the door stands, and whether the room is frozen."""
    doors = [_case(f"{door.name.lower()}, from guests knock", DIRECTED, "set_door", door=door.value) for door in Door]
    shut = [_case(f"from {door.name.lower()}", replace(DIRECTED, door=door), "shut_out_guests") for door in Door]
    frozen = replace(DIRECTED, frozen=True)
    flags = [
        _case(f"{flag}, from {policy.frozen}", policy, "freeze", frozen=flag)
        for policy in (DIRECTED, frozen)
        for flag in (True, False)
    ]
    return [*doors, *shut, *flags]


def all_acts() -> Case:
    """Give every act, and the policy that comes of it."""
    return {"acts": [*given(), *given_to_all(), *placed(), *for_the_room()]}
