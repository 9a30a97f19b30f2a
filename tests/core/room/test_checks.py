"""What the room lets through to the members: nothing that breaks a rule, and nobody suffers for being late."""

import pytest

from aparte.core.room.commands import Commit, Create
from aparte.core.room.effects import Close, Effect, Keep, Stop, Tell
from aparte.core.room.profile import Profile
from aparte.core.wire.control import Accepted, CommitNotice, Gone, Refused
from aparte.core.wire.errors import Reason
from tests.core.room.script import ANN, BOB, CAT, DAN, EVE, Script, participant, tells
from tests.e2ee.mls.evil import Sent, bad_announcements, bad_commits, bad_joins
from tests.e2ee.mls.random import seeded

STALE = Refused("commit", Reason.STALE_EPOCH)


def meeting() -> Script:
    """Three members, and Eve, whose turn it is."""
    script = Script()
    script.enter(ANN, BOB, CAT)
    script.join(EVE)
    return script


MEETING = meeting()


def by_members() -> dict[str, Sent]:
    group, other = MEETING.at(BOB), MEETING.at(ANN)
    return bad_commits(group, other, participant(DAN), seeded(1)) | {
        f"announcing {name}": sent for name, sent in bad_announcements(group, other, seeded(2)).items()
    }


BY_MEMBERS = by_members()
BY_NEWCOMERS = bad_joins(MEETING.at(ANN), participant(EVE), participant(DAN), participant(ANN), seeded(3))


def reaches_nobody(effects: tuple[Effect, ...]) -> None:
    assert not any(isinstance(effect, Keep) for effect in effects)
    assert not any(isinstance(effect, Tell) and isinstance(effect.message, CommitNotice) for effect in effects)


@pytest.mark.promise("P6")
@pytest.mark.parametrize("name", BY_MEMBERS)
def test_a_member_that_breaks_a_rule_is_out(name: str) -> None:
    script, sent = MEETING.again(), BY_MEMBERS[name]
    effects = script.do(Commit(BOB, sent.commit, sent.info))
    reaches_nobody(effects)
    assert effects[:4] == (
        Stop(BOB),
        Tell(ANN, Gone(seat=BOB)),
        Tell(CAT, Gone(seat=BOB)),
        Close(BOB, Reason.BAD_COMMIT, sent.rule.id),
    )
    assert tells(script.commit(ANN, BOB), CAT) == [script.notice()], "the meeting goes on in the same epoch, without it"
    assert tells(script.commit(EVE), EVE)[0] == Accepted(epoch=4)


@pytest.mark.promise("P6")
@pytest.mark.parametrize("name", BY_NEWCOMERS)
def test_a_newcomer_that_breaks_a_rule_does_not_come_in(name: str) -> None:
    script, sent = MEETING.again(), BY_NEWCOMERS[name]
    script.join(DAN)
    effects = script.do(Commit(EVE, sent.commit, sent.info))
    reaches_nobody(effects)
    assert effects[0] == Close(EVE, Reason.BAD_COMMIT, sent.rule.id)
    assert tells(effects, DAN) == [script.turn()], "the next one's turn has come"
    assert tells(script.commit(DAN), DAN)[0] == Accepted(epoch=3)


def test_who_hands_in_the_same_without_breaking_a_rule_comes_in() -> None:
    """The ground on which all those stand."""
    script = MEETING.again()
    assert tells(script.commit(BOB), BOB) == [Accepted(epoch=3)]
    assert tells(script.commit(EVE), EVE)[0] == Accepted(epoch=4)


@pytest.mark.parametrize("fault", ["another seat", "another id", "a group that goes on", "no GroupInfo", "no tree"])
def test_a_group_that_is_none(fault: str) -> None:
    script, elsewhere = Script(), Script()
    script.join(ANN)
    script.join(BOB)
    _, made = script.new_group(ANN)
    if fault == "another seat":
        made = Create(ANN, *_parts(script.new_group(BOB)[1]))
    elif fault == "another id":
        made = Create(ANN, bytes(32), made.info, made.tree)
    elif fault == "a group that goes on":
        elsewhere.enter(ANN, CAT)
        elsewhere.commit(ANN)
        last = elsewhere.chain[-1]
        made = Create(ANN, elsewhere.group, last.info, last.tree)
    elif fault == "no GroupInfo":
        made = Create(ANN, made.group, b"info", made.tree)
    else:
        made = Create(ANN, made.group, made.info, b"tree")
    effects = script.do(made)
    reaches_nobody(effects)
    assert isinstance(effects[0], Close)
    assert (effects[0].reason, bool(effects[0].rule)) == (Reason.BAD_COMMIT, True)
    assert tells(effects, BOB), "the next one makes the group"
    assert tells(script.create(BOB), BOB) == [Accepted(epoch=0)]


def _parts(create: Create) -> tuple[bytes, bytes, bytes]:
    return create.group, create.info, create.tree


@pytest.mark.promise("P27")
def test_being_late_blames_nobody() -> None:
    """Of an epoch that is over, of one to come, or of another group."""
    script = MEETING.again()
    late, early = script.propose(BOB), script.propose(CAT)
    ahead = early.group.commit([], script.random)
    script.commit(ANN)
    elsewhere = Script()
    elsewhere.random = seeded(9)
    elsewhere.enter(BOB)
    for made in (late, ahead.group.commit([], script.random), elsewhere.propose(BOB)):
        assert script.do(Commit(BOB, made.commit, made.info)) == (Tell(BOB, STALE),)
    script.pass_time(1)
    assert tells(script.commit(BOB), BOB) == [Accepted(epoch=4)]


def test_what_is_late_is_not_read_any_further() -> None:
    """It costs the server next to nothing, whatever is in it."""
    script = MEETING.again()
    late = script.propose(BOB)
    fresh = late.commit[:-1]
    assert Close(BOB, Reason.BAD_COMMIT, "M02") in script.again().do(Commit(BOB, fresh, late.info))
    script.commit(ANN)
    assert script.do(Commit(BOB, late.commit[:60], late.info)) == (Tell(BOB, STALE),)
    assert Close(BOB, Reason.BAD_COMMIT, "M02") in script.do(Commit(BOB, late.commit[:30], late.info)), "no epoch"


@pytest.mark.promise("P5")
def test_every_leaf_is_a_seat_and_every_seat_in_the_group_a_leaf() -> None:
    script = Script(Profile(seats=4))
    script.enter(ANN, BOB, CAT)
    script.leave(BOB)
    script.commit(CAT, BOB)
    script.cut(ANN)
    script.enter(DAN)
    script.join(EVE)
    assert script.room._epochs is not None
    assert script.room._epochs.seats() == {ANN, CAT, DAN}
