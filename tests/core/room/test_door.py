"""Who has to wait, who hears who knocks, and that nothing of the group is told before (spec/room.md section 3.5)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from aparte.core.mls.delivery import read_group_info
from aparte.core.mls.message import write_message
from aparte.core.mls.proposals import PreSharedKeyId, PskType
from aparte.core.policy import acts, meeting
from aparte.core.policy.admission import SERVER_SKEW_MS
from aparte.core.policy.charter import Charter, Door, Opens
from aparte.core.policy.policy import Entry
from aparte.core.policy.rights import SENDING, Rights
from aparte.core.room.commands import Admit, Commit, Create, End, Join, Knock, Refuse
from aparte.core.room.door import waits_for
from aparte.core.room.effects import Close, Effect, Route, Tell
from aparte.core.room.effects import Refuse as Refused
from aparte.core.room.profile import Profile
from aparte.core.wire.b64 import b64_decode
from aparte.core.wire.control import (
    Accepted,
    Admitted,
    CommitNotice,
    KnockNotice,
    Turn,
    Unknock,
    Wait,
)
from aparte.core.wire.control import Refused as RefusedMessage
from aparte.core.wire.errors import Reason
from aparte.core.wire.limits import MAX_INFO
from aparte.e2ee.mls.join import join_external
from aparte.e2ee.mls.meeting import Admitted as AdmittedLeaf
from aparte.e2ee.mls.meeting import MeetingGroup
from aparte.e2ee.mls.suite import APARTE
from tests.charters import charter_for
from tests.core.room.script import ANN, BOB, CAT, DAN, EVE, KEYS, MEETING, SECRET, TODAY, Script, subject, tells
from tests.e2ee.mls.policies import UNSAFE_OPEN

pytestmark = [pytest.mark.promise("P21"), pytest.mark.shows("B45")]


def charter(door: Door, opens: Opens = Opens.ANYBODY, **more: Any) -> Charter:
    """A meeting that Ann directs."""
    fields = {"organisers": (subject(ANN),), "everybody": SENDING, **more}
    return charter_for(MEETING, SECRET, door=door, opens=opens, **fields)


class Visit:
    """Somebody at the door, with the leaf key that is shown there."""

    def __init__(self, script: Script, name: str) -> None:
        self.script, self.name = script, name
        self.seed = name.encode().ljust(32, b"*")[:32]
        self.key = APARTE.signature_key(self.seed)

    def arrive(self) -> tuple[Effect, ...]:
        return self.script.join(self.name)

    def knock(self) -> tuple[Effect, ...]:
        who = self.script.participant(self.name)
        return self.script.do(Knock(self.name, who.credential(self.key, self.script.random).identity, self.key))

    def admission(self, by: str) -> bytes:
        return self.script.at(by).admit(b64_decode(self.name), subject(self.name), self.key)

    def come_in(self, admission: bytes | None) -> tuple[Effect, ...]:
        last = self.script.chain[-1]
        admitted = None if admission is None else AdmittedLeaf(admission, self.seed)
        who = self.script.participant(self.name)
        made = MeetingGroup.join(last.info, last.tree, who, self.script.random, admitted=admitted)
        return self.script.send(self.name, made)


def waits(effects: tuple[Effect, ...], name: str) -> list[tuple[str, bool]]:
    return [(wait.why, wait.someone) for wait in tells(effects, name) if isinstance(wait, Wait)]


@pytest.fixture
def script() -> Script:
    """Ann is in, and everybody else has to knock."""
    script = Script(charter=charter(Door.ALL_KNOCK))
    script.enter(ANN)
    return script


def direct(script: Script, change: Any, *removes: str) -> tuple[Effect, ...]:
    return script.send(ANN, script.direct(ANN, change(script.policy), *removes))


def test_who_knocks_is_told_nothing_of_the_group_before_it_is_admitted(script: Script) -> None:
    bob = Visit(script, BOB)
    heard = [*tells(bob.arrive(), BOB), *tells(bob.knock(), BOB), *tells(script.commit(ANN), BOB)]
    assert [type(message).__name__ for message in heard] == ["Welcome", "Wait", "Wait"]
    assert waits(bob.script.pass_time(60.0), BOB) == []
    effects = script.do(Admit(ANN, BOB, bob.admission(ANN)))
    assert tells(effects, BOB) == [Admitted(admission=bob.admission(ANN)), script.turn()]
    effects = bob.come_in(bob.admission(ANN))
    assert Accepted(epoch=2) in tells(effects, BOB)
    assert Route(BOB) in effects


def test_members_who_may_admit_hear_who_knocks_and_no_others(script: Script) -> None:
    bob, cat = Visit(script, BOB), Visit(script, CAT)
    bob.arrive()
    effects = bob.knock()
    (notice,) = [message for message in tells(effects, ANN) if isinstance(message, KnockNotice)]
    assert (notice.seat, notice.key) == (BOB, bob.key)
    effects = script.do(Admit(ANN, BOB, bob.admission(ANN)))
    assert Unknock(seat=BOB) in tells(effects, ANN)
    bob.come_in(bob.admission(ANN))
    cat.arrive()
    effects = cat.knock()
    assert tells(effects, BOB) == []
    # A right to admit that comes later brings what is at the door.
    effects = direct(script, lambda policy: acts.give(policy, subject(BOB), Rights.ADMIT))
    assert [type(message) for message in tells(effects, BOB)] == [CommitNotice, KnockNotice]
    assert KnockNotice not in map(type, tells(effects, ANN))


def test_who_gives_up_is_no_longer_announced(script: Script) -> None:
    bob = Visit(script, BOB)
    bob.arrive()
    bob.knock()
    assert Unknock(seat=BOB) in tells(script.leave(BOB), ANN)
    assert tells(script.do(Admit(ANN, BOB, bob.admission(ANN))), ANN) == [RefusedMessage("admit", Reason.UNKNOWN_SEAT)]


def test_a_returning_organiser_is_told_anew(script: Script) -> None:
    bob = Visit(script, BOB)
    bob.arrive()
    bob.knock()
    assert waits(script.cut(ANN), BOB) == [("admission", False)]
    effects = script.resume(ANN, 0)
    assert KnockNotice in map(type, tells(effects, ANN))
    assert waits(effects, BOB) == [("admission", True)]


def test_who_is_refused_is_out(script: Script) -> None:
    bob = Visit(script, BOB)
    bob.arrive()
    bob.knock()
    effects = script.do(Refuse(ANN, BOB))
    assert Close(BOB, Reason.REFUSED) in effects
    assert Unknock(seat=BOB) in tells(effects, ANN)
    assert tells(script.do(Refuse(ANN, BOB)), ANN) == [RefusedMessage("admit", Reason.UNKNOWN_SEAT)]


def test_nobody_admits_or_refuses_without_the_right(script: Script) -> None:
    bob, cat = Visit(script, BOB), Visit(script, CAT)
    for visit in (bob, cat):
        visit.arrive()
        visit.knock()
    script.do(Admit(ANN, BOB, bob.admission(ANN)))
    bob.come_in(bob.admission(ANN))
    refused = [RefusedMessage("admit", Reason.NOT_ADMITTED)]
    assert tells(script.do(Admit(BOB, CAT, cat.admission(BOB))), BOB) == refused
    assert tells(script.do(Refuse(BOB, CAT)), BOB) == refused
    # Nor does what somebody else has signed count from another link.
    assert tells(script.do(Admit(BOB, CAT, cat.admission(ANN))), BOB) == refused


@pytest.mark.parametrize("what", ["another seat", "another key", "another person", "cut short"])
def test_an_admission_is_for_one_leaf(script: Script, what: str) -> None:
    bob, cat = Visit(script, BOB), Visit(script, CAT)
    for visit in (bob, cat):
        visit.arrive()
        visit.knock()
    at = script.at(ANN)
    false = {
        "another seat": at.admit(b64_decode(CAT), subject(BOB), bob.key),
        "another key": at.admit(b64_decode(BOB), subject(BOB), cat.key),
        "another person": at.admit(b64_decode(BOB), subject(CAT), bob.key),
        "cut short": bob.admission(ANN)[:-1],
    }
    effects = script.do(Admit(ANN, BOB, false[what]))
    assert tells(effects, ANN) == [RefusedMessage("admit", Reason.NOT_ADMITTED)]
    assert tells(effects, BOB) == []


def test_without_an_admission_a_commit_is_refused_and_blames_nobody(script: Script) -> None:
    bob = Visit(script, BOB)
    bob.arrive()
    bob.knock()
    effects = _commit_without(script, bob)
    assert tells(effects, BOB) == [RefusedMessage("commit", Reason.NOT_ADMITTED)]
    assert not any(isinstance(effect, Close) for effect in effects)
    # Once it is let in, a commit without the admission does not do either; it has to wait anew.
    script.do(Admit(ANN, BOB, bob.admission(ANN)))
    effects = _commit_without(script, bob)
    assert tells(effects, BOB)[0] == RefusedMessage("commit", Reason.NOT_ADMITTED)
    assert waits(effects, BOB) == [("admission", True)]
    assert KnockNotice in map(type, tells(effects, ANN))


def _commit_without(script: Script, visit: Visit) -> tuple[Effect, ...]:
    """A newcomer's commit as a changed client makes it, without an admission."""
    last, who = script.chain[-1], script.participant(visit.name)
    psk = PreSharedKeyId(PskType.EXTERNAL, bytes(48), KEYS.psk_id)
    leaf, info = who.leaf_of(visit.seed, script.random), read_group_info(last.info, MAX_INFO)
    made = join_external(APARTE, UNSAFE_OPEN, info, leaf, script.random, psks=[(psk, KEYS.psk)], ratchet_tree=last.tree)
    announced = write_message(made.group.info(with_tree=False))
    return script.do(Commit(visit.name, write_message(made.message), announced))


def test_a_second_knock_is_out_of_order(script: Script) -> None:
    bob = Visit(script, BOB)
    bob.arrive()
    bob.knock()
    assert Close(BOB, Reason.BAD_COMMIT, "A21") in bob.knock()


def test_a_knock_says_who_it_is_from(script: Script) -> None:
    """A copy of somebody's knock, another account's certificate and a false endorsement are not passed on."""
    bob, cat = Visit(script, BOB), Visit(script, CAT)
    bob.arrive()
    cat.arrive()
    theirs = script.participant(CAT).credential(cat.key, script.random).identity
    effects = script.do(Knock(BOB, theirs, cat.key))
    assert Close(BOB, Reason.BAD_COMMIT, "A21") in effects
    assert tells(effects, ANN) == []
    effects = script.do(Knock(CAT, theirs, bob.key))
    assert Close(CAT, Reason.BAD_COMMIT, "A23") in effects


def test_the_door_opens_for_all_who_wait(script: Script) -> None:
    bob, cat = Visit(script, BOB), Visit(script, CAT)
    bob.arrive()
    bob.knock()
    cat.arrive()
    effects = direct(script, lambda policy: acts.set_door(policy, Door.OPEN))
    assert [type(message) for message in tells(effects, BOB)] == [Turn]
    assert Unknock(seat=BOB) in tells(effects, ANN)
    assert tells(script.pass_time(1.1), CAT) == [script.turn()]


def test_a_door_that_closes_stops_who_was_about_to_come_in() -> None:
    script = Script(charter=charter(Door.OPEN))
    script.enter(ANN)
    bob = Visit(script, BOB)
    assert tells(bob.arrive(), BOB)[1:] == [script.turn()]
    late = script.propose(BOB)
    effects = direct(script, lambda policy: acts.set_door(policy, Door.LOCKED))
    assert waits(effects, BOB) == [("present", True)]
    effects = script.do(Commit(BOB, late.commit, late.info))
    assert tells(effects, BOB) == [RefusedMessage("commit", Reason.NOT_ADMITTED)]
    assert waits(bob.knock(), BOB) == [("locked", True)]
    effects = direct(script, lambda policy: acts.set_door(policy, Door.GUESTS_KNOCK))
    assert waits(effects, BOB) == [("admission", True)]


def test_a_frozen_room_lets_nobody_in_but_organisers(script: Script) -> None:
    direct(script, lambda policy: acts.organise(policy, subject(CAT)))
    direct(script, lambda policy: acts.freeze(policy, True))
    bob, cat = Visit(script, BOB), Visit(script, CAT)
    bob.arrive()
    assert waits(bob.knock(), BOB) == [("locked", True)]
    assert waits(cat.arrive(), CAT) == [("present", True)]
    assert tells(cat.knock(), CAT) == [script.turn()]
    assert Accepted(epoch=script.epoch + 1) in tells(cat.come_in(None), CAT)


def test_who_is_barred_is_out(script: Script) -> None:
    bob = Visit(script, BOB)
    bob.arrive()
    bob.knock()
    effects = direct(script, lambda policy: acts.bar(policy, subject(BOB)))
    assert Close(BOB, Reason.BARRED) in effects
    again = Visit(script, EVE)
    again.script.join(EVE, own=script.people[BOB].own)
    assert Close(EVE, Reason.BARRED) in again.knock()


def test_whoever_may_not_begin_waits_until_somebody_has() -> None:
    script = Script(charter=charter(Door.OPEN, Opens.ORGANISERS))
    bob, ann = Visit(script, BOB), Visit(script, ANN)
    assert waits(bob.arrive(), BOB) == [("present", False)]
    assert waits(bob.knock(), BOB) == [("closed", False)]
    assert tells(script.do(Create(BOB, bytes(32), b"info", b"tree")), BOB) == [
        RefusedMessage("create", Reason.NOT_ADMITTED)
    ]
    ann.arrive()
    assert tells(ann.knock(), ANN) == [Turn(None)]
    effects = script.create(ANN)
    assert tells(effects, BOB) == [script.turn()]
    # And it is over when she has gone, whatever else was agreed.
    assert waits(script.leave(ANN), BOB) == [("closed", False)]


def test_an_admission_ends_with_its_group() -> None:
    script = Script(charter=charter(Door.ALL_KNOCK, Opens.ORGANISERS))
    ann, bob = Visit(script, ANN), Visit(script, BOB)
    ann.arrive()
    ann.knock()
    script.create(ANN)
    bob.arrive()
    bob.knock()
    script.do(Admit(ANN, BOB, bob.admission(ANN)))
    script.leave(ANN)
    other = Visit(script, DAN)
    other.script.join(DAN, own=script.people[ANN].own)
    other.knock()
    effects = script.create(DAN)
    assert waits(effects, BOB) == [("admission", True)]


def test_an_old_admission_does_not_hold(script: Script) -> None:
    bob = Visit(script, BOB)
    bob.arrive()
    bob.knock()
    admission = bob.admission(ANN)
    script.today = TODAY + 120_000 + SERVER_SKEW_MS + 1
    assert tells(script.do(Admit(ANN, BOB, admission)), ANN) == [RefusedMessage("admit", Reason.NOT_ADMITTED)]


def test_people_who_wait_keep_no_organiser_out() -> None:
    account = bytes(range(16))
    script = Script(replace(Profile(), admitted=2), charter(Door.ALL_KNOCK, organisers=(account, subject(ANN))))
    script.enter(ANN)
    for name in (BOB, CAT):
        visit = Visit(script, name)
        visit.arrive()
        visit.knock()
    assert Refused(Reason.FULL) in script.do(Join(DAN, "token of Dan"))
    effects = script.do(Join(EVE, "token of Eve", account))
    assert waits(effects, EVE) == [("present", True)]


def test_an_account_that_ends_knocks_no_longer(script: Script) -> None:
    bob = Visit(script, BOB)
    bob.arrive()
    bob.knock()
    effects = script.do(End(BOB))
    assert Close(BOB, Reason.ACCOUNT_ENDED) in effects
    assert Unknock(seat=BOB) in tells(effects, ANN)


def test_waiting_has_no_end_of_its_own(script: Script) -> None:
    bob = Visit(script, BOB)
    bob.arrive()
    bob.knock()
    effects = script.pass_time(3_600.0)
    assert not any(isinstance(effect, Close | Tell) for effect in effects)
    assert tells(script.do(Admit(ANN, BOB, bob.admission(ANN))), BOB)[-1] == script.turn()


def test_a_long_policy_is_read_once_an_epoch(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for with every command, and of everybody who waits: what one member writes must not slow all down."""
    direct(script, lambda policy: acts.set_door(acts.take(policy, subject(EVE), Rights.SOUND), Door.OPEN))
    looked: list[object] = []

    class Entries(tuple[Entry, ...]):
        __slots__ = ()

        def __iter__(self) -> Iterator[Entry]:
            looked.append(self)
            return super().__iter__()

    policy = replace(script.policy, entries=Entries(script.policy.entries))
    assert [waits_for(script.charter, policy, None, False) for _ in range(250)] == [None] * 250
    assert len(looked) == 1
    monkeypatch.setattr(meeting, "read_policy", looked.append)
    for visit in (Visit(script, BOB), Visit(script, CAT)):
        visit.arrive()
    assert len(looked) == 1
