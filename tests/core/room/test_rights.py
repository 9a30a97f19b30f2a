"""What the room makes of the policy: who removes whom, who may send what, and whose account sits where."""

from dataclasses import replace

import pytest

from aparte.core.mls.errors import Rule
from aparte.core.mls.message import write_message
from aparte.core.mls.proposals import GroupContextExtensions, Proposal, Remove
from aparte.core.policy.admission import SERVER_SKEW_MS, SKEW_MS
from aparte.core.policy.meeting import policy_extensions
from aparte.core.policy.policy import Entry, Policy
from aparte.core.policy.rights import ALL, NONE, SENDING, Rights
from aparte.core.room.commands import Commit
from aparte.core.room.effects import Close, Effect, Keep, Permit, Refuse, Route, Stop, Tell, Withdraw
from aparte.core.wire.control import Accepted, Gone, Refused, Reopened
from aparte.core.wire.errors import Reason
from aparte.e2ee.mls.meeting import Admitted, MeetingGroup
from aparte.e2ee.person import OwnPerson
from tests.charters import HouseKey, charter_for, guest
from tests.core.room.script import ANN, BOB, CAT, DAN, EVE, MEETING, SECRET, TODAY, Script, seat, subject, tells
from tests.e2ee.mls.evil import unopenable
from tests.e2ee.mls.forge import commit_of, frame

DIRECTED = charter_for(MEETING, SECRET, organisers=(subject(ANN),), everybody=SENDING)
"""Ann directs; the others are heard and seen."""
HOUSE = HouseKey()
ACCOUNT, OTHER = bytes(range(50, 66)), bytes(range(60, 76))
OURS = charter_for(MEETING, SECRET, HOUSE.key, organisers=(ACCOUNT,), everybody=SENDING)
"""A meeting of a house with accounts."""


def directed(*names: str) -> Script:
    script = Script(charter=DIRECTED)
    script.enter(ANN, *names)
    return script


def entry(script: Script, name: str, rights: Rights, barred: bool = False) -> Policy:
    return script.policy.with_entry(Entry(subject(name), rights, barred))


def forged(script: Script, name: str, *proposals: Proposal) -> tuple[Effect, ...]:
    """A member hands in a commit that its own client would not make."""
    one = script.at(name).group
    octets = write_message(frame(one, commit_of(one, proposals)))
    return script.do(Commit(name, octets, script.propose(name).info))


# Removing


@pytest.mark.promise("P6")
def test_who_is_removed_by_right_is_out_before_anything_else() -> None:
    script = directed(BOB, CAT)
    effects = script.commit(ANN, BOB)
    assert effects == (
        Stop(BOB),
        Keep(script.group, 3, ANN, script.chain[-1].commit, tidies=True),
        Tell(ANN, Accepted(epoch=3)),
        Tell(CAT, script.notice()),
        Close(BOB, Reason.REMOVED),
    )
    assert [person.seat for person in script.at(CAT).people()] == [person.seat for person in script.at(ANN).people()]
    assert script.cut(BOB) == (), "nothing is left of the seat"
    assert script.resume(BOB, 2) == (Refuse(Reason.UNKNOWN_SEAT),)


def test_who_is_away_and_removed_does_not_come_back() -> None:
    script = directed(BOB, CAT)
    script.cut(BOB)
    effects = script.commit(ANN, BOB)
    assert tells(effects, CAT) == [script.notice()]
    assert script.resume(BOB, 2) == (Refuse(Reason.UNKNOWN_SEAT),)
    assert tells(script.pass_time(31), CAT) == [], "nor is it told gone, whose leaf is none any more"


@pytest.mark.promise("P6")
@pytest.mark.parametrize("removed", [CAT, ANN], ids=["a member", "an organiser"])
def test_nobody_removes_without_the_right_who_is_not_gone(removed: str) -> None:
    """It is refused and not punished: somebody may have come back at the same moment."""
    script = directed(BOB, CAT, DAN)
    script.send(ANN, script.direct(ANN, entry(script, BOB, SENDING | (Rights.REMOVE if removed == ANN else NONE))))
    script.leave(DAN)
    assert script.commit(BOB, DAN, removed) == (Tell(BOB, Refused("commit", Reason.NOT_GONE)),)
    effects = script.commit(BOB, DAN)
    assert tells(effects, BOB) == [Accepted(epoch=5)]
    assert Close(DAN, Reason.REMOVED) not in effects, "whose link was closed when it left"


def test_by_right_and_because_they_are_gone_in_one_commit() -> None:
    script = directed(BOB, CAT, DAN)
    script.leave(DAN)
    effects = script.commit(ANN, CAT, DAN)
    assert tells(effects, BOB) == [script.notice()]
    assert [effect.seat for effect in effects if isinstance(effect, Close | Stop)] == [CAT, CAT]


@pytest.mark.promise("P26")
def test_who_was_removed_stays_out_when_the_commit_is_taken_back() -> None:
    script = directed(BOB, CAT, DAN)
    start, leaf = script.epoch, script.at(CAT).group.leaf
    effects = script.send(ANN, unopenable(script.at(ANN), script.random, removes=(leaf,)))
    assert Close(CAT, Reason.REMOVED) in effects
    script.nack(BOB, start)
    effects = script.nack(DAN, start)
    assert Withdraw(script.group, start) in effects
    assert tells(effects, BOB) == [Reopened(epoch=start), Gone(seat=ANN), Gone(seat=CAT)]
    assert script.resume(CAT, start) == (Refuse(Reason.UNKNOWN_SEAT),)


# What may be sent


@pytest.mark.promise("P6")
def test_rights_are_told_to_the_relay_where_they_change() -> None:
    script = directed(BOB, CAT)
    effects = script.send(ANN, script.direct(ANN, entry(script, BOB, Rights.CAMERA)))
    assert effects == (
        Permit(BOB, Rights.CAMERA),
        Keep(script.group, 3, ANN, script.chain[-1].commit),
        Tell(ANN, Accepted(epoch=3)),
        Tell(BOB, script.notice()),
        Tell(CAT, script.notice()),
    )
    effects = script.send(ANN, script.direct(ANN, replace(script.policy, frozen=True)))
    assert [effect for effect in effects if isinstance(effect, Permit)] == [Permit(BOB, NONE), Permit(CAT, NONE)]
    effects = script.send(ANN, script.direct(ANN, replace(script.policy, frozen=False)))
    given = [effect for effect in effects if isinstance(effect, Permit)]
    assert given == [Permit(BOB, Rights.CAMERA), Permit(CAT, SENDING)]
    assert not any(isinstance(effect, Permit) for effect in script.commit(BOB)), "fresh keys change nobody's rights"


def test_rights_outlive_a_leaf_and_belong_to_whoever_comes_again() -> None:
    script = directed(BOB)
    script.send(ANN, script.direct(ANN, entry(script, BOB, Rights.CAMERA)))
    again = seat("bob again")
    script.join(again, own=guest(BOB, "Robert"))
    effects = script.commit(again)
    assert effects[-2:] == (Route(again), Permit(again, Rights.CAMERA))


def test_rights_that_were_taken_back_are_those_of_before() -> None:
    script = directed(BOB, CAT, DAN)
    start = script.epoch
    made = unopenable(script.at(ANN), script.random, policy=entry(script, BOB, NONE))
    assert Permit(BOB, NONE) in script.send(ANN, made)
    script.nack(BOB, start)
    effects = script.nack(CAT, start)
    assert effects.index(Withdraw(script.group, start)) < effects.index(Permit(BOB, SENDING))


@pytest.mark.promise("P6")
def test_who_changes_the_policy_without_the_right_is_out() -> None:
    script = directed(BOB, CAT)
    mine = GroupContextExtensions(policy_extensions(entry(script, BOB, ALL)))
    effects = forged(script, BOB, mine)
    assert effects[:4] == (
        Stop(BOB),
        Tell(ANN, Gone(seat=BOB)),
        Tell(CAT, Gone(seat=BOB)),
        Close(BOB, Reason.BAD_COMMIT, Rule.POLICY_CHANGE.id),
    )
    assert script.at(ANN).meeting_policy == script.policy


@pytest.mark.promise("P6")
@pytest.mark.parametrize("with_removal", [False, True])
def test_nobody_gives_itself_a_right_and_uses_it_in_one_commit(with_removal: bool) -> None:
    """What counts is the policy before: who may only give cannot remove by what it gives itself."""
    script = directed(BOB, CAT)
    script.send(ANN, script.direct(ANN, entry(script, BOB, SENDING | Rights.GRANT)))
    more = GroupContextExtensions(policy_extensions(entry(script, BOB, SENDING | Rights.GRANT | Rights.REMOVE)))
    removal = [Remove(script.at(CAT).group.leaf)] if with_removal else []
    assert Close(BOB, Reason.BAD_COMMIT, Rule.POLICY_CHANGE.id) in forged(script, BOB, more, *removal)


def test_a_change_of_the_policy_waits_for_no_newcomer() -> None:
    """Fresh keys are put off while somebody comes in; what an organiser decides is not."""
    script = directed(BOB)
    script.join(EVE)
    script.commit(ANN)
    assert tells(script.commit(BOB), BOB) == [Refused("commit", Reason.STALE_EPOCH)]
    effects = script.send(ANN, script.direct(ANN, entry(script, BOB, Rights.CAMERA)))
    assert tells(effects, ANN) == [Accepted(epoch=3)]
    assert tells(script.commit(EVE), EVE)[0] == Accepted(epoch=4)


# Whose account


def account(name: str, who: bytes = ACCOUNT, until: int = 2**62) -> OwnPerson:
    return HOUSE.person(name, who, until)


def test_an_account_comes_in_as_itself() -> None:
    script = Script(charter=OURS)
    script.join(ANN, ACCOUNT, account("Ann"))
    assert Permit(ANN, ALL) in script.create(ANN)
    script.join(BOB, OTHER, account("Bob", OTHER))
    assert Permit(BOB, SENDING) in script.commit(BOB)
    script.enter(CAT)
    assert [person.is_guest for person in script.at(CAT).people()] == [False, False, True]


@pytest.mark.promise("P21", "P6")
@pytest.mark.parametrize("link", [None, OTHER], ids=["a guest's", "another account's"])
@pytest.mark.parametrize("first", [False, True], ids=["joining", "making the group"])
def test_nobody_comes_in_as_an_account_that_its_link_is_not_of(link: bytes | None, first: bool) -> None:
    """A certificate that was taken along is worth nothing on somebody else's link."""
    script = Script(charter=OURS)
    if not first:
        script.enter(ANN)
    script.join(EVE, link, account("Ann"))
    effects = script.create(EVE) if first else script.commit(EVE)
    assert effects[0] == Close(EVE, Reason.BAD_COMMIT, Rule.OWN_SEAT.id)


@pytest.mark.promise("P6")
def test_an_account_does_not_come_in_as_a_guest() -> None:
    """Otherwise whom the plan lets in by name would sit there without one."""
    script = Script(charter=OURS)
    script.enter(ANN)
    script.join(EVE, ACCOUNT)
    assert script.commit(EVE)[0] == Close(EVE, Reason.BAD_COMMIT, Rule.OWN_SEAT.id)


@pytest.mark.parametrize("late", [False, True])
def test_a_certificate_is_looked_at_when_somebody_comes_in_and_not_later(late: bool) -> None:
    script = Script(charter=OURS)
    script.join(ANN, ACCOUNT, account("Ann", until=TODAY))
    script.create(ANN)
    script.today = TODAY + SERVER_SKEW_MS + late
    assert tells(script.commit(ANN), ANN) == [Accepted(epoch=1)], "who is inside stays"
    script.join(BOB, OTHER, account("Bob", OTHER, until=TODAY))
    first = script.commit(BOB)[0]
    if late:
        assert first == Close(BOB, Reason.BAD_COMMIT, Rule.CERTIFICATE_TIME.id)
    else:
        assert isinstance(first, Keep)


def test_what_the_server_lets_in_at_the_last_moment_is_in_time_for_every_member() -> None:
    """Otherwise whoever comes in then puts those out whose clocks are a little ahead."""
    assert 0 < SERVER_SKEW_MS < SKEW_MS
    script = Script(charter=OURS)
    script.enter(ANN)
    script.today = TODAY + SERVER_SKEW_MS
    script.join(BOB, OTHER, account("Bob", OTHER, until=TODAY))
    assert tells(script.commit(BOB), BOB)[0] == Accepted(epoch=1)
    ahead = replace(script.at(ANN, 0), policy=script.participant(ANN).policy())
    ahead.policy._clock = lambda: script.today + SKEW_MS - SERVER_SKEW_MS  # type: ignore[misc]
    assert ahead.process(script.chain[1].commit).group.epoch == 1


@pytest.mark.promise("P26")
def test_a_key_whose_leaf_was_removed_brings_nobody_in_again() -> None:
    """Those who saw it go refuse it, and those who came later cannot: one person would put the first ones out."""
    script, seed = directed(CAT), bytes(range(32))
    script.join(BOB)
    word = Admitted(b"", seed)

    def come(name: str) -> tuple[Effect, ...]:
        last = script.chain[-1]
        made = MeetingGroup.join(last.info, last.tree, script.participant(name), script.random, admitted=word)
        return script.send(name, made)

    assert tells(come(BOB), BOB)[0] == Accepted(epoch=2)
    script.leave(BOB)
    script.commit(ANN, BOB)
    script.enter(DAN)
    script.join(EVE, own=script.people[BOB].own)
    assert come(EVE)[0] == Close(EVE, Reason.BAD_COMMIT, Rule.KEY_RETURNS.id)
    assert script.epoch == 4
